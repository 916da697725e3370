import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dispatch, routes } from '../../src/simulator/dispatch.js';
import { onboard } from '../../src/simulator/objects/platform/accounts.js';
import type { Route } from '../../src/simulator/route.js';
import { passTime } from '../../src/simulator/time.js';
import { World } from '../../src/simulator/world.js';
import { Chance } from '../proving/chance.js';
import { Conformance } from './conformance.js';
import { readSpecification, withoutIds } from './specification.js';

/** Requests that nobody thought of: each endpoint with parameters drawn from what the SDK declares of it, about objects of the world it is in. */

const { endpoints, types } = readSpecification();
const day = 86_400;
const start = 1_795_000_000;
const requestsInAWorld = 160;

type Drawn = string | Drawn[] | { [name: string]: Drawn };

/** The kind of object that an id parameter names, by the beginning of its ids. */
const prefixes: Record<string, string> = {
  customer: 'cus_',
  price: 'price_',
  product: 'prod_',
  payment_method: 'pm_',
  default_payment_method: 'pm_',
  account: 'acct_',
  destination: 'acct_',
  charge: 'ch_',
  source_transaction: 'ch_',
  payment_intent: 'pi_',
  subscription: 'sub_',
  from_subscription: 'sub_',
  customers: 'cus_',
  prices: 'price_',
  products: 'prod_',
  payment_methods: 'pm_',
  accounts: 'acct_',
  charges: 'ch_',
  payment_intents: 'pi_',
  setup_intents: 'seti_',
  subscriptions: 'sub_',
  subscription_schedules: 'sub_sched_',
  transfers: 'tr_',
  refunds: 're_',
  disputes: 'dp_',
  invoices: 'in_',
  meters: 'mtr_',
  sessions: 'cs_',
  payouts: 'po_',
  application_fees: 'fee_',
  balance_transactions: 'txn_',
  coupons: 'half',
  early_fraud_warnings: 'issfr_',
  reversals: 'trr_',
  test_clocks: 'clock_',
  topups: 'tu_',
  webhook_endpoints: 'we_',
  stripe_user_id: 'acct_',
};
const texts = [
  '',
  'usd',
  'eur',
  'now',
  'tok_visa',
  'pm_card_visa',
  'pm_card_bypassPending',
  'pm_card_chargeDeclined',
  'request',
  'x'.repeat(300),
  '-1',
];
const midnight = start - (start % day);
const numbers = [-1, 0, 1, 2, 12, 50, 700, 2_000, 100_000_000, start, start + 20 * day, start - 40 * day, midnight, midnight + 2 * day];

class Asker {
  readonly world: World;
  readonly conformance = new Conformance();
  readonly #chance: Chance;
  /** Parameters of the SDK that the simulator was seen not to take: drawn no more. */
  readonly #untaken = new Set<string>();
  /** Those that it was seen to want: always drawn. */
  readonly #wanted = new Set<string>();
  #count = 0;

  constructor(seed: number) {
    this.#chance = new Chance(`any request ${seed}`);
    this.world = new World('any', String(seed));
    this.world.now = start;
  }

  /** One request; whatever the simulator answers is fine, as long as Stripe could answer it. */
  ask(method: Route['method'], path: string, form: Drawn, stripeAccount: string | null = null): Record<string, unknown> {
    const encoded = new URLSearchParams(pairsOf(form)).toString();
    const isJson = path.startsWith('/v2/');
    const request = {
      method,
      url: method === 'POST' || encoded === '' ? path : `${path}?${encoded}`,
      body: method === 'POST' ? (isJson ? JSON.stringify(form) : encoded) : '',
      stripeAccount,
      idempotencyKey: null,
      requestId: `req_${this.#count++}`,
      origin: 'http://simulator',
    };
    const answer = dispatch(this.world, request, false);
    this.world.ledger.assertBalanced();
    return answer.body as Record<string, unknown>;
  }

