import { anonymous } from '../../src/access/viewer.js';
import { known } from '../../src/base/assert.js';
import { dayMs, hourMs, later, minuteMs } from '../../src/base/clock.js';
import { minorOfText } from '../../src/base/money.js';
import { applyDueEvents } from '../../src/events/apply.js';
import { schedule } from '../../src/jobs/schedule.js';
import { createOffering } from '../../src/offerings/creation.js';
import { createOfferingCheckout } from '../../src/payments/checkout.js';
import { disconnectAccount } from '../../src/payments/disconnecting.js';
import { refundPayment } from '../../src/payments/refunding.js';
import { syncCheckoutSession } from '../../src/payments/syncing.js';
import { settleNow } from '../../src/settlements/retrying.js';
import type { Stored } from '../../src/simulator/world.js';
import { deliver } from './deeds.js';
import type { RequestFault } from './ground/stripe-line.js';
import { administrator, onboard } from './marketplace.js';
import { mend } from './mending.js';
import { hasAtStripe } from './model.js';
import type { Scene } from './scene.js';

const usd = 'USD';
const units: Record<string, number> = { days: dayMs, hours: hourMs, minutes: minuteMs };

/** What a line does, with its words; answers in words what is not as the line says. */
type Act = (scene: Scene, ...words: [string, string, string]) => unknown;
type Sentence = [form: RegExp, act: Act];

/** Does what a line says; answers what is not as it says. */
export async function say(scene: Scene, line: string): Promise<string[]> {
  for (const [form, act] of sentences) {
    const words = form.exec(line);
    if (!words) continue;
    const wrong = await act(scene, ...(words.slice(1) as [string, string, string]));
    return typeof wrong === 'string' ? [wrong] : [];
  }
  return ['nobody knows what that means'];
}

/** Every line a scenario may have, and what it does. */
const sentences: Sentence[] = [
  [/^something is on sale for (\S+), delivered in (\d+) days$/, (scene, price, days) => offer(scene, price, Number(days))],
  [/^a buyer buys (\d+)$/, (scene, quantity) => buy(scene, Number(quantity))],
  [/^the buyer pays$/, (scene) => scene.at(`checkout/sessions/${scene.latest('checkout.session').id}/pay`)],
  [/^the buyer comes back$/, (scene) => comeBack(scene)],
  [/^the bank takes (?:(\S+) of )?it back$/, (scene, part) => dispute(scene, part)],
  [/^the bank decides: (won|lost)$/, (scene, outcome) => scene.at(`disputes/${scene.latest('dispute').id}/close`, { outcome })],
  [/^the seller refunds (\S+)$/, (scene, amount) => refund(scene, amount)],
  [/^somebody refunds (\S+) at Stripe$/, (scene, amount) => refundAtStripe(scene, amount)],
  [/^the seller is paid out$/, (scene) => scene.at(`accounts/${scene.latest('account').id}/payout`)],
  [
    /^the seller’s account becomes (complete|restricted)$/,
    (scene, outcome) => scene.at(`accounts/${scene.latest('account').id}/onboard`, { outcome }),
  ],
  [
    /^the platform tops up (\S+)$/,
    ({ house }, amount) => void house.stripe.ask('POST', '/v1/topups', { amount: String(minorOfText(amount, usd)), currency: 'usd' }),
  ],
  [/^Stripe tells (\S+)$/, (scene, type) => tellOf(scene, (told) => type === 'everything' || told === type)],
  [/^Stripe tells everything but (\S+)$/, (scene, but) => tellOf(scene, (told) => !told.startsWith(but))],
  [
    /^Stripe fails (?:(\d+) times )?with (\S+) at (.+)$/,
    (scene, times = '1', kind, path) => scene.fail(kind as RequestFault, path as string, Number(times)),
  ],
  [/^who comes next dies before (.+)$/, (scene, label) => scene.dieBefore(label)],
  [/^(\d+) (days|hours|minutes) go by$/, ({ house }, count, unit) => house.turn(Number(count) * (units[unit as string] as number))],
  [/^a worker does: (.+)$/, (scene, job) => scene.as('work 1', async (work) => schedule[job]?.run(work))],
  [/^the administrator mends it$/, mendLatest],
  [/^the administrator settles$/, settleLatest],
  [/^the seller goes on at Stripe$/, (scene) => scene.as('serve 1', (work) => onboard(work, scene.seller))],
  [/^the seller disconnects$/, (scene) => scene.as('serve 1', (work) => disconnectAccount(work, scene.seller, scene.seller.accountId))],
  [/^the settlement is (\w+)$/, statusIs],
  [/^Stripe has made (\d+) transfers$/, ({ house }, count) => differs(house.stripe.world.all('transfer', null).length, Number(count))],
  [/^the seller has (\S+)$/, (scene, amount) => differs(hasAtStripe(scene.house.stripe.world, scene.seller.accountId), minorOfText(amount, usd))],
];

