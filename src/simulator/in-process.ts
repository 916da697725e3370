import type Stripe from 'stripe';
import { type Clock, secondMs } from '../base/clock.js';
import { control } from './controls.js';
import { type ApiAnswer, type ApiRequest, dispatch } from './dispatch.js';
import type { Book } from './ledger.js';
import { passTime } from './time.js';
import { type Stored, World } from './world.js';

/** What goes wrong with a request: a kind of the simulator's faults, or that it is done and answered with an error that Stripe keeps. */
export type RequestFault = 'rate_limit' | 'server_error' | 'server_error_stored' | 'drop_before' | 'drop_after' | 'refuse' | 'error_after';
export type FaultOf = (method: string, path: string) => RequestFault | null;

/** Who lets those who ask Stripe go on, one at a time: they stand before a request leaves, while Stripe works, and before its answer arrives. */
export interface Turns {
  pass(label: string): Promise<void>;
  /** Whoever asks here and now, and what is given up when they die; null for somebody who goes on at once. */
  current(): { readonly onDeath: Set<() => Promise<void>> } | null;
}

type Headers = Record<string, string>;

const silenceMaxMs = 20_000; // as the SDK is told

/** Tells less than Stripe: nothing but what is asked for, and once what it tells of an account and again of each of its capabilities. */
class TerseWorld extends World {
  #last = '';

  constructor(
    seed: string,
    readonly tells: readonly string[],
  ) {
    super('in process', seed);
  }

  override emit(owner: string, type: string, object: object, previous?: object): void {
    const told = `${owner} ${type} ${this.now}`;
    if (!this.tells.includes(type) || type === 'capability.updated' || (type === 'account.updated' && told === this.#last)) return;
    this.#last = told;
    super.emit(owner, type, object, previous);
  }
}

/** Stripe in this process: the simulator's own objects and rules, without a network in between. */
export class InProcessStripe {
  readonly world: World;
  readonly #inFlight = new Set<string>();
  readonly #finishes = new Set<() => ApiAnswer>();
  #requests = 0;
  /** How much of a list it shows at once, where the house asks for a hundred: so little that pages have to be turned. */
  pageMax = 5;
  /** Called after everything that changed it. */
  onChange: () => void = () => undefined;

  /** `tells` are the types of the events that it tells. */
  constructor(
    seed: string,
    readonly clock: Clock,
    tells: readonly string[],
  ) {
    this.world = new TerseWorld(seed, tells);
    this.pass();
  }

  /** Lets the time that has passed do its work. */
  pass(): void {
    this.world.now = Math.floor(this.clock.now().getTime() / secondMs);
    passTime(this.world);
  }

  /** Its objects of a kind, newest first; of one owner or of all. */
  all(kind: string, owner: string | null): Stored[] {
    return this.world.all(kind, owner);
  }

  balance(currency: string, book: Book): number {
    return this.world.ledger.balance(currency.toLowerCase(), book);
  }

  /** What a person or a bank does at Stripe. Throws what Stripe would refuse. */
  control(path: string, body: object = {}): Record<string, unknown> {
    this.pass();
    const told = control(this.world, path, body) as Record<string, unknown>;
    this.#checked();
    return told;
  }

  /** A request that the platform makes by itself, from its dashboard; or a seller from theirs. */
  ask(method: string, url: string, form: Record<string, string>, stripeAccount: string | null = null): ApiAnswer {
    const body = new URLSearchParams(form).toString();
    return this.answer({ method, url, body, stripeAccount, idempotencyKey: null, requestId: this.#nextId(), origin: '' }, null);
  }

  answer(request: ApiRequest, fault: RequestFault | null, isInFlight = false): ApiAnswer {
    this.pass();
    const { world } = this;
    const path = request.url.split('?')[0] as string;
    if (fault !== null && fault !== 'error_after')
      world.faults.push({ method: request.method, path, kind: fault, code: 'account_invalid', times: 1, delayMs: 0 });
    const slot = slotOf(request);
    const answer = dispatch(world, request, isInFlight);
    world.faults.length = 0;
    this.#checked();
    if (fault !== 'error_after' || answer.status !== 200) return answer;
    const stored = world.answers.get(slot);
    const error = { status: 500, body: { error: { type: 'api_error', message: 'An unknown error occurred' } } };
    if (stored) stored.answer = error;
    return { ...answer, ...error };
  }

  /** Stripe as the SDK of one process reaches it: a gate before a request leaves, one while Stripe works, one before its answer arrives. */
  line(turns: Turns, faultOf: FaultOf): Stripe.HttpClient {
    const makeRequest = async (_host: string, _port: string, url: string, method: string, headers: unknown, body: string) => {
      const sent = Object.fromEntries(Object.entries(headers as Headers).map(([name, value]) => [name.toLowerCase(), value]));
      const path = url.split('?')[0] as string;
      const request: ApiRequest = {
        method,
        url: url.replace(/\blimit=100\b/, `limit=${this.pageMax}`),
        body: body ?? '',
        stripeAccount: sent['stripe-account'] ?? null,
        idempotencyKey: sent['idempotency-key'] ?? null,
        requestId: this.#nextId(),
        origin: 'https://simulated',
      };
      const askedAt = this.clock.now().getTime();
      const isLate = () => this.clock.now().getTime() - askedAt > silenceMaxMs;
      await turns.pass(`ask ${method} ${path}`);
      if (isLate()) throw cut(); // who was frozen for so long finds the connection gone
      const answer = await this.#carried(turns, request, turns.current() ? faultOf(method, path) : null);
      await turns.pass(`answer to ${method} ${path}`);
      if (answer.cut || isLate()) throw cut();
      return responseOf(answer);
    };
    return { getClientName: () => 'in process', makeRequest } as unknown as Stripe.HttpClient;
  }

  /** Stripe begins, works, and is done, also where whoever asked dies meanwhile. */
  async #carried(turns: Turns, request: ApiRequest, fault: RequestFault | null): Promise<ApiAnswer> {
    const slot = slotOf(request);
    const asking = turns.current();
    if (asking === null || request.idempotencyKey === null || this.#inFlight.has(slot)) return this.answer(request, fault, this.#inFlight.has(slot));
    this.#inFlight.add(slot);
    let done: ApiAnswer | null = null;
    const finish = () => {
      this.#inFlight.delete(slot);
      this.#finishes.delete(finish);
      asking.onDeath.delete(finishWithoutThem);
      done ??= this.answer(request, fault);
      return done;
    };
    const finishWithoutThem = async () => void finish();
    asking.onDeath.add(finishWithoutThem);
    this.#finishes.add(finish);
    await turns.pass(`Stripe works on ${request.method} ${request.url.split('?')[0]}`);
    return finish();
  }

  /** Stripe is done within seconds with what it has begun, whoever waits for it. */
  finishBegun(): void {
    for (const finish of this.#finishes) finish();
  }

  #nextId(): string {
    return `req_${String(this.#requests++).padStart(8, '0')}`;
  }

  #checked(): void {
    this.world.ledger.assertBalanced();
    this.onChange();
  }
}

function cut(): Error {
  return Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });
}

function slotOf({ stripeAccount, idempotencyKey }: ApiRequest): string {
  return `${stripeAccount ?? 'platform'} ${idempotencyKey}`;
}

function responseOf({ status, body, headers }: ApiAnswer): object {
  const raw = { statusCode: status, headers };
  return {
    getStatusCode: () => status,
    getHeaders: () => headers,
    getRawResponse: () => raw,
    toStream: () => undefined,
    toJSON: async () => JSON.parse(JSON.stringify(body)) as unknown,
  };
}