  /** Any endpoint with anything; asked again without what it does not take. */
  askAnything(): void {
    const { method, path: pattern } = this.#chance.of(routes);
    const key = `${method} ${withoutIds(pattern)}`;
    const path = pattern
      .split('/')
      .map((segment, index, all) => (segment.startsWith(':') ? this.#idIn(all[index - 1] ?? '') : segment))
      .join('/');
    const owner = this.#chance.happens(0.2) ? this.#idOf('acct_') : null;
    const form = this.#draw(endpoints[key]?.takes ?? '', key, '', 0);
    for (let tries = 0; tries < 30; tries++) {
      const { error } = this.ask(method, path, form, owner) as { error?: { code?: string; param?: string } };
      if (error?.code === 'parameter_missing' && error.param) this.#wanted.add(`${key} ${error.param.replace(/\[\d+\]/g, '[]')}`);
      if (error?.code !== 'parameter_unknown' || !error.param) return;
      this.#untaken.add(`${key} ${error.param.replace(/\[\d+\]/g, '[]')}`);
      without(form, error.param);
    }
  }

  passDays(): void {
    if (!this.#chance.happens(0.05)) return;
    this.world.now += this.#chance.below(40) * day;
    passTime(this.world);
  }

  #draw(type: string, key: string, where: string, deep: number): Drawn {
    const kinds = type.split(/\|(?![^[{<]*[\]}>])/).filter((one) => one !== 'null' && one !== "''");
    const kind = kinds.includes("'card'") ? "'card'" : this.#chance.of(kinds); // no other way to pay is simulated
    if (kind.startsWith('[')) return Array.from({ length: this.#chance.below(3) }, () => this.#draw(kind.slice(1, -1), key, `${where}[]`, deep));
    if (kind.startsWith('{')) return { a: 'b' };
    if (kind.startsWith("'")) return kind.slice(1, -1);
    if (kind === 'number') return String(this.#chance.of(numbers));
    if (kind === 'boolean') return this.#chance.of(['true', 'false']);
    const members = types[kind];
    if (!members || deep > 4) return this.#textFor(where);
    const drawn: Record<string, Drawn> = {};
    for (const [declared, of] of Object.entries(members)) {
      const name = declared.replace('?', '');
      const inner = where === '' ? name : `${where}[${name}]`;
      const isWanted = declared === name || this.#wanted.has(`${key} ${inner}`);
      if (name === 'expand' || this.#untaken.has(`${key} ${inner}`) || (!isWanted && this.#chance.happens(0.7))) continue;
      drawn[name] = this.#draw(of, key, inner, deep + 1);
    }
    return drawn;
  }

  #textFor(where: string): string {
    const name = /(\w+)\]?(\[\])?$/.exec(where)?.[1] ?? '';
    if (name === 'currency') return 'usd';
    return name in prefixes && this.#chance.happens(0.9) ? this.#idOf(prefixes[name] as string) : this.#chance.of(texts);
  }

  #idIn(collection: string): string {
    return collection === 'capabilities' ? this.#chance.of(['card_payments', 'transfers', 'tax']) : this.#idOf(prefixes[collection] ?? '');
  }

  #idOf(prefix: string): string {
    const ids = [...this.world.objects.keys()].filter((id) => id.startsWith(prefix));
    return ids.length > 0 && this.#chance.happens(0.95) ? this.#chance.of(ids) : `${prefix}nobody`;
  }
}

function pairsOf(form: Drawn, name = ''): [string, string][] {
  if (typeof form === 'string') return [[name, form]];
  const entries = Array.isArray(form) ? form.map((of, index) => [String(index), of] as const) : Object.entries(form);
  return entries.flatMap(([key, of]) => pairsOf(of, name === '' ? key : `${name}[${key}]`));
}

/** Takes a parameter out by its name, `phases[0][trial]`. */
function without(form: Drawn, param: string): void {
  const keys = param.split(/[[\]]+/).filter((key) => key !== '');
  const last = keys.pop() as string;
  let at: Drawn | undefined = form;
  for (const key of keys) at = (at as Record<string, Drawn> | undefined)?.[key];
  if (typeof at === 'object') delete (at as Record<string, Drawn>)[last];
}

/** A world in which most of what can be asked about is there. */
function furnished(seed: number): Asker {
  const asker = new Asker(seed);
  const made = (path: string, form: Drawn, on: string | null = null) => {
    const answer = asker.ask('POST', path, form, on);
    if (typeof answer['id'] !== 'string') throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer['id'];
  };
  const capabilities = { card_payments: { requested: 'true' }, transfers: { requested: 'true' } };
  const controller = { fees: { payer: 'application' }, losses: { payments: 'application' }, stripe_dashboard: { type: 'express' } };
  const account = made('/v1/accounts', { capabilities, controller });
  onboard(asker.world, account, 'complete');
  made('/v1/accounts', { capabilities, controller });
  const customer = made('/v1/customers', { email: 'ada@example.com' });
  const price = made('/v1/prices', { currency: 'usd', unit_amount: '700', recurring: { interval: 'week' }, product_data: { name: 'Club' } });
  made('/v1/payment_methods/pm_card_visa/attach', { customer });
  made('/v1/subscriptions', { customer, items: [{ price }] });
  made('/v1/subscription_schedules', { customer, phases: [{ items: [{ price }] }] });
  made('/v1/topups', { amount: '50000', currency: 'usd' });
  const paid = { amount: '5400', currency: 'usd', payment_method: 'pm_card_bypassPending', confirm: 'true' };
  made('/v1/payment_intents', paid);
  made('/v1/payment_intents', { ...paid, capture_method: 'manual' });
  made('/v1/payment_intents', { ...paid, payment_method: 'pm_card_createDispute' });
  made('/v1/payment_intents', { ...paid, application_fee_amount: '400' }, account);
  made('/v1/payment_intents', { amount: '5400', currency: 'usd', customer });
  made('/v1/transfers', { amount: '1000', currency: 'usd', destination: account });
  const item = { quantity: '1', price_data: { currency: 'usd', unit_amount: '500', product_data: { name: 'Club' } } };
  made('/v1/checkout/sessions', { mode: 'payment', line_items: [item], success_url: 'http://shop.test/' });
  made('/v1/setup_intents', { customer });
  made('/v1/coupons', { id: 'half', percent_off: '50' });
  made('/v1/test_helpers/test_clocks', { frozen_time: String(start) });
  made('/v1/webhook_endpoints', { url: 'https://shop.test/hook', enabled_events: ['*'] });
  made('/v1/billing/meters', { display_name: 'Requests', event_name: 'request', default_aggregation: { formula: 'sum' } });
  return asker;
}

describe('whatever is asked', () => {
  it('is answered as Stripe could, and never by a defect; the books balance', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const asker = furnished(seed);
        const leave = asker.conformance.watch();
        for (let request = 0; request < requestsInAWorld; request++) {
          asker.askAnything();
          asker.passDays();
        }
        leave();
        expect(asker.conformance.problems).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });
});
