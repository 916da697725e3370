import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { at, type Clock, secondMs } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { control, stateOf } from './controls.js';
import { type ApiAnswer, type ApiRequest, delayOf, dispatch, failed } from './dispatch.js';
import { type Command, openJournal } from './journal.js';
import { pageCommand, renderPage } from './pages/pages.js';
import { ApiError } from './protocol/errors.js';
import { decodeForm, type Form } from './protocol/form.js';
import { assertRoom } from './protocol/rate-limits.js';
import { passTime } from './time.js';
import { Deliveries } from './webhooks.js';
import { World } from './world.js';

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

/** Where a world's events are delivered, with a secret both sides know already. */
export interface KnownEndpoint {
  url: string;
  secret: string;
  connect: boolean;
}

export interface Simulator {
  url: string;
  port: number;
  /** The time in the world of the controls: turned with `clock/advance`. */
  clock: Clock;
  /** Sets where the events of the world of the controls go, beside what that world registers itself. */
  deliverTo(endpoints: KnownEndpoint[]): void;
  /** When every event that is under way has been taken, or given up. */
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
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    clock: simulator.clock,
    deliverTo: (endpoints) => simulator.deliverTo(endpoints),
    delivered: () => simulator.delivered(),
    async close() {
      await simulator.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

class SimulatorServer {
  origin = '';
  readonly clock: Clock = {
    now: () => at(this.#options.clock.now().getTime() + (this.#worlds.get(this.#options.world)?.offsetSeconds ?? 0) * secondMs),
  };
  readonly #options: SimulatorOptions;
  readonly #worlds = new Map<string, World>();
  readonly #journal;
  readonly #deliveries: Deliveries;
  readonly #inFlight = new Set<string>();
  #endpoints: KnownEndpoint[] = [];
  #requests = 0;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#deliveries = new Deliveries(options.clock, options.log);
    const { journal, commands } = openJournal(options.journalFile);
    this.#journal = journal;
    for (const command of commands) this.#replay(command);
  }

  deliverTo(endpoints: KnownEndpoint[]): void {
    this.#endpoints = endpoints;
    this.#worlds.get(this.#options.world)?.endpoints.push(...endpoints.map((endpoint) => ({ ...endpoint, enabledEvents: ['*'] })));
  }

  delivered(): Promise<void> {
    return this.#deliveries.delivered();
  }

  async close(): Promise<void> {
    await this.#deliveries.close();
    this.#journal.close();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      const path = (request.url ?? '/').split('?')[0] as string;
      if (path.startsWith('/v1/') || path.startsWith('/v2/') || path.startsWith('/oauth/')) await this.#api(request, body, response);
      else if (path.startsWith('/_simulator/')) this.#control(request, path.slice('/_simulator/'.length), body, response);
      else if (path === '/') response.writeHead(302, { location: '/__sim' }).end();
      else this.#page(request, path, body, response);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, { type: 'api_error', message: 'The simulator failed.' });
      if (known !== error) this.#options.log.error({ err: error }, 'simulator');
      send(response, known.status, { error: known.body });
    }
  }

  /** The world of a name: there, or begun now. */
  #world(name: string): World {
    const there = this.#worlds.get(name);
    if (there) return there;
    const seed = randomUUID();
    this.#journal.append({ world: name, at: 0, kind: 'genesis', seed });
    return this.#begin(name, seed);
  }

  #begin(name: string, seed: string): World {
    const world = new World(name, seed);
    if (name === this.#options.world) for (const endpoint of this.#endpoints) world.endpoints.push({ ...endpoint, enabledEvents: ['*'] });
    this.#worlds.set(name, world);
    return world;
  }

