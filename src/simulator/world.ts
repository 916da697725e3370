import { createHash } from 'node:crypto';
import type { Stripe } from 'stripe';
import type { FaultRule } from './faults.js';
import { eventsTold } from './happenings.js';
import { Ledger } from './ledger.js';
import { missing } from './protocol/errors.js';
import { complete } from './protocol/unset.js';
import { type Delivery, type Endpoint, usualDelivery, type WebhookSettings, wants } from './webhooks/endpoints.js';

/** A part of one of the SDK's types: a member it does not have, or of another type, is a compile error. */
export type Part<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends (infer U)[]
    ? Part<U>[]
    : T extends object
      ? { [K in keyof T]?: Part<T[K]> }
      : T;

/** Under this an object keeps what the simulator knows of it beside Stripe's shape: no answer and no event carries it. */
export const inside = Symbol('inside');

/** An object as the simulator keeps and answers it. */
export interface Stored {
  id: string;
  object: string;
  created: number;
  [field: string]: unknown;
}

interface Kept {
  owner: string;
  sequence: number;
  value: Stored;
}

/** Money on its way to being available. */
interface Pending {
  owner: string;
  currency: string;
  minor: number;
  availableOn: number;
  /** The charge that brought it. */
  charge: string;
}

/** What a world does of several that Stripe may do, by account, country or setting there. */
export interface WorldSettings {
  /** Whether charges are answered at first without their balance transaction, as with asynchronous capture. */
  booksLate: boolean;
  /** What becomes of a subscription whose renewal failed for the last time. */
  afterRetries: 'cancel' | 'unpaid' | 'past_due';
}

export interface StoredAnswer {
  fingerprint: string;
  createdAt: number;
  requestId: string;
  answer: { status: number; body: unknown } | null;
}

export const platformOwner = 'platform';
/** How long a charge's money is pending. */
export const releaseAfterSeconds = 2 * 86_400;

/** Movements of money that is pending at first; the others change what is available at once. */
/** What Stripe's reports call a movement, where not as its type. Source: docs.stripe.com/reports/reporting-categories */
const categories: Record<string, string> = {
  adjustment: 'other_adjustment',
  application_fee: 'platform_earning',
  application_fee_refund: 'platform_earning_refund',
  payment: 'charge',
  payment_refund: 'refund',
  payout_failure: 'payout_reversal',
  stripe_fee: 'fee',
  transfer_refund: 'transfer_reversal',
};

const waitingTypes = new Set<unknown>(['charge', 'application_fee', 'stripe_fee'] satisfies Stripe.BalanceTransaction['type'][]);

/** One isolated Stripe: everything that a key's name stands for. Changed only by commands, so that replaying them brings it back. */
export class World {
  readonly objects = new Map<string, Kept>();
  readonly ledger = new Ledger();
  readonly answers = new Map<string, StoredAnswer>();
  readonly faults: FaultRule[] = [];
  readonly endpoints: Endpoint[] = [];
  /** What endpoints have not taken yet, by event and endpoint. */
  readonly undelivered = new Map<string, Delivery>();
  webhooks: WebhookSettings = usualDelivery;
  readonly links = new Map<string, { account: string; expiresAt: number; returnUrl: string; refreshUrl: string }>();
  pending: Pending[] = [];
  /** When time does something to an object by itself: its id, and the second. */
  readonly timers = new Map<string, number>();
  /** The balance transactions of charges that are answered without them yet. */
  readonly late = new Map<string, string>();
  readonly settings: WorldSettings = { booksLate: false, afterRetries: 'cancel' };
  /** The charges behind the lines of balances that wait for their money. */
  readonly #chargeOfLine = new Map<string, string>();
  /** How many requests a second it takes, in all and of one endpoint; 0 for any number. Stripe takes 25 in a sandbox, 100 in live mode. */
  requestsPerSecondMax = 0;
  readonly requests = { second: 0, counts: new Map<string, number>() };
  offsetSeconds = 0;
  /** The present second, simulated; set by every command before it runs. */
  now = 0;
  /** What asked for what happens now; null where time did it. */
  request: Stripe.Event.Request | null = null;
  #sequence = 0;

  /** `seed` makes the ids: no two worlds share any, also not the same one emptied. */
  constructor(
    readonly name: string,
    readonly seed: string,
  ) {}

