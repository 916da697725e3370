import { anonymous } from '../../src/access/viewer.js';
import { syncOnboarding } from '../../src/accounts/syncing.js';
import { known } from '../../src/base/assert.js';
import { dayMs, later, secondMs } from '../../src/base/clock.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { receiveWebhook } from '../../src/events/intake.js';
import { schedule } from '../../src/jobs/schedule.js';
import { createOffering } from '../../src/offerings/creation.js';
import { createOfferingCheckout } from '../../src/payments/checkout.js';
import { disconnectAccount } from '../../src/payments/disconnecting.js';
import { refundPayment } from '../../src/payments/refunding.js';
import { syncCheckoutSession } from '../../src/payments/syncing.js';
import { administrator, onboard } from '../../src/scenarios/marketplace.js';
import { mend } from '../../src/scenarios/mending.js';
import { settleNow } from '../../src/settlements/retrying.js';
import { postOf } from '../../src/simulator/webhooks/posts.js';
import type { Stored } from '../../src/simulator/world.js';
import { type House, webhookSecret } from './house.js';
import { buyDirectly, cancel, setPrices } from './members.js';
import { as, type Deed, type Maker, type Stage, tasted } from './stage.js';

/** What servers are asked for, each as often as its weight. */
const requests: [weight: number, maker: Maker][] = [
  [8, buy],
  [8, comeBack],
  [10, deliverEvent],
  [8, () => ({ what: 'apply events', task: (work) => applyDueEvents(work, 50) })],
  [4, refund],
  [3, settleEarly],
  [4, mendOne],
  [1, offer],
  [0.5, setPrices],
  [3, buyDirectly],
  [1, cancel],
  [2, goOnAtStripe],
  [0.5, disconnect],
];

export const tellPartners = 'deliver to partners';
export const pollStreams = 'poll streams';
export const settleDue = 'settle what is due';
/** What workers do on time. */
const jobs: [weight: number, name: string][] = [
  [10, settleDue],
  [6, 'apply events'],
  [2, pollStreams],
  [5, 'take back what was asked'],
  [4, 'give back what was won'],
  [4, 'resume operations'],
  [3, 'look up unknown transfers'],
  [2, 'carry the balances'],
  [1, 'take in the balance'],
  [1, 'link the books'],
  [1, 'expire purchases'],
  [3, tellPartners],
  [1, 'audit the money'],
  [1, 'look for unknown transfers'],
];

/** The next deed of a server; null where what was drawn has nothing to be done to. */
export async function nextRequest(stage: Stage): Promise<Deed | null> {
  return (await stage.chance.weighted(tasted(stage, requests))?.(stage)) ?? null;
}

/** The next deed of a worker. */
export function nextJob(stage: Stage): Deed | null {
  const name = stage.chance.weighted(tasted(stage, jobs));
  return name === null ? null : jobNamed(name);
}

/** What a worker does on time under this name. */
export function jobNamed(name: string): Deed {
  const job = known(schedule[name], name);
  return { what: name, task: (work) => job.run(work) };
}

/** A buyer begins to buy something that is still sold. */
export function buy({ house, market, chance }: Stage): Deed | null {
  const open = market.offerings.filter(({ deliversAt }) => deliversAt > house.clock.now());
  if (open.length === 0) return null;
  const offering = chance.of(open);
  const quantity = 1 + chance.below(3);
  return as(anonymous, 'a buyer begins to buy', async (work) => {
    const begun = await createOfferingCheckout(work, anonymous, {
      offeringId: offering.id,
      email: 'ada@example.com',
      quantity,
      idempotencyKey: null,
    });
    market.checkouts.push({ sessionId: begun.checkoutSessionId, accountId: offering.accountId });
  });
}

