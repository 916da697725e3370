import { anonymous } from '../access/viewer.js';
import { setCommissionPlan } from '../accounts/commission-planning.js';
import { setMembershipPrice, setOneTimePrice } from '../accounts/pricing.js';
import { known } from '../base/assert.js';
import { dayMs, hourMs, later, minuteMs } from '../base/clock.js';
import { decimalText, minorOfText } from '../base/money.js';
import { applyDueEvents } from '../events/apply.js';
import { ignoreEvents } from '../events/parked.js';
import { createOffering } from '../offerings/creation.js';
import { findHalt } from '../operations/halt.js';
import { cancelMembership } from '../payments/canceling.js';
import { createMembershipCheckout, createOfferingCheckout, createPaymentCheckout } from '../payments/checkout.js';
import { disconnectAccount } from '../payments/disconnecting.js';
import { refundPayment } from '../payments/refunding.js';
import { syncCheckoutSession } from '../payments/syncing.js';
import { clearHalt } from '../reconciliation/audit.js';
import { reconcile } from '../reconciliation/reconciling.js';
import { findUnknownTransfers } from '../reconciliation/unknown-transfers.js';
import { settleNow } from '../settlements/retrying.js';
import { adoptTransfer } from '../settlements/verification.js';
import { currency, standing } from './looking.js';
import { administrator, onboard, usualTerms } from './marketplace.js';
import { mend } from './mending.js';
import { type Fault, faults, latest, paidTo, type Theatre } from './theatre.js';

const units: Record<string, number> = { days: dayMs, hours: hourMs, minutes: minuteMs };

/** What a line does, with its words; answers in words what is not as the line says. */
type Act = (theatre: Theatre, ...words: [string, string, string]) => unknown;
type Sentence = [form: RegExp, act: Act];

/** Does what a line says; answers what is not as it says. */
export async function say(theatre: Theatre, line: string): Promise<string[]> {
  for (const [form, act] of sentences) {
    const words = form.exec(line);
    if (!words) continue;
    const wrong = await act(theatre, ...(words.slice(1) as [string, string, string]));
    return typeof wrong === 'string' ? [wrong] : [];
  }
  return ['nobody knows what that means'];
}

/** Whether a line is one that `say` knows. */
export function isKnown(line: string): boolean {
  return sentences.some(([form]) => form.test(line));
}

