import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { sha256 } from '../../src/base/ids.js';
import { quiet } from '../support/looking.js';
import { countStatements } from '../support/statements.js';
import { pages } from './pages.js';
import { openServed } from './served.js';

/** The application, and beside it what a careful person would write by hand for the same pages: both answer `{"data":…}` over HTTP. */
export interface Contestants {
  graphqlUrl: string;
  handWrittenUrl: string;
  /** Statements sent to the database so far, by both. */
  statementCount(): number;
  close(): Promise<void>;
}

export async function openContestants(databaseUrl: string): Promise<Contestants> {
  const counter = countStatements();
  const app = await openServed(databaseUrl);
  const handWritten = await openHandWritten(databaseUrl);
  return {
    graphqlUrl: `${app.url}/graphql`,
    handWrittenUrl: handWritten.url,
    statementCount: counter.count,
    async close() {
      await handWritten.close();
      await app.close();
      counter.stop();
    },
  };
}

/** Node's own server and one prepared statement a page: GET /0, /1, … with the session's cookie. */
async function openHandWritten(databaseUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = quiet(new pg.Pool({ connectionString: databaseUrl, types }));
  const server = createServer((request, response) => {
    const page = pages[Number(request.url?.slice(1))];
    const token = /holdfast_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
    if (!page || !token) {
      response.writeHead(404).end();
      return;
    }
    pool
      .query({ name: page.name.slice(0, 60), text: page.sql, values: [sha256(token), ...page.parameters] })
      .then(({ rows }) => {
        const body = JSON.stringify({ data: page.toData(rows) });
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await pool.end();
    },
  };
}
