import { z } from 'zod';
import { faultKinds } from './faults.js';
import { bookLate, type SimCharge } from './objects/money/charges.js';
import { closeDispute, escalate, openDispute, type SimDispute } from './objects/money/disputes.js';
import { warnOfFraud } from './objects/money/fraud-warnings.js';
import { payOut } from './objects/money/payouts.js';
import { failRefund, type SimRefund } from './objects/money/refunds.js';
import { connectedOf, deauthorize, onboard } from './objects/platform/accounts.js';
import { changeCard, renew, type SimSubscription } from './objects/sales/billing.js';
import { expire, pay, type SimSession } from './objects/sales/checkout-sessions.js';
import { ApiError } from './protocol/errors.js';
import { passTime } from './time.js';
import { webhookControls } from './webhooks/controls.js';
import { platformOwner, type World } from './world.js';

type Control = (world: World, body: unknown, id: string) => object;

const onboarding = z.object({ outcome: z.enum(['complete', 'pending', 'restricted']).default('complete') });
const card = z.object({ card: z.enum(['ok', 'declined']).default('ok'), email: z.string().optional() });
const memberCard = z.object({ card: z.enum(['ok', 'failing']) });
const payout = z.object({ outcome: z.enum(['paid', 'failed']).default('paid') });
const suspicion = z.object({ fraudType: z.string().max(100).default('misc') });
const settings = z.object({ booksLate: z.boolean().optional(), afterRetries: z.enum(['cancel', 'unpaid', 'past_due']).optional() });
const renewal = z.object({ outcome: z.enum(['paid', 'failed']).default('paid') });
const complaint = z.object({
  reason: z.string().max(100).default('fraudulent'),
  amount: z.number().int().positive().optional(),
  inquiry: z.boolean().default(false),
  prevented: z.boolean().default(false),
});
const verdict = z.object({ outcome: z.enum(['won', 'lost']), keepsFee: z.boolean().default(false) });
const advance = z.object({
  seconds: z
    .number()
    .int()
    .min(0)
    .max(400 * 86_400),
});
const rate = z.object({ requestsPerSecond: z.number().int().min(0).max(10_000) });
const fault = z.object({
  method: z.enum(['GET', 'POST', 'DELETE']).default('POST'),
  path: z.string().startsWith('/v'),
  kind: z.enum(faultKinds),
  code: z.string().optional(),
  account: z.string().optional(),
  probability: z.number().min(0).max(1).optional(),
  times: z.number().int().min(1).max(1_000_000).default(1),
  delayMs: z.number().int().min(0).max(120_000).default(0),
});

