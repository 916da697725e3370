import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { at, type Clock, secondMs } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { stateOf } from './controls.js';
import { type ApiAnswer, type ApiRequest, failed } from './dispatch.js';
import { delayOf } from './faults.js';
import { notFoundPage, type Page, problemPage, renderPage } from './pages/pages.js';
import { ApiError } from './protocol/errors.js';
import { decodeForm } from './protocol/form.js';
import { assertRoom } from './protocol/rate-limits.js';
import { Worlds } from './worlds.js';

export interface SimulatorOptions {
  port: number;
  host?: string;
  clock: Clock;
  log: Log;
  /** Where the books are kept; null to forget them. */
  journalFile: string | null;
  /** The world that controls act on unless they name another. */
  world: string;
}

/** Where a world's events are delivered, with the secrets both sides know already: each signs, so that one can be replaced. */
export interface KnownEndpoint {
  url: string;
  secrets: string[];
  connect: boolean;
}

export interface Simulator {
  url: string;
  port: number;
  /** The time in the world of the controls: turned with `clock/advance`. */
  clock: Clock;
  /** Sets where the events of the world of the controls go, beside what that world registers itself. */
  deliverTo(endpoints: KnownEndpoint[]): void;
  /** When every event has been taken, or waits for its next try. */
  delivered(): Promise<void>;
  close(): Promise<void>;
}

const bodyMaxBytes = 1_000_000;

