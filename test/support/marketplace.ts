import { dayMs, later } from '../../src/base/clock.js';
import type { Work } from '../../src/db/work.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { returnDue } from '../../src/settlements/returning.js';
import { reverseDue } from '../../src/settlements/reversing.js';
import { settleDue } from '../../src/settlements/settling.js';
import { type Api, stranger } from './api.js';
import { until } from './until.js';
import type { TestWorld } from './world.js';

export interface Offered {
  id: string;
  deliversAt: string;
  refundableUntil: string;
}

/** Something a seller delivers in so many days, and refunds for so many more. */
export async function offer(
  seller: Api,
  asked: { title?: string; unitPrice: number; currency?: string; inDays: number; refundableForDays?: number },
): Promise<Offered> {
  const now = seller.world.app.openWork().clock.now();
  const deliversAt = later(now, asked.inDays * dayMs);
  const { createOffering } = await seller.run<{ createOffering: { offering: Offered | null; userErrors: { message: string }[] } }>(
    `mutation ($input: CreateOfferingInput!) { createOffering(input: $input) { offering { id deliversAt refundableUntil } userErrors { code message path remedy } } }`,
    {
      input: {
        accountId: seller.accountId,
        title: asked.title ?? 'A night at the opera',
        unitPrice: asked.unitPrice,
        currency: asked.currency ?? 'USD',
        deliversAt: deliversAt.toISOString(),
        refundableUntil: later(deliversAt, (asked.refundableForDays ?? 0) * dayMs).toISOString(),
      },
    },
  );
  if (!createOffering.offering) throw new Error(JSON.stringify(createOffering.userErrors));
  return createOffering.offering;
}

/** A buyer who has paid for so many of an offering; answers the payment. */
export async function buyOffering(world: TestWorld, offeringId: string, quantity = 1, email = 'ada@example.com'): Promise<string> {
  const buyer = stranger(world);
  const { publicOffering } = await buyer.run<{ publicOffering: { seller: { id: string } } }>(
    'query ($id: ID!) { publicOffering(id: $id) { seller { id } } }',
    { id: offeringId },
  );
  const { createOfferingCheckout: begun } = await buyer.run<{ createOfferingCheckout: { checkoutSessionId: string | null; userErrors: object[] } }>(
    'mutation ($input: CreateOfferingCheckoutInput!) { createOfferingCheckout(input: $input) { checkoutSessionId userErrors { code message } } }',
    { input: { offeringId, quantity, email } },
  );
  if (!begun.checkoutSessionId) throw new Error(JSON.stringify(begun.userErrors));
  await world.control(`checkout/sessions/${begun.checkoutSessionId}/pay`, { card: 'ok' });
  const { syncCheckoutSession } = await buyer.run<{ syncCheckoutSession: { payment: { id: string } } }>(
    'mutation ($id: ID!, $session: String!) { syncCheckoutSession(input: { accountId: $id, checkoutSessionId: $session }) { payment { id } } }',
    { id: publicOffering.seller.id, session: begun.checkoutSessionId },
  );
  return syncCheckoutSession.payment.id;
}

/** Turns the simulated time, and the application's with it, to an instant. */
export async function turnTo(world: TestWorld, instant: Date): Promise<void> {
  const seconds = Math.ceil((instant.getTime() - world.app.openWork().clock.now().getTime()) / 1_000);
  if (seconds > 0) await world.control('clock/advance', { seconds });
}

/** What the platform and a seller's Stripe account hold in the simulator, in minor units of one currency. The first account where none is named. */
export async function stripeBalance(world: TestWorld, options: { stripeAccountId?: string; currency?: string } = {}) {
  const { platform, accounts } = (await world.stripeState()) as unknown as { platform: SimBalance; accounts: Record<string, SimBalance> };
  const id = options.stripeAccountId ?? Object.keys(accounts)[0] ?? '';
  const currency = options.currency ?? 'usd';
  return { platform: held(platform, currency), seller: held(accounts[id], currency) };
}