  /** The next id of a kind: the same in every replay. */
  id(prefix: string): string {
    const digest = createHash('sha256')
      .update(`${this.seed} ${this.#sequence++}`)
      .digest('base64url');
    return `${prefix}_${digest.replace(/[-_]/g, '0').slice(0, 24)}`;
  }

  /** From 0 to 1, drawn by the seed: the same in every replay. */
  chance(): number {
    const drawn = createHash('sha256')
      .update(`${this.seed} chance ${this.#sequence++}`)
      .digest();
    return drawn.readUInt32BE() / 2 ** 32;
  }

  /** Keeps a new object of an owner's, the platform or a connected account, with all that Stripe answers of its kind. */
  add<T extends Stored>(owner: string, value: T): T {
    complete(value);
    this.objects.set(value.id, { owner, sequence: this.#sequence++, value });
    return value;
  }

  find<T extends Stored>(owner: string, kind: string, id: string): T | null {
    const kept = this.objects.get(id);
    return kept && kept.owner === owner && kept.value.object === kind ? (kept.value as T) : null;
  }

  get<T extends Stored>(owner: string, kind: string, id: string, param = 'id'): T {
    const value = this.find<T>(owner, kind, id);
    if (!value) throw missing(kind.replace('checkout.session', 'checkout.session'), id, param);
    return value;
  }

  /** An object by its id, whoever owns it: for the simulator's own pages and controls. */
  anyOf<T extends Stored>(kind: string, id: string): { owner: string; value: T } {
    const kept = this.objects.get(id);
    if (!kept || kept.value.object !== kind) throw missing(kind, id);
    return { owner: kept.owner, value: kept.value as T };
  }

  remove(id: string): void {
    this.objects.delete(id);
  }

  /** All objects of a kind, newest first; of one owner or of all. */
  all<T extends Stored>(kind: string, owner: string | null): T[] {
    return [...this.objects.values()]
      .filter((kept) => kept.value.object === kind && (owner === null || kept.owner === owner))
      .sort((a, b) => b.value.created - a.value.created || b.sequence - a.sequence)
      .map((kept) => kept.value as T);
  }

  /** Notes that something happened to an object, for the event list and the webhooks. */
  emit(owner: string, type: string, object: object, previous?: object): void {
    const event = {
      id: this.id('evt'),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: this.now,
      type,
      livemode: false,
      pending_webhooks: 0,
      request: this.request,
      data: { object: structuredClone(object), ...(previous ? { previous_attributes: previous } : {}) },
      ...(owner === platformOwner ? {} : { account: owner }),
    };
    this.add(owner, event);
    if (eventsTold.hasSubscribers) eventsTold.publish(event);
    if (this.webhooks.mode !== 'off') this.send(event);
  }

  /** Puts an event on its way to all who want it, once more where they had it; answers how many those are. */
  send(event: Stored): number {
    const endpoints = this.endpoints.filter((endpoint) => wants(endpoint, event));
    for (const { id } of endpoints) this.undelivered.set(`${event.id} ${id}`, { event, endpointId: id });
    event['pending_webhooks'] = endpoints.length;
    return endpoints.length;
  }

  /** An event is on its way to an endpoint no more: that took it, or is given up. */
  conclude(key: string, taken: boolean): void {
    const delivery = this.undelivered.get(key);
    this.undelivered.delete(key);
    if (delivery && taken) delivery.event['pending_webhooks'] = Math.max(0, (delivery.event['pending_webhooks'] as number) - 1);
  }

  /** Takes an endpoint away, or only what is on its way to it. */
  stopSendingTo(endpointId: string): void {
    for (const [key, delivery] of this.undelivered) if (delivery.endpointId === endpointId) this.undelivered.delete(key);
  }

  /** The endpoints of the server that the simulator goes with; how it is signed there, only that server tells. */
  knowEndpoints(known: { id: string; url: string; connect: boolean }[]): void {
    for (const { id, url, connect } of known) {
      const there = this.endpoints.find((endpoint) => endpoint.id === id);
      if (there) there.url = url;
      else this.endpoints.push({ id, url, connect, enabledEvents: ['*'], secrets: [] });
    }
  }

  /** Lets time come back to an object at a second, and no more to what it was to do before; null for never. */
  wake(id: string, at: number | null): void {
    if (at === null) this.timers.delete(id);
    else this.timers.set(id, at);
  }

  /** The objects whose time has come, in the order of their times; each is asked for once. */
  takeDue(): { owner: string; value: Stored }[] {
    const due = [...this.timers].filter(([, at]) => at <= this.now).sort(([, one], [, other]) => one - other);
    for (const [id] of due) this.timers.delete(id);
    return due.flatMap(([id]) => this.objects.get(id) ?? []);
  }

  /** Money of a charge that becomes available in two days. */
  hold(owner: string, currency: string, minor: number, charge: string): void {
    this.pending.push({ owner, currency, minor, availableOn: this.now + releaseAfterSeconds, charge });
  }

  /** Notes a change of an owner's balance as Stripe lists it. */
  addTransaction(
    owner: string,
    line: Part<Stripe.BalanceTransaction> & {
      amount: number;
      fee: number;
      currency: string;
      type: Stripe.BalanceTransaction['type'];
      source: string;
    },
    charge?: string,
  ): string {
    const { amount, fee } = line;
    const waits = waitingTypes.has(line.type);
    const made = this.add(owner, {
      id: this.id('txn'),
      object: 'balance_transaction',
      created: this.now,
      available_on: waits ? this.now + releaseAfterSeconds : this.now,
      status: waits ? 'pending' : 'available',
      net: amount - fee,
      fee_details:
        fee === 0 ? [] : [{ amount: fee, application: null, currency: line.currency, description: 'Stripe processing fees', type: 'stripe_fee' }],
      reporting_category: categories[line.type] ?? line.type,
      ...line,
    });
    if (charge !== undefined) this.#chargeOfLine.set(made.id, charge);
    return made.id;
  }

  /** Says of an owner's lines that their money is available, and of the balance that it has grown. */
  #settle(owner: string, charge?: string): void {
    for (const line of this.all<Stored>('balance_transaction', owner)) {
      const isOfCharge = charge !== undefined && this.#chargeOfLine.get(line.id) === charge;
      if (line['status'] === 'pending' && ((line['available_on'] as number) <= this.now || isOfCharge)) line['status'] = 'available';
    }
    this.emit(owner, 'balance.available', this.balanceOf(owner));
  }

  /** Tells whether two worlds are the same: their objects, books, answers to keys, and what time will do. */
  digest(): string {
    const objects = [...this.objects.values()].map(({ value, ...kept }) => [kept, value, value[inside as never]]);
    const rest = [this.answers, this.links, this.timers, this.late, this.ledger.balances].map((map) => [...map]);
    return createHash('sha256')
      .update(JSON.stringify([objects, rest, this.pending, this.faults, this.settings, this.#sequence]))
      .digest('hex');
  }

  /** What an owner has, per currency, as Stripe answers it. */
  balanceOf(owner: string): Part<Stripe.Balance> {
    const lines = (kind: 'pending' | 'available') => {
      const currencies = this.ledger.currenciesOf(owner);
      return (currencies.length > 0 ? currencies : ['usd']).map((currency) => ({
        currency,
        amount: this.ledger.balance(currency, `${owner}:${kind}`),
        source_types: {},
      }));
    };
    return { object: 'balance', livemode: false, available: lines('available'), pending: lines('pending') };
  }

  /** When money of a charge that an owner has pending is available; null where none is pending. */
  pendingUntil(owner: string, charge: string): number | null {
    return this.pending.find((one) => one.owner === owner && one.charge === charge)?.availableOn ?? null;
  }

  /** Lets time do its work: pending money whose day has come is available, and at once that of a given charge. */
  release(charge?: string): void {
    const isDue = (one: Pending) => one.availableOn <= this.now || (charge !== undefined && one.charge === charge);
    const due = this.pending.filter(isDue);
    if (due.length === 0) return;
    this.pending = this.pending.filter((one) => !isDue(one));
    for (const { owner, currency, minor } of due) {
      this.ledger.post(currency, [
        { book: `${owner}:pending`, minor: -minor },
        { book: `${owner}:available`, minor },
      ]);
    }
    for (const owner of new Set(due.map((one) => one.owner))) this.#settle(owner, charge);
  }
}