/** Starts a Stripe of our own, which the official SDK talks to unchanged. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const simulator = new SimulatorServer(options);
  const server = createServer((request, response) => void simulator.serve(request, response));
  await new Promise<void>((listening, failure) => {
    server.once('error', failure);
    server.listen(options.port, options.host ?? '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  simulator.origin = `http://localhost:${port}`;
  simulator.worlds.pumpAll();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    clock: simulator.clock,
    deliverTo: (endpoints) => simulator.deliverTo(endpoints),
    delivered: () => simulator.worlds.delivered(),
    async close() {
      await simulator.worlds.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

class SimulatorServer {
  origin = '';
  readonly worlds: Worlds;
  readonly clock: Clock = {
    now: () => at(this.#options.clock.now().getTime() + (this.worlds.find(this.#options.world)?.offsetSeconds ?? 0) * secondMs),
  };
  readonly #options: SimulatorOptions;
  readonly #inFlight = new Set<string>();
  #requests = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.worlds = new Worlds(options);
  }

  deliverTo(endpoints: KnownEndpoint[]): void {
    const named = endpoints.map((endpoint) => ({ ...endpoint, id: endpoint.connect ? 'connect' : 'platform' }));
    this.worlds.deliverTo(this.#options.world, named);
    this.worlds.pumpAll();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const path = (request.url ?? '/').split('?')[0] as string;
      if (path.startsWith('/v1/') || path.startsWith('/v2/') || path.startsWith('/oauth/')) await this.#api(request, body, response);
      else if (path.startsWith('/_simulator/')) this.#control(request, path.slice('/_simulator/'.length), body, response);
      else this.#page(request, path, body, response);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, { type: 'api_error', message: 'The simulator failed.' });
      if (known !== error) this.#options.log.error({ err: error }, 'simulator');
      send(response, known.status, { error: known.body });
    }
  }

  async #api(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const key = keyOf(header(request, 'authorization'));
    const name = worldOf(key);
    const call: ApiRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      body,
      stripeAccount: header(request, 'stripe-account'),
      idempotencyKey: header(request, 'idempotency-key'),
      requestId: `req_sim${String(this.#requests++).padStart(10, '0')}`,
      origin: this.origin + this.#baseOf(name),
      ...(key.startsWith('mes_') ? { sessionToken: key } : {}),
    };
    if (name === null)
      return respond(
        response,
        failed(new ApiError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided: the simulator takes sk_test_… keys.' }), call),
      );
    const world = this.worlds.open(name);
    const refusal = refusalOf(() => assertRoom(world, this.worlds.nowOf(world), call));
    if (refusal) return respond(response, failed(refusal, call, { 'stripe-rate-limited-reason': 'endpoint-rate' }));
    const slot = `${name} ${call.stripeAccount} ${call.idempotencyKey}`;
    const isInFlight = call.idempotencyKey !== null && this.#inFlight.has(slot);
    const delayMs = isInFlight ? 0 : delayOf(world, call);
    if (delayMs > 0) {
      this.#inFlight.add(slot);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      this.#inFlight.delete(slot);
    }
    const changes = call.method !== 'GET' || world.faults.some(({ times, method }) => times > 0 && method === 'GET');
    const deed = { kind: 'api', request: call, isInFlight } as const;
    const answer = changes ? this.worlds.run<ApiAnswer>(name, deed) : this.worlds.read<ApiAnswer>(name, deed);
    if (answer.cut === 'all') response.destroy();
    else respond(response, answer);
  }

  #control(request: IncomingMessage, path: string, body: string, response: ServerResponse): void {
    const name = new URL(request.url ?? '/', 'http://simulator').searchParams.get('world') ?? this.#options.world;
    const world = this.worlds.open(name);
    if (request.method === 'GET' && path === 'state') {
      world.now = this.worlds.nowOf(world);
      send(response, 200, stateOf(world));
      return;
    }
    if (request.method !== 'POST')
      throw new ApiError(405, { type: 'invalid_request_error', message: 'Controls take POST; GET state shows everything.' });
    send(response, 200, this.worlds.run<object>(name, { kind: 'control', path, body: parseJson(body), seed: randomUUID() }));
  }

  /** How the addresses of a world's pages begin: the server's own world has the plain ones. */
  #baseOf(name: string | null): string {
    return name === null || name === this.#options.world ? '' : `/w/${name}`;
  }

  #page(request: IncomingMessage, path: string, body: string, response: ServerResponse): void {
    const [, named, below] = /^\/w\/(\w{1,200})(\/.*)$/.exec(path) ?? [];
    const name = named ?? this.#options.world;
    const base = this.#baseOf(name);
    const leadTo = (status: 302 | 303, location: string) =>
      response.writeHead(status, { location: location.startsWith('/') ? base + location : location, 'cache-control': 'no-store' }).end();
    const show = (status: number, html: string) =>
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
    try {
      const page = this.#answerOf(request, { name, base, path: below ?? path, body });
      if (page.location === undefined) show(page.status, page.html);
      else leadTo(request.method === 'POST' ? 303 : 302, page.location);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      show(error.status, problemPage(error.message));
    }
  }

  #answerOf(request: IncomingMessage, { name, base, path, body }: { name: string; base: string; path: string; body: string }): Page {
    const world = name === this.#options.world ? this.worlds.open(name) : this.worlds.find(name);
    if (!world) return notFoundPage();
    if (path === '/') return { location: '/__sim' };
    if (request.method === 'POST') {
      if (!isFromHere(request)) throw new ApiError(403, { type: 'invalid_request_error', message: 'This form was sent from another site.' });
      return this.worlds.run<{ location: string }>(name, { kind: 'page', path, form: decodeForm(body) });
    }
    world.now = this.worlds.nowOf(world);
    return renderPage(world, path, new URL(request.url ?? '/', 'http://simulator').searchParams, base);
  }
}

/** Whether a form comes from one of our own pages: browsers say from where. */
function isFromHere(request: IncomingMessage): boolean {
  const origin = header(request, 'origin');
  return origin === null || origin.replace(/^https?:\/\//, '') === request.headers.host;
}

function refusalOf(check: () => void): ApiError | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function keyOf(authorization: string | null): string {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ');
  return scheme === 'Basic' ? (Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] as string) : credentials;
}

/** The world a key or a session's token names: `sk_test_sim_<world>`; any other test key is a world of its own. */
function worldOf(key: string): string | null {
  const name = /^(?:sk|rk)_test_(?:sim_)?(\w{1,200})$/.exec(key)?.[1] ?? /^mes_test_sim_(\w{1,200})\.\w+$/.exec(key)?.[1];
  return name ?? null;
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function parseJson(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new ApiError(400, { type: 'invalid_request_error', message: 'The body is not JSON.' });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMaxBytes) throw new ApiError(413, { type: 'invalid_request_error', message: 'The body is too large.' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function respond(response: ServerResponse, { status, body, headers, cut }: ApiAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  if (cut === 'half') response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.end(text);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