interface SimBalance {
  available: { currency: string; amount: number }[];
  pending: { currency: string; amount: number }[];
}

function held(balance: SimBalance | undefined, currency: string): { available: number; pending: number } {
  const of = (funds: SimBalance['available'] = []) => funds.find((fund) => fund.currency === currency)?.amount ?? 0;
  return { available: of(balance?.available), pending: of(balance?.pending) };
}

/** Does now what the worker would do within seconds: applies events, settles, takes back, gives back, until nothing is left to do. */
export function workThrough(world: TestWorld): Promise<void> {
  return untilDone(world, async (work) => [
    await applyDueEvents(work, 100),
    await settleDue(work, 100),
    await reverseDue(work, 100),
    await returnDue(work, 100),
  ]);
}

/** Applies what Stripe has told, and nothing that follows from it, until nothing is left of it. */
export function hearThrough(world: TestWorld): Promise<void> {
  return untilDone(world, async (work) => [await applyDueEvents(work, 100)]);
}

async function untilDone(world: TestWorld, doOnce: (work: Work) => Promise<number[]>): Promise<void> {
  const work = world.app.openWork();
  await until(
    async () => {
      await world.app.simulator?.delivered();
      return { before: await standing(world), done: await doOnce(work), after: await standing(world) };
    },
    // The server works too: what it did while we looked elsewhere may have left something to do behind us.
    ({ before, done, after }) => done.every((count) => count === 0) && after.atWork === 0 && after.done === before.done,
  );
}

/**
 * How many things anybody, the server's own applier and worker included, is busy with, and how many have been done so far.
 * Whatever event is due counts: who takes it up has locked its row, before that shows.
 */
async function standing(world: TestWorld): Promise<{ atWork: number; done: number }> {
  const { read, clock } = world.app.openWork();
  const { applying, settling, applied, tried, booked } = await read
    .selectFrom('inboxEvent')
    .select((event) => [
      event.fn.countAll<string>().filterWhere('state', '=', 'RECEIVED').filterWhere('nextAttemptAt', '<=', clock.now()).as('applying'),
      event.fn.countAll<string>().filterWhere('state', '!=', 'RECEIVED').as('applied'),
      event.selectFrom('settlement').select(event.fn.countAll<string>().as('count')).where('status', '=', 'SETTLING').as('settling'),
      event.selectFrom('operationAttempt').select(event.fn.countAll<string>().as('count')).as('tried'),
      event.selectFrom('ledgerTransaction').select(event.fn.countAll<string>().as('count')).as('booked'),
    ])
    .executeTakeFirstOrThrow();
  return { atWork: Number(applying) + Number(settling), done: Number(applied) + Number(tried) + Number(booked) };
}

/** Money of the platform's own, put into its balance at Stripe and available at once. */
export async function topUp(world: TestWorld, amount: number, currency = 'usd'): Promise<void> {
  const key = world.app.openWork().config.stripe.secretKey.reveal();
  const answer = await fetch(`${world.stripeUrl}/v1/topups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ amount: String(amount), currency }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The buyer's bank takes the charge of a payment back; answers the dispute at Stripe. */
export async function disputePayment(world: TestWorld, paymentId: string, more: object = {}): Promise<string> {
  const payment = await world.app.openWork().read.selectFrom('payment').select('chargeId').where('id', '=', paymentId).executeTakeFirstOrThrow();
  const { id } = await world.control(`charges/${payment.chargeId}/dispute`, { reason: 'fraudulent', ...more });
  await workThrough(world);
  return id as string;
}

/** The bank decides. */
export async function closeDispute(world: TestWorld, disputeId: string, outcome: 'won' | 'lost', more: object = {}): Promise<void> {
  await world.control(`disputes/${disputeId}/close`, { outcome, ...more });
  await workThrough(world);
}