/** Every line a scenario may have, and what it does. */
const sentences: Sentence[] = [
  [/^the platform takes (\d+) % and (\S+) for each piece$/, take],
  [/^something is on sale for (\S+), delivered in (\d+) days$/, (theatre, price, days) => offer(theatre, price, Number(days))],
  [/^paying the seller once costs (\S+)$/, (theatre, price) => setPrice(theatre, setOneTimePrice, price)],
  [/^being a member costs (\S+) a month$/, (theatre, price) => setPrice(theatre, setMembershipPrice, price)],
  [/^a buyer goes to pay the seller$/, (theatre) => goToPay(theatre, createPaymentCheckout)],
  [/^a buyer goes to join$/, (theatre) => goToPay(theatre, createMembershipCheckout)],
  [/^a buyer buys (\d+)$/, (theatre, quantity) => buy(theatre, Number(quantity))],
  [/^the buyer pays$/, (theatre) => at(theatre, `checkout/sessions/${latest(theatre, 'checkout.session', null).id}/pay`)],
  [/^the buyer comes back$/, comeBack],
  [/^the bank suspects fraud$/, (theatre) => at(theatre, `charges/${latest(theatre, 'charge', null).id}/early-fraud-warning`)],
  [/^the bank takes (?:(\S+) of )?it back$/, dispute],
  [/^the bank decides: (won|lost)$/, (theatre, outcome) => at(theatre, `disputes/${latest(theatre, 'dispute').id}/close`, { outcome })],
  [/^the seller refunds (\S+)$/, refund],
  [/^somebody refunds (\S+) at Stripe$/, refundAtStripe],
  [/^the buyer’s bank sends the refund back$/, (theatre) => at(theatre, `refunds/${latest(theatre, 'refund', null).id}/fail`)],
  [/^the seller ends the membership( once its month is over)?$/, (theatre, later) => endMembership(theatre, later !== undefined)],
  [
    /^the membership renews, (paid|failed)$/,
    (theatre, outcome) => at(theatre, `subscriptions/${latest(theatre, 'subscription', null).id}/renew`, { outcome }),
  ],
  [/^the platform gives (\S+) of its fee back at Stripe$/, giveFeeBack],
  [/^the seller is paid out$/, (theatre) => at(theatre, `accounts/${latest(theatre, 'account').id}/payout`)],
  [
    /^the seller’s account becomes (complete|restricted)$/,
    (theatre, outcome) => at(theatre, `accounts/${latest(theatre, 'account').id}/onboard`, { outcome }),
  ],
  [/^the seller’s account leaves the platform$/, (theatre) => at(theatre, `accounts/${latest(theatre, 'account').id}/deauthorize`)],
  [
    /^the platform tops up (\S+)$/,
    ({ stripe }, amount) => void stripe.ask('POST', '/v1/topups', { amount: String(minorOfText(amount, currency)), currency: 'usd' }),
  ],
  [/^Stripe tells (\S+) again$/, (theatre, type) => tell(theatre, (event) => theatre.told.has(event.id) && event['type'] === type)],
  [/^Stripe tells everything but (\S+)$/, (theatre, but) => tell(theatre, ({ id, type }) => !theatre.told.has(id) && !String(type).startsWith(but))],
  [/^Stripe tells everything$/, (theatre) => tell(theatre, ({ id }) => !theatre.told.has(id))],
  [/^Stripe tells (\S+)$/, (theatre, type) => tell(theatre, (event) => !theatre.told.has(event.id) && event['type'] === type)],
  [
    new RegExp(`^Stripe fails (?:(\\d+) times )?with (${faults.join('|')}) at (.+)$`),
    (theatre, times = '1', fault, path) => theatre.fail(fault as Fault, path as string, Number(times)),
  ],
  [/^who comes next dies before ((?:ask|answer to) .+)$/, (theatre, step) => theatre.dieBefore(step)],
  [/^(\d+) (days|hours|minutes) go by$/, (theatre, count, unit) => theatre.turn(Number(count) * (units[unit as string] as number))],
  [/^the database is backed up$/, (theatre) => theatre.backUp()],
  [/^the database goes back to its backup$/, (theatre) => theatre.restore()],
  [/^money is (halted|let out)$/, isHalted],
  [/^the administrator adopts what Stripe has made$/, adoptAll],
  [/^the administrator lets money out again$/, (theatre) => theatre.as('serve 1', (own) => clearHalt(own, administrator, 'adopted each'))],
  [/^the administrator ignores what is parked$/, ignoreParked],
  [/^nothing happens: .+$/, () => undefined],
  [/^a worker does: (.+)$/, work],
  [/^the administrator mends it$/, mendLatest],
  [/^the administrator settles$/, settleLatest],
  [/^the seller goes on at Stripe$/, (theatre) => theatre.as('serve 1', (own) => onboard(own, theatre.seller))],
  [/^the seller disconnects$/, (theatre) => theatre.as('serve 1', (own) => disconnectAccount(own, theatre.seller, theatre.seller.accountId))],
  [/^the (settlement|dispute|membership) is (\w+)$/, statusIs],
  [/^Stripe has made (\d+) transfers$/, ({ stripe }, count) => differs(stripe.all('transfer', null).length, Number(count))],
  [/^the seller has (\S+)$/, ({ stripe, seller }, amount) => isAmount(paidTo(stripe, seller.accountId), amount)],
  [/^the seller owes (\S+)$/, async (theatre, amount) => isAmount((await standing(theatre)).owedMinor, amount)],
  [/^the buyer has paid (\S+)$/, async (theatre, amount) => isAmount((await standing(theatre)).buyersMinor, amount)],
  [/^the platform has (\S+)$/, async (theatre, amount) => isAmount((await standing(theatre)).platformMinor, amount)],
  [/^the refund failed: (.+)$/, refundFailed],
  [/^the payment is marked as suspected$/, isSuspected],
  [/^Stripe and the books agree$/, agree],
  [/^nothing is under way at Stripe$/, nothingUnderWay],
  [/^Stripe has kept (\S+)$/, async (theatre, amount) => isAmount((await standing(theatre)).stripeMinor, amount)],
];

/** An amount as it stands in a line; below zero with a hyphen. */
function minor(amount: string): number {
  return amount.startsWith('-') ? -minorOfText(amount.slice(1), currency) : minorOfText(amount, currency);
}