/** What a person does at Stripe, and what can go wrong there, by path below `/_simulator/`. */
const controls: Record<string, Control> = {
  'accounts/:id/onboard': (world, body, id) => {
    onboard(world, id, onboarding.parse(body).outcome);
    return connectedOf(world, id);
  },
  'accounts/:id/deauthorize': (world, _, id) => {
    deauthorize(world, id);
    return { deauthorized: id };
  },
  'accounts/:id/payout': (world, body, id) => {
    const { outcome } = payout.parse(body);
    const payouts = world.ledger.currenciesOf(id).map((currency) => ({ currency, amount: world.ledger.balance(currency, `${id}:available`) }));
    return { payouts: payouts.filter(({ amount }) => amount > 0).map((values) => payOut(world, id, { ...values, outcome })) };
  },
  'checkout/sessions/:id/pay': (world, body, id) => {
    const { owner, value } = world.anyOf<SimSession>('checkout.session', id);
    const paid = card.parse(body);
    return { outcome: pay(world, owner, value, paid.card, paid.email ?? null), session: id };
  },
  'checkout/sessions/:id/expire': (world, _, id) => {
    const { owner, value } = world.anyOf<SimSession>('checkout.session', id);
    return { status: expire(world, owner, value).status };
  },
  'subscriptions/:id/renew': (world, body, id) => {
    const { owner, value } = world.anyOf<SimSubscription>('subscription', id);
    renew(world, owner, value, renewal.parse(body).outcome);
    return { status: value.status };
  },
  'subscriptions/:id/card': (world, body, id) => {
    changeCard(world.anyOf<SimSubscription>('subscription', id).value, memberCard.parse(body).card);
    return { card: memberCard.parse(body).card };
  },
  'charges/:id/book': (world, _, id) => {
    const { owner, value } = world.anyOf<SimCharge>('charge', id);
    return bookLate(world, owner, value);
  },
  'charges/:id/early-fraud-warning': (world, body, id) => {
    const { owner, value } = world.anyOf<SimCharge>('charge', id);
    return warnOfFraud(world, owner, value, suspicion.parse(body).fraudType);
  },
  'charges/:id/dispute': (world, body, id) => {
    const { owner, value } = world.anyOf<SimCharge>('charge', id);
    return openDispute(world, owner, value, complaint.parse(body));
  },
  'refunds/:id/fail': (world, _, id) => {
    const { owner, value } = world.anyOf<SimRefund>('refund', id);
    return failRefund(world, owner, value);
  },
  'disputes/:id/escalate': (world, _body, id) => {
    const { owner, value } = world.anyOf<SimDispute>('dispute', id);
    return escalate(world, owner, value);
  },
  'disputes/:id/close': (world, body, id) => {
    const { owner, value } = world.anyOf<SimDispute>('dispute', id);
    const { outcome, keepsFee } = verdict.parse(body);
    return closeDispute(world, owner, value, outcome, keepsFee);
  },
  'clock/advance': (world, body) => {
    world.offsetSeconds += advance.parse(body).seconds;
    world.now += advance.parse(body).seconds;
    passTime(world);
    return { now: world.now };
  },
  'clock/turn-back': (world, body) => {
    if (world.objects.size > 0)
      throw new ApiError(400, { type: 'invalid_request_error', message: 'Time turns back only before anything has happened.' });
    world.offsetSeconds -= advance.parse(body).seconds;
    world.now -= advance.parse(body).seconds;
    return { now: world.now };
  },
  faults: (world, body) => {
    world.faults.push(fault.parse(body) as World['faults'][number]);
    return { faults: world.faults };
  },
  'faults/clear': (world) => {
    world.faults.length = 0;
    return { faults: world.faults };
  },
  'rate-limit': (world, body) => {
    world.requestsPerSecondMax = rate.parse(body).requestsPerSecond;
    return { requestsPerSecond: world.requestsPerSecondMax };
  },
  settings: (world, body) => Object.assign(world.settings, settings.parse(body)),
  ...webhookControls,
};

/** Runs a control. Refuses one that does not exist or whose body it cannot take. */
export function control(world: World, path: string, body: unknown): object {
  const segments = path.split('/');
  for (const [pattern, run] of Object.entries(controls)) {
    const wanted = pattern.split('/');
    if (wanted.length !== segments.length || !wanted.every((segment, i) => segment === ':id' || segment === segments[i])) continue;
    try {
      return run(world, body, segments[wanted.indexOf(':id')] ?? '');
    } catch (error) {
      if (error instanceof z.ZodError) throw new ApiError(400, { type: 'invalid_request_error', message: z.prettifyError(error) });
      throw error;
    }
  }
  throw new ApiError(404, {
    type: 'invalid_request_error',
    message: `There is no control ${path}; there are ${Object.keys(controls).join(', ')}, reset.`,
  });
}

/** All balances and movements, for a test to compare with its books. */
export function stateOf(world: World): object {
  const accounts = world.all('account', platformOwner);
  return {
    now: world.now,
    platform: world.balanceOf(platformOwner),
    accounts: Object.fromEntries(accounts.map(({ id }) => [id, world.balanceOf(id)])),
    transfers: world.all('transfer', null),
    reversals: world.all('transfer_reversal', null),
    refunds: world.all('refund', null),
    disputes: world.all('dispute', null),
    charges: world.all('charge', null).filter(({ source_transfer }) => source_transfer === null),
    subscriptions: world.all('subscription', null).map(({ id, status, application_fee_percent }) => ({ id, status, application_fee_percent })),
    connectedAccounts: accounts.map(({ id, deauthorized }) => ({ id, deauthorized: deauthorized === true })),
    books: Object.fromEntries(world.ledger.balances),
    digest: world.digest(),
  };
}
