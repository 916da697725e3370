import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Denied } from '../../base/errors.js';
import { cursorOf, type Page, pageRequest } from '../../db/paging.js';
import { csvLine } from '../csv.js';
import { type Door, viewerOf } from '../door.js';
import { type Asked, type Exported, exportedLists } from './exported-lists.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

/** Lists as files: for staff of everybody, for sellers of their own; with the filter of the list they stand on. */
export function exportRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    for (const place of ['admin', 'connect'])
      for (const [name, open] of Object.entries(exportedLists))
        app.get(`/${place}/${name}.csv`, (request: Visit, reply) => send(door, request, reply, name, open as Open<{ id: string }>));
  };
}

type Open<Row> = (asked: Asked) => Exported<Row>;

/** Sends the file piece by piece, as it is read. A stranger is sent to sign in. */
async function send<Row extends { id: string }>(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  name: string,
  open: Open<Row>,
): Promise<FastifyReply> {
  const work = door.openWork();
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') return reply.redirect('/sign-in', 303);
  const file = lines(open({ work, viewer, ...wordsOf(request) }));
  const first = await file.next(); // so that what is refused is answered as such
  const day = work.clock.now().toISOString().slice(0, 10);
  reply
    .header('content-disposition', `attachment; filename="${name}-${day}.csv"`)
    .header('cache-control', 'no-store')
    .type('text/csv; charset=utf-8');
  return reply.send(Readable.from(after(first.value ?? '', file)));
}

async function* after(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** A list as lines of CSV, a page at a time, however long it is; the first with the columns' names. */
async function* lines<Row extends { id: string }>({ columns, list, cellsOf }: Exported<Row>): AsyncGenerator<string> {
  let cursor: string | null = null;
  let header = csvLine(columns);
  do {
    const page: Page<Row> = await list(pageRequest({ first: 100, after: cursor }));
    const cells = page.rows.length === 0 ? [] : await cellsOf(page.rows);
    yield header + cells.map(csvLine).join('');
    header = '';
    const last = page.rows.at(-1);
    cursor = page.hasNextPage && last ? cursorOf(last.id) : null;
  } while (cursor !== null);
}

/** What the address says of the filter: `status=PAID,REFUNDED&currency=USD&from=2026-11-01`. Refuses with BAD_USER_INPUT words that are none of a list's. */
export function wordsOf({ query }: { query: Record<string, string | undefined> }): Omit<Asked, 'work' | 'viewer'> {
  const text = (name: string) => (query[name] ? String(query[name]) : null);
  const oneOf = <T extends string>(name: string, known: readonly T[]) => someOf(name, known)?.[0] ?? null;
  const someOf = <T extends string>(name: string, known: readonly T[]) => {
    const words = text(name)?.split(',') ?? null;
    const unknown = words?.find((word) => !known.includes(word as T));
    if (unknown !== undefined) throw new Denied('BAD_USER_INPUT', `${name} ${JSON.stringify(unknown.slice(0, 40))} is none of ${known.join(', ')}.`);
    return words as T[] | null;
  };
  return { text, oneOf, someOf };
}