function differs(is: unknown, told: unknown): string | null {
  return is === told ? null : `it is ${String(is)}`;
}

function isAmount(isMinor: number, told: string): string | null {
  return isMinor === minor(told) ? null : `it is ${decimalText(isMinor, currency)}`;
}

function at({ stripe }: Theatre, path: string, body: object = {}): void {
  stripe.control(path, body);
}

async function take(theatre: Theatre, percent: string, each: string): Promise<string | undefined> {
  const { market, seller } = theatre;
  if (market.offerings.length > 0) return 'what the platform takes is said before anything is on sale';
  market.terms = { ...usualTerms, percentageBps: Number(percent) * 100, fixedFeeMinor: minor(each) };
  const plan = { ...market.terms, accountId: seller.accountId, currency: null, validFrom: null };
  await theatre.as('serve 1', (own) => setCommissionPlan(own, administrator, plan));
  return undefined;
}

async function offer(theatre: Theatre, price: string, days: number): Promise<void> {
  const { market, seller } = theatre;
  const input = {
    accountId: seller.accountId,
    title: 'A night',
    unitPriceMinor: minor(price),
    currency,
    deliversAt: later(theatre.openWork().clock.now(), days * dayMs),
    refundableUntil: null,
  };
  await theatre.as('serve 1', async (own) => market.offerings.push(await createOffering(own, seller, input)));
}

/** What is paid on the seller's own account. */
async function setPrice(theatre: Theatre, set: typeof setOneTimePrice | typeof setMembershipPrice, price: string): Promise<void> {
  const { seller } = theatre;
  const input = { accountId: seller.accountId, amountMinor: minor(price), currency, interval: 'MONTH' as const };
  await theatre.as('serve 1', (own) => set(own, seller, input));
}

async function goToPay(theatre: Theatre, create: typeof createPaymentCheckout): Promise<void> {
  const { market, seller } = theatre;
  await theatre.as('serve 1', async (own) => {
    const { checkoutSessionId } = await create(own, anonymous, { accountId: seller.accountId, email: 'ada@example.com', idempotencyKey: null });
    market.checkouts.push({ sessionId: checkoutSessionId, accountId: seller.accountId });
  });
}

async function isHalted(theatre: Theatre, expected: string): Promise<string | null> {
  const is = (await findHalt(theatre.openWork().read)) ? 'halted' : 'let out';
  return differs(is, expected);
}

/** Each transfer that the database knows nothing of becomes that of its settlement, or where that is unknown too of the newest. */
async function adoptAll(theatre: Theatre): Promise<void> {
  const work = theatre.openWork();
  const unknown = await findUnknownTransfers(work);
  const settlements = await work.read.selectFrom('settlement').select('id').orderBy('createdAt', 'desc').execute();
  for (const { id, metadata } of unknown.ok ? unknown.value : []) {
    const own = settlements.find((settlement) => settlement.id === metadata['settlement']) ?? known(settlements[0], 'a settlement');
    const input = { settlementId: own.id, stripeTransferId: id };
    await theatre.as('serve 1', (own) => adoptTransfer(own, administrator, input));
  }
}

async function ignoreParked(theatre: Theatre): Promise<void> {
  const parked = await theatre.openWork().read.selectFrom('inboxEvent').select('id').where('state', '=', 'PARKED').execute();
  const ids = parked.map(({ id }) => id);
  await theatre.as('serve 1', (own) => ignoreEvents(own, administrator, { ids, type: null, reason: 'done by hand' }));
}

async function agree(theatre: Theatre): Promise<string | null> {
  const { ok, residual } = await reconcile(theatre.openWork());
  return ok ? null : `they do not on ${residual.map(({ subject, class: is }) => `${subject} (${is})`).join(', ')}`;
}

async function refundFailed(theatre: Theatre, because: string): Promise<string | null> {
  const refunds = theatre.openWork().read.selectFrom('refund').select('failureMessage').orderBy('createdAt', 'desc');
  return differs((await refunds.executeTakeFirst())?.failureMessage, because);
}

async function isSuspected(theatre: Theatre): Promise<string | null> {
  const { id } = latest(theatre, 'charge', null);
  const payment = await theatre.openWork().read.selectFrom('payment').select('fraudType').where('chargeId', '=', id).executeTakeFirst();
  return payment?.fraudType ? null : 'it is not';
}

