import { HeaderMap } from '@apollo/server';
import type { Viewer } from '../src/access/viewer.js';
import type { Log } from '../src/base/log.js';
import type { Work } from '../src/db/work.js';
import { contextOf } from './context.js';
import { createGraphqlServer } from './server.js';

/** One request, as the HTTP layer hands it over. */
export interface Request {
  body: unknown;
  headers: Map<string, string>;
  work: Work;
  viewer: Viewer;
  requestId: string;
  idempotencyKey: string | null;
  renewSession?(token: string): void;
}

/** The API in this process: `execute` answers a request with the status, headers and body to send. */
export async function openGraphql(options: { production: boolean; log: Log }) {
  const server = createGraphqlServer(options);
  await server.start();
  return {
    async execute({ body, headers, ...context }: Request) {
      const sent = new HeaderMap();
      for (const [name, value] of headers) sent.set(name, value);
      const {
        status,
        headers: answered,
        body: answer,
      } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers: sent, search: '', body: body ?? {} },
        context: async () => contextOf(context),
      });
      return { status: status ?? 200, headers: answered as Iterable<[string, string]>, body: answer.kind === 'complete' ? answer.string : '' };
    },
    close: () => server.stop(),
  };
}