function differs(is: unknown, told: unknown): string | null {
  return is === told ? null : `it is ${String(is)}`;
}

async function offer(scene: Scene, price: string, days: number): Promise<void> {
  const { house, market, seller } = scene;
  const deliversAt = later(house.clock.now(), days * dayMs);
  const input = {
    accountId: seller.accountId,
    title: 'A night',
    unitPriceMinor: minorOfText(price, usd),
    currency: usd,
    deliversAt,
    refundableUntil: null,
  };
  await scene.as('serve 1', async (work) => market.offerings.push(await createOffering(work, seller, input)));
}

async function buy(scene: Scene, quantity: number): Promise<void> {
  const { market, seller } = scene;
  const offeringId = known(market.offerings.at(-1), 'what is on sale').id;
  await scene.as('serve 1', async (work) => {
    const input = { offeringId, email: 'ada@example.com', quantity, idempotencyKey: null };
    const { checkoutSessionId } = await createOfferingCheckout(work, anonymous, input);
    market.checkouts.push({ sessionId: checkoutSessionId, accountId: seller.accountId });
  });
}

async function comeBack(scene: Scene): Promise<void> {
  const { sessionId, accountId } = known(scene.market.checkouts.at(-1), 'a checkout');
  await scene.as('serve 1', (work) => syncCheckoutSession(work, anonymous, { accountId, checkoutSessionId: sessionId }, 'RETURN'));
}

function refundAtStripe(scene: Scene, amount: string): void {
  scene.house.stripe.ask('POST', '/v1/refunds', { charge: scene.latest('charge').id, amount: String(minorOfText(amount, usd)) });
}

function dispute(scene: Scene, part: string | undefined): void {
  const charge = scene.latest('charge');
  scene.at(`charges/${charge.id}/dispute`, part ? { amount: minorOfText(part, usd) } : {});
}

async function refund(scene: Scene, amount: string): Promise<void> {
  const [payment] = await scene.house.books.rows<{ id: string }>('select id from payment order by created_at desc limit 1');
  const paymentId = known(payment, 'a payment').id;
  const amountMinor = minorOfText(amount, usd);
  await scene.as('serve 1', (work) =>
    refundPayment(work, scene.seller, { paymentId, amountMinor, reason: null, returnsFee: true, idempotencyKey: null }),
  );
}

/** Tells what Stripe has not told yet, oldest first, each applied before the next. */
async function tellOf(scene: Scene, isTold: (type: string) => boolean): Promise<void> {
  const { house } = scene;
  for (const event of house.stripe.world.all<Stored>('event', null).toReversed()) {
    if (house.delivered.has(event.id) || !isTold(String(event['type']))) continue;
    await scene.as('serve 1', (work) => deliver(house, event).task(work));
    await scene.as('serve 1', (work) => applyDueEvents(work, 50));
  }
}

async function mendLatest(scene: Scene): Promise<void> {
  const [settlement] = await scene.house.books.rows<{ id: string }>(`select id from settlement where status = 'FAILED'`);
  await scene.as('serve 1', (work) => mend(work, known(settlement, 'a failed settlement').id));
}

async function settleLatest(scene: Scene): Promise<void> {
  const [settlement] = await scene.house.books.rows<{ id: string }>('select id from settlement order by created_at desc, id desc limit 1');
  const settlementId = known(settlement, 'a settlement').id;
  await scene.as('serve 1', (work) => settleNow(work, administrator, { settlementId, idempotencyKey: null }));
}

async function statusIs({ house }: Scene, told: string): Promise<string | null> {
  const [row] = await house.books.rows<{ status: string }>('select status from settlement order by created_at desc, id desc limit 1');
  return differs(row?.status, told);
}