async function nothingUnderWay(theatre: Theatre): Promise<string | null> {
  const operations = theatre.openWork().read.selectFrom('operation').select('kind').where('state', '=', 'INTENDED');
  const kinds = (await operations.execute()).map(({ kind }) => kind);
  return kinds.length === 0 ? null : `there is ${kinds.join(', ')}`;
}

async function buy(theatre: Theatre, quantity: number): Promise<void> {
  const { market, seller } = theatre;
  const offeringId = known(market.offerings.at(-1), 'what is on sale').id;
  await theatre.as('serve 1', async (own) => {
    const input = { offeringId, email: 'ada@example.com', quantity, idempotencyKey: null };
    const { checkoutSessionId } = await createOfferingCheckout(own, anonymous, input);
    market.checkouts.push({ sessionId: checkoutSessionId, accountId: seller.accountId });
  });
}

async function comeBack(theatre: Theatre): Promise<void> {
  const { sessionId, accountId } = known(theatre.market.checkouts.at(-1), 'a checkout');
  await theatre.as('serve 1', (own) => syncCheckoutSession(own, anonymous, { accountId, checkoutSessionId: sessionId }, 'RETURN'));
}

function refundAtStripe(theatre: Theatre, amount: string): void {
  theatre.stripe.ask('POST', '/v1/refunds', { charge: latest(theatre, 'charge').id, amount: String(minor(amount)) });
}

async function endMembership(theatre: Theatre, atPeriodEnd: boolean): Promise<void> {
  const membership = await theatre.openWork().read.selectFrom('membership').select('id').orderBy('createdAt', 'desc').executeTakeFirst();
  const input = { membershipId: known(membership, 'a membership').id, atPeriodEnd };
  await theatre.as('serve 1', (own) => cancelMembership(own, theatre.seller, input));
}

function giveFeeBack(theatre: Theatre, amount: string): void {
  theatre.stripe.ask('POST', `/v1/application_fees/${latest(theatre, 'application_fee').id}/refunds`, { amount: String(minor(amount)) });
}

function dispute(theatre: Theatre, part: string | undefined): void {
  at(theatre, `charges/${latest(theatre, 'charge').id}/dispute`, part ? { amount: minor(part) } : {});
}

async function refund(theatre: Theatre, amount: string): Promise<void> {
  const payment = await theatre.openWork().read.selectFrom('payment').select('id').orderBy('createdAt', 'desc').executeTakeFirst();
  const input = { paymentId: known(payment, 'a payment').id, amountMinor: minor(amount), reason: null, returnsFee: true, idempotencyKey: null };
  await theatre.as('serve 1', (own) => refundPayment(own, theatre.seller, input));
}

/** Delivers some of what has happened at Stripe, oldest first, each applied before the next. */
async function tell(theatre: Theatre, isTold: (event: { id: string; [field: string]: unknown }) => boolean): Promise<void> {
  for (const event of theatre.stripe.all('event', null).toReversed()) {
    if (!isTold(event)) continue;
    await theatre.as('serve 1', (own) => theatre.deliver(own, event));
    await theatre.as('serve 1', (own) => applyDueEvents(own, 50));
  }
}

async function work(theatre: Theatre, name: string): Promise<string | undefined> {
  const job = theatre.job(name);
  if (!job) return 'no worker does that';
  await theatre.as('work 1', job);
  return undefined;
}

async function mendLatest(theatre: Theatre): Promise<void> {
  const failed = await theatre.openWork().read.selectFrom('settlement').select('id').where('status', '=', 'FAILED').executeTakeFirst();
  await theatre.as('serve 1', (own) => mend(own, known(failed, 'a failed settlement').id));
}

async function settleLatest(theatre: Theatre): Promise<void> {
  const { read } = theatre.openWork();
  const settlement = await read.selectFrom('settlement').select('id').orderBy('createdAt', 'desc').orderBy('id', 'desc').executeTakeFirst();
  const settlementId = known(settlement, 'a settlement').id;
  await theatre.as('serve 1', (own) => settleNow(own, administrator, { settlementId, idempotencyKey: null }));
}

async function statusIs(theatre: Theatre, what: string, told: string): Promise<string | null> {
  const table = what as 'settlement' | 'dispute' | 'membership';
  const rows = theatre.openWork().read.selectFrom(table).select('status').orderBy('createdAt', 'desc').orderBy('id', 'desc');
  return differs((await rows.executeTakeFirst())?.status, told);
}
