import { connect } from 'node:net';
import type { SignedIn } from './marketplace.js';
import type { BenchPage } from './pages.js';

/** A request as it goes over the wire, and where to. */
export interface WireRequest {
  port: number;
  bytes: Buffer;
}

/** The page as the API is asked for it. */
export function graphqlRequest(url: string, page: BenchPage): WireRequest {
  return askingRequest(url, page.document, page.variables, [cookieOf(page.viewer)]);
}

/** A document as the API is asked for it by whoever sends these headers. */
export function askingRequest(url: string, query: string, variables: object, headers: string[]): WireRequest {
  return wire(url, 'POST', headers, JSON.stringify({ query, variables }));
}

/** How a browser shows whose it is. */
export function cookieOf({ token }: SignedIn): string {
  return `cookie: holdfast_session=${token}`;
}

/** The page as the hand-written server is asked for it, by its place in the list. */
export function handWrittenRequest(url: string, page: BenchPage, place: number): WireRequest {
  return wire(`${url}/${place}`, 'GET', [cookieOf(page.viewer)], '');
}

function wire(url: string, method: string, headers: string[], body: string): WireRequest {
  const { port, pathname, host } = new URL(url);
  const head = [`${method} ${pathname} HTTP/1.1`, `host: ${host}`, ...headers];
  if (body) head.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`);
  return { port: Number(port), bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`) };
}

/** Sends a request again and again over `connections` kept alive, each as soon as the last is answered, for `ms`; answers how many were. */
export function sendFor(ms: number, { port, bytes }: WireRequest, connections: number): Promise<number> {
  const until = performance.now() + ms;
  return sendAll(port, () => (performance.now() < until ? bytes : null), connections);
}

/**
 * Sends what `next` hands out, over `connections` kept alive, each the next as soon as its last is answered, until there is none; answers how many were.
 * Reads no more of an answer than its status and length: the one who asks shall cost as little as possible. Fails on any other status than 200.
 */
export async function sendAll(port: number, next: () => Buffer | null, connections: number): Promise<number> {
  const counts = await Promise.all(Array.from({ length: connections }, () => sendOver(port, next)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function sendOver(port: number, next: () => Buffer | null): Promise<number> {
  return new Promise((done, fail) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answered = 0;
    let missing = 0; // bytes of the answer under way; 0 before its head
    const sendNext = () => {
      const bytes = next();
      if (bytes) socket.write(bytes);
      else socket.end(() => done(answered));
    };
    socket.once('connect', sendNext);
    socket.on('error', fail);
    socket.on('data', (chunk) => {
      if (missing === 0) {
        const end = chunk.indexOf('\r\n\r\n');
        const head = chunk.toString('latin1', 0, end);
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || !length) {
          socket.destroy();
          fail(new Error(`unexpected answer: ${chunk.toString('utf8', 0, 500)}`));
          return;
        }
        missing = Number(length) + end + 4;
      }
      missing -= chunk.length;
      if (missing > 0) return;
      answered++;
      sendNext();
    });
  });
}
