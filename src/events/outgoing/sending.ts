import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { scrub } from '../../base/log.js';
import { addressesOf, isOpen, type Reachable } from './addresses.js';

/** What came of one request to a partner. */
export interface Answer {
  /** Null where no answer came. */
  status: number | null;
  /** Why it does not count as taken; null where it does. */
  error: string | null;
  tookMs: number;
  /** The beginning of what was answered. */
  text: string | null;
  /** How long the receiver asks to be left alone; null where it does not say. */
  retryAfterMs: number | null;
}

const silenceMaxMs = 15_000; // of the whole request; Source: standardwebhooks.com, on timeouts
const readMaxBytes = 64 * 1024;
const keptMax = 1_000; // characters
const retryAfterMaxMs = 86_400_000;

/**
 * Posts a body once. Never throws: what went wrong is in the answer. The name is looked up here and the connection made to the very address that was found
 * open, so that no name service can lead it into a private network between; redirects are not followed, and an endless answer is cut.
 */
export async function post(url: string, headers: Record<string, string>, body: string, reachable: Reachable): Promise<Answer> {
  const startedMs = performance.now();
  const took = () => Math.round(performance.now() - startedMs);
  try {
    const target = new URL(url);
    const [address] = (await addressesOf(target.hostname, reachable)).filter((one) => isOpen(one, reachable));
    if (address === undefined) return unsent('The address leads nowhere, or into a private network.');
    const { status, text, retryAfter } = await exchange(target, address, headers, body);
    return {
      status,
      error: errorOf(status),
      tookMs: took(),
      text: scrub(text.replaceAll('\0', '')).slice(0, keptMax),
      retryAfterMs: waitOf(retryAfter),
    };
  } catch (error) {
    return { ...nothing, error: scrub(messageOf(error)).slice(0, 300), tookMs: took() };
  }
}

/** What came of a request that was never made. */
export function unsent(error: string): Answer {
  return { ...nothing, error, tookMs: 0 };
}

const nothing = { status: null, text: null, retryAfterMs: null };

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? `It answered ${status}; redirects are not followed.` : `It answered ${status}.`;
}

interface Exchanged {
  status: number;
  text: string;
  retryAfter: string | undefined;
}

function exchange(url: URL, address: string, headers: Record<string, string>, body: string): Promise<Exchanged> {
  const family = address.includes(':') ? 6 : 4;
  const lookup: LookupFunction = (_host, options, done) => (options.all ? done(null, [{ address, family }]) : done(null, address, family));
  const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const length = Buffer.byteLength(body);
  const request = send(url, {
    method: 'POST',
    agent: false,
    lookup,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length, 'user-agent': 'Holdfast-Webhooks/1' },
  });
  const timer = setTimeout(() => request.destroy(new Error(`No whole answer came within ${silenceMaxMs} ms.`)), silenceMaxMs);
  request.once('close', () => clearTimeout(timer));
  request.once('error', reject);
  request.once('response', (response) => {
    response.once('error', reject);
    readSome(response, (text) => {
      resolve({ status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] });
      request.destroy();
    });
  });
  request.end(body);
  return promise;
}

/** Hands over what fits, once it is there or once there is more than fits. */
function readSome(response: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = () => done(Buffer.concat(chunks).subarray(0, readMaxBytes).toString('utf8'));
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= readMaxBytes) finish();
  });
  response.once('end', finish);
}

/** What went wrong, of whatever the network throws. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

function waitOf(header: string | undefined): number | null {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds > 0 ? Math.min(retryAfterMaxMs, seconds * 1_000) : null;
}
