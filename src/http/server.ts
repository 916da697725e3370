import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import type { Log } from '../base/log.js';
import { authRoutes } from './auth.js';
import { buyerRoutes } from './buyer-routes.js';
import { memberRoutes } from './buying/member-routes.js';
import type { Door } from './door.js';
import { answerError } from './errors.js';
import { exportRoutes } from './exports/export-routes.js';
import { healthRoutes } from './health.js';
import { invitationRoutes } from './invitation-routes.js';
import { offeringRoutes } from './offering-routes.js';
import { accessRoutes } from './people/access-routes.js';
import { mailRoutes } from './people/mail-routes.js';
import { securityRoutes } from './people/security-routes.js';
import { signInRoutes } from './people/sign-in-routes.js';
import { sellerRoutes } from './seller-routes.js';
import { sellerListRoutes } from './selling/list-routes.js';
import { paymentRoutes } from './selling/payment-routes.js';
import { setupRoutes } from './selling/setup-routes.js';
import { statementRoutes } from './selling/statement-routes.js';
import { webhookRoutes } from './webhook.js';

const everyRoute = [
  healthRoutes,
  authRoutes,
  webhookRoutes,
  sellerRoutes,
  signInRoutes,
  securityRoutes,
  accessRoutes,
  mailRoutes,
  invitationRoutes,
  buyerRoutes,
  memberRoutes,
  offeringRoutes,
  exportRoutes,
  sellerListRoutes,
  setupRoutes,
  statementRoutes,
  paymentRoutes,
];
const bodyMaxBytes = 100_000;
const requestMaxMs = 30_000;
const connectionMaxMs = 35_000;
const drainMaxMs = 25_000;

export interface HttpServer {
  port: number;
  close(): Promise<void>;
}

/** Opens the door: the pages, the webhooks, the probes, and what `plugins` bring. */
export async function startHttp(options: {
  host: string;
  port: number;
  door: Door;
  log: Log;
  trustedProxies: string[];
  plugins: FastifyPluginAsync[];
}): Promise<HttpServer> {
  const app = Fastify({
    logger: false, // one line per request is written below, without addresses
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false, // else anybody could say where they come from
    bodyLimit: bodyMaxBytes,
    requestTimeout: requestMaxMs,
    connectionTimeout: connectionMaxMs,
    http: { maxHeaderSize: 16_384, headersTimeout: 10_000 },
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id); // an address that cannot be read runs no hooks
      answerError(options.log)(error, request, reply);
    },
  });
  app.removeContentTypeParser('text/plain'); // what another site can send without asking the browser first
  app.setErrorHandler(answerError(options.log));
  app.setNotFoundHandler((request, reply) =>
    answerError(options.log)({ statusCode: 404, message: 'There is nothing at this address.' }, request, reply),
  );
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (options.door.isDraining()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    options.log.debug(
      { requestId: request.id, method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
  });

  await app.register(helmet, {
    contentSecurityPolicy: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
  });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: bodyMaxBytes });
  for (const plugin of [...everyRoute.map((of) => of(options.door)), ...options.plugins]) await app.register(Object.assign(plugin, named));

  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  return { port: typeof address === 'object' && address ? address.port : options.port, close: () => closeWithin(app, drainMaxMs) };
}

const named = { [Symbol.for('fastify.display-name')]: 'routes' }; // else Fastify looks for a name in every file that is loaded

/** Takes no new request, finishes those under way, and cuts what has not finished in time. */
async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close();
  clearTimeout(late);
}
