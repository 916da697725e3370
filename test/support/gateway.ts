import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccountEntity } from '../../src/accounts/account.js';
import { systemClock } from '../../src/base/clock.js';
import { readConfig } from '../../src/base/config.js';
import { openLog } from '../../src/base/log.js';
import { Secret } from '../../src/base/secret.js';
import { type Database, openDatabase } from '../../src/db/database.js';
import { openWork, type Work } from '../../src/db/work.js';
import type { Budget } from '../../src/stripe/budget.js';
import { openStripe } from '../../src/stripe/client.js';

/** A budget that is never used up. */
export const boundless: Budget = { reserve: async () => 0, slowDown: async () => undefined };

/** A unit of work that reaches only what answers at `apiBase`, and a database that nothing connects to unless it is asked. */
export interface Gateway {
  work: Work;
  /** What was logged, line by line. */
  lines: string[];
  close(): Promise<void>;
}

export function openGateway(options: { apiBase: string; key?: string; budget?: Budget; silenceMaxMs?: number; databaseUrl?: string }): Gateway {
  const lines: string[] = [];
  const log = openLog('debug', { write: (line) => void lines.push(line) });
  const url = options.databaseUrl ?? 'postgresql://nobody@127.0.0.1:1/none';
  const database: Database = openDatabase({ url, role: 'holdfast_app', applicationName: 'gateway test', entities: [AccountEntity] });
  const { apiBase, budget = boundless, key = 'sk_test_sim_gateway' } = options;
  const stripe = openStripe({ apiBase, budget, secretKey: new Secret(key), ...(options.silenceMaxMs ? { silenceMaxMs: options.silenceMaxMs } : {}) });
  const work = openWork({ database, log, clock: systemClock, config: readConfig({ NODE_ENV: 'test' }) }, { stripe });
  return { work, lines, close: () => database.close() };
}

/** A server that answers as it is told, and counts. */
export interface Answerer {
  url: string;
  requests: { method: string; url: string; body: string; headers: IncomingMessage['headers'] }[];
  /** Answers from now on. */
  answer(how: (response: ServerResponse, nth: number) => void): void;
  close(): Promise<void>;
}

export async function startAnswerer(): Promise<Answerer> {
  let how: (response: ServerResponse, nth: number) => void = (response) => void response.end('{}');
  const requests: Answerer['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
      how(response, requests.length);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(next) {
      how = next;
      requests.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Answers JSON as Stripe does. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_1', ...headers }).end(JSON.stringify(body));
}
