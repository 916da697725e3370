import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Viewer } from '../access/viewer.js';
import { Denied, deniedStatus } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { assertSameOrigin, callerOf, type Door, setSession } from './door.js';
import { messagePage } from './pages/message.js';
import { sendPage } from './pages/send.js';

/** One GraphQL request, as the executing side takes it. */
export interface GraphqlRequest {
  body: unknown;
  headers: Map<string, string>;
  work: Work;
  viewer: Viewer;
  requestId: string;
  idempotencyKey: string | null;
  /** Gives the caller's browser another session. */
  renewSession?(token: string): void;
}

export interface GraphqlAnswer {
  status: number;
  headers: Iterable<[string, string]>;
  body: string;
}

export type ExecuteGraphql = (request: GraphqlRequest) => Promise<GraphqlAnswer>;

const idePolicy =
  "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/** `/graphql`: requests by POST, and for browsers an IDE that is served from here. */
export function graphqlRoutes(door: Door, execute: ExecuteGraphql, ideFolder: string): FastifyPluginAsync {
  return async (app) => {
    const index = join(ideFolder, 'index.html');
    if (existsSync(index))
      await app.register(fastifyStatic, {
        root: join(ideFolder, 'assets'),
        prefix: '/graphql/assets/',
        immutable: true,
        maxAge: '1y',
        decorateReply: false,
      });

    app.get('/graphql', async (request, reply) => {
      if (!(request.headers.accept ?? '').includes('text/html')) {
        reply.status(405).header('allow', 'POST');
        return { error: { code: 'BAD_USER_INPUT', message: 'GraphQL requests take POST with a JSON body.', requestId: request.id } };
      }
      if (!existsSync(index))
        return sendPage(
          reply,
          messagePage({
            title: 'The GraphQL API',
            message: 'Requests take POST with a JSON body {"query": …} to this address. The schema is in schema/schema.graphql.',
          }),
        );
      return sendIde(reply, readFileSync(index, 'utf8'));
    });

    app.post('/graphql', async (request: FastifyRequest, reply) => {
      const work = door.openWork();
      assertSameOrigin(work, request);
      const viewer = await callerOf(work, request).catch((error: unknown) => {
        if (!(error instanceof Denied)) throw error;
        return error;
      });
      if (viewer instanceof Denied) return refuse(request, reply, viewer);
      const key = request.headers['idempotency-key'];
      const answer = await execute({
        body: request.body,
        headers: new Map(Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
        work,
        viewer,
        requestId: request.id,
        idempotencyKey: typeof key === 'string' ? key : null,
        renewSession: (token) => setSession(work, reply, token),
      });
      reply.status(answer.status);
      for (const [name, value] of answer.headers) reply.header(name, value);
      return reply.send(answer.body);
    });
  };
}

/** Says no to the whole request, in the words of GraphQL. */
function refuse(request: FastifyRequest, reply: FastifyReply, { code, message }: Denied): FastifyReply {
  reply.status(deniedStatus[code]);
  if (code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  return reply.send({ errors: [{ message, extensions: { code, requestId: request.id } }] });
}

function sendIde(reply: FastifyReply, html: string): void {
  reply.header('content-security-policy', idePolicy).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html);
}