  async #api(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const call: ApiRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      body,
      stripeAccount: header(request, 'stripe-account'),
      idempotencyKey: header(request, 'idempotency-key'),
      requestId: `req_sim${String(this.#requests++).padStart(10, '0')}`,
      origin: this.origin,
    };
    const name = worldOf(header(request, 'authorization'));
    if (name === null)
      return respond(
        response,
        failed(new ApiError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided: the simulator takes sk_test_… keys.' }), call),
      );
    const world = this.#world(name);
    const refusal = refusalOf(() => assertRoom(world, this.#nowOf(world), call));
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
    const answer = this.#run<ApiAnswer>({ world: name, kind: 'api', at: this.#nowOf(world), request: call, isInFlight }, changes);
    if (answer.cut) response.destroy();
    else respond(response, answer);
  }

  #control(request: IncomingMessage, path: string, body: string, response: ServerResponse): void {
    const name = new URL(request.url ?? '/', 'http://simulator').searchParams.get('world') ?? this.#options.world;
    const world = this.#world(name);
    if (request.method === 'GET' && path === 'state') {
      world.now = this.#nowOf(world);
      send(response, 200, stateOf(world));
      return;
    }
    if (request.method !== 'POST')
      throw new ApiError(405, { type: 'invalid_request_error', message: 'Controls take POST; GET state shows everything.' });
    send(
      response,
      200,
      this.#run<object>({ world: name, kind: 'control', at: this.#nowOf(world), path, body: parseJson(body), seed: randomUUID() }, true),
    );
    if (path === 'webhooks' && world.webhookMode !== 'delay') this.#deliveries.releaseHeld();
  }

  #page(request: IncomingMessage, path: string, body: string, response: ServerResponse): void {
    const name = this.#options.world;
    const world = this.#world(name);
    if (request.method === 'POST') {
      const { location } = this.#run<{ location: string }>({ world: name, kind: 'page', at: this.#nowOf(world), path, form: decodeForm(body) }, true);
      response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
      return;
    }
    world.now = this.#nowOf(world);
    const page = renderPage(world, path, new URL(request.url ?? '/', 'http://simulator').searchParams);
    if (page.location !== undefined) response.writeHead(302, { location: page.location, 'cache-control': 'no-store' }).end();
    else response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page.html);
  }

  #nowOf(world: World): number {
    return Math.floor(this.#options.clock.now().getTime() / 1_000) + world.offsetSeconds;
  }

  /** Runs a command: on disk first, then done, its books checked, its events sent. */
  #run<T>(command: Command, changes: boolean): T {
    const world = this.#world(command.world);
    if (changes) this.#journal.append(command);
    else if (timeChanged(world, command.at)) this.#journal.append({ world: command.world, at: command.at, kind: 'tick' });
    const result = this.#perform(world, command);
    this.#deliveries.send(world, world.fresh.splice(0));
    return result as T;
  }

  #replay(command: Command): void {
    if (command.kind === 'genesis') return void this.#begin(command.world, command['seed'] as string);
    const world = this.#world(command.world);
    try {
      this.#perform(world, command);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // refused then as now
    }
    this.#world(command.world).fresh.splice(0);
  }

  #perform(world: World, command: Command): unknown {
    world.now = command.at;
    passTime(world);
    try {
      switch (command.kind) {
        case 'api':
          return dispatch(world, command['request'] as ApiRequest, command['isInFlight'] === true);
        case 'page':
          return pageCommand(world, command['path'] as string, command['form'] as Form);
        case 'genesis':
        case 'tick':
          return world;
        case 'control':
          if (command['path'] === 'reset') return this.#reset(world, command['seed'] as string);
          return control(world, command['path'] as string, command['body']);
      }
    } finally {
      world.ledger.assertBalanced();
    }
  }

  #reset(world: World, seed: string): object {
    this.#begin(world.name, seed);
    return { reset: world.name };
  }
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

/** Lets time pass for a request that only reads; whether that changed anything, which a replay must then do at the same moment. */
function timeChanged(world: World, at: number): boolean {
  const [objects, pending] = [world.objects.size, world.pending.length];
  world.now = at;
  passTime(world);
  return world.objects.size !== objects || world.pending.length !== pending;
}

/** The world a key names: `sk_test_sim_<world>`; any other test key is a world of its own. */
function worldOf(authorization: string | null): string | null {
  const [scheme, credentials = ''] = (authorization ?? '').split(' ');
  const key = scheme === 'Basic' ? (Buffer.from(credentials, 'base64').toString('utf8').split(':')[0] as string) : credentials;
  const name = /^(?:sk|rk)_test_(?:sim_)?(\w{1,200})$/.exec(key)?.[1];
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

function respond(response: ServerResponse, { status, body, headers }: ApiAnswer): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