/** A buyer comes back from a page of Stripe's, paid or not. */
export function comeBack({ market, chance }: Stage): Deed | null {
  if (market.checkouts.length === 0) return null;
  const { accountId, sessionId: checkoutSessionId } = chance.of(market.checkouts);
  return as(anonymous, 'a buyer comes back', (work) => syncCheckoutSession(work, anonymous, { accountId, checkoutSessionId }, 'RETURN'));
}

export function deliverEvent({ house, chance, duplicates }: Stage): Deed | null {
  const told = house.stripe.world.all<Stored>('event', null);
  const fresh = told.filter(({ id }) => !house.delivered.has(id));
  const event = fresh.length > 0 && !chance.happens(duplicates) ? chance.of(fresh) : told.length > 0 ? chance.of(told) : null;
  return event && deliver(house, event);
}

/** Brings one event to the house, as Stripe does. */
export function deliver(house: House, event: Stored): Deed {
  return {
    what: `Stripe tells ${String(event['type'])}`,
    async task(work) {
      const { body, signature } = postOf(event, [webhookSecret], Math.floor(house.clock.now().getTime() / secondMs));
      const { outcome } = await receiveWebhook(work, Buffer.from(body), signature);
      if (outcome === 'STORED' || outcome === 'DUPLICATE') house.delivered.add(event.id);
    },
  };
}

async function refund({ house, market, chance }: Stage): Promise<Deed | null> {
  const payments = await house.books.rows<{ id: string; accountId: string; amountMinor: number }>(
    'select id, account_id as "accountId", amount_minor::int as "amountMinor" from payment order by id',
  );
  const payment = payments.length > 0 ? chance.of(payments) : null;
  if (!payment) return null;
  const seller = market.sellers.find(({ accountId }) => accountId === payment.accountId);
  const viewer = chance.happens(0.5) && seller ? seller : administrator;
  const amountMinor = chance.happens(0.4) ? null : 1 + chance.below(payment.amountMinor);
  return as(viewer, 'somebody refunds', (work) =>
    refundPayment(work, viewer, { paymentId: payment.id, amountMinor, reason: null, returnsFee: true, idempotencyKey: null }),
  );
}

async function settleEarly({ house, chance }: Stage): Promise<Deed | null> {
  const settlements = await house.books.rows<{ id: string }>('select id from settlement order by id');
  const settlement = settlements.length > 0 ? chance.of(settlements) : null;
  return (
    settlement &&
    as(administrator, 'the administrator settles', (work) => settleNow(work, administrator, { settlementId: settlement.id, idempotencyKey: null }))
  );
}

async function mendOne({ house, chance }: Stage): Promise<Deed | null> {
  const failed = await house.books.rows<{ id: string }>(`select id from settlement where status = 'FAILED' order by id`);
  const settlement = failed.length > 0 ? chance.of(failed) : null;
  return settlement && as(administrator, 'the administrator mends', (work) => mend(work, settlement.id));
}

function offer({ house, market, chance }: Stage): Deed | null {
  const seller = chance.of(market.sellers);
  const deliversAt = later(house.clock.now(), (1 + chance.below(10)) * dayMs);
  const unitPriceMinor = chance.of([5_000, 99, 1_234, 100_001]);
  const refundableUntil = later(deliversAt, chance.below(4) * dayMs);
  return as(seller, 'a seller offers', async (work) => {
    const input = { accountId: seller.accountId, title: 'A night', unitPriceMinor, currency: 'USD', deliversAt, refundableUntil };
    market.offerings.push(await createOffering(work, seller, input));
  });
}

function goOnAtStripe({ market, chance }: Stage): Deed {
  const seller = chance.of(market.sellers);
  return chance.happens(0.5)
    ? as(seller, 'a seller goes on at Stripe', (work) => onboard(work, seller))
    : as(seller, 'a seller looks how far they are', (work) => syncOnboarding(work, seller, seller.accountId));
}

function disconnect({ market, chance }: Stage): Deed {
  const seller = chance.of(market.sellers);
  return as(seller, 'a seller disconnects', (work) => disconnectAccount(work, seller, seller.accountId));
}
