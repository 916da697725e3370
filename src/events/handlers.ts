import { type ConnectedAccountRow, isUnreachable } from '../accounts/connected-account.js';
import { findConnectedAccount } from '../accounts/finding.js';
import { recordLastPayout } from '../accounts/payouts.js';
import { retireConnectedAccount } from '../accounts/retiring.js';
import { syncConnectedAccount } from '../accounts/syncing.js';
import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { recordDispute } from '../disputes/recording.js';
import { recordFraudWarning } from '../disputes/warning.js';
import { recordCharge } from '../payments/charge-recording.js';
import type { Home } from '../payments/home.js';
import { recordInvoice, recordSubscription, recordSubscriptionOfInvoice } from '../payments/membership-recording.js';
import type { SyncSource } from '../payments/payment.js';
import { recordCheckoutSession, recordFailedCheckout } from '../payments/recording.js';
import { recordRefundOfStripe } from '../payments/refund-recording.js';
import type { EventHint } from '../stripe/signature.js';
import { recordWhatCameBefore } from './earlier.js';
import type { InboxEventRow } from './inbox-event.js';
import { isToldToSomebody } from './parked.js';
import { platformHandlers, toldOfFailedRefund } from './platform-handlers.js';
import { Unappliable, UnknownAccount } from './unappliable.js';

/** What an event makes us do, about something on a seller's account or, null, on the platform's own. Its payload is only a hint: each reads the object again. */
type Handler = (work: Work, home: Home, objectId: string, source: SyncSource) => Promise<unknown>;
type SellersHandler = (work: Work, connected: ConnectedAccountRow, objectId: string, source: SyncSource) => Promise<unknown>;

const checkout: Handler = async (work, home, id, source) => {
  const { payment } = await recordCheckoutSession(work, home, id, source);
  if (payment) await recordWhatCameBefore(work, home, payment);
};
const charge: Handler = (work, home, id) => recordCharge(work, home, id);
const refund: Handler = (work, home, id) => recordRefundOfStripe(work, home, id);
const refundFailed: Handler = async (work, home, id) => {
  const failed = await recordRefundOfStripe(work, home, id);
  if (failed && !(await isToldToSomebody(work, 'refund.failed', id))) throw new Unappliable(toldOfFailedRefund(id, failed));
};
const refundMade: Handler = async (work, home, id, source) => {
  const ours = await work.read.selectFrom('refund').select('id').where('stripeRefundId', '=', id).executeTakeFirst();
  if (!ours) await refund(work, home, id, source); // one of ours is recorded by whoever made it
};
const dispute: Handler = async (work, home, id) => {
  if (!(await recordDispute(work, home, id)) && (await mayBeRecordedSoon(work, home)))
    throw new Error('The payment of this dispute is not recorded yet.');
};
const warning: Handler = async (work, home, id) => {
  if (!(await recordFraudWarning(work, home, id)) && (await mayBeRecordedSoon(work, home)))
    throw new Error('The payment of this warning is not recorded yet.');
};
const subscription: SellersHandler = (work, connected, id) => recordSubscription(work, connected, id);
const invoice: SellersHandler = async (work, connected, id, source) => {
  const payment = await recordInvoice(work, connected, id, source);
  if (payment) await recordWhatCameBefore(work, connected, payment);
};
const unpaidInvoice: SellersHandler = (work, connected, id) => recordSubscriptionOfInvoice(work, connected, id);
const account: SellersHandler = (work, connected) => syncConnectedAccount(work, connected);
const payoutFailed: SellersHandler = async (work, connected) => {
  await syncConnectedAccount(work, connected); // which Stripe may have closed with it
  await recordLastPayout(work, connected);
};
const payoutPaid: SellersHandler = async (work, connected) => {
  if (connected.payoutSentBackAt !== null) await recordLastPayout(work, connected);
};

/** Event type → domain action, wherever it happened. What is not listed is ignored. */
const anywhere: Record<string, Handler> = {
  'checkout.session.completed': checkout,
  'checkout.session.async_payment_succeeded': checkout,
  'checkout.session.async_payment_failed': (work, home, id, source) => recordFailedCheckout(work, home, id, source),
  'checkout.session.expired': checkout,
  'charge.refunded': charge,
  'charge.updated': charge,
  'refund.created': refundMade,
  'charge.refund.updated': refund,
  'refund.updated': refund,
  'refund.failed': refundFailed,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.funds_withdrawn': dispute,
  'charge.dispute.funds_reinstated': dispute,
  'charge.dispute.closed': dispute,
  'radar.early_fraud_warning.created': warning,
  'radar.early_fraud_warning.updated': warning,
};

/** The same for what only happens on sellers' accounts. */
const onSellersAccounts: Record<string, SellersHandler> = {
  'customer.subscription.created': subscription,
  'customer.subscription.updated': subscription,
  'customer.subscription.deleted': subscription,
  'customer.subscription.paused': subscription,
  'customer.subscription.resumed': subscription,
  'invoice.paid': invoice,
  'invoice.payment_failed': unpaidInvoice,
  'invoice.payment_action_required': unpaidInvoice,
  'account.updated': account,
  'capability.updated': account,
  'person.created': account,
  'person.updated': account,
  'person.deleted': account,
  'account.external_account.created': account,
  'account.external_account.updated': account,
  'account.external_account.deleted': account,
  'payout.failed': payoutFailed,
  'payout.paid': payoutPaid,
  'account.application.deauthorized': (work, connected) => retireConnectedAccount(work, connected, 'DEAUTHORIZED'),
};

/** The types of events that are handled here. */
export const handledTypes: string[] = [...new Set([...Object.keys(anywhere), ...Object.keys(onSellersAccounts), ...Object.keys(platformHandlers)])];

/** Whether an event asks for nothing here, whosever it is: nobody listens to its type, or it names nothing. */
export function asksForNothing({ stripeAccountId, type, objectId }: EventHint): boolean {
  const isOfPlatform = stripeAccountId === null;
  if (isOfPlatform && Object.hasOwn(platformHandlers, type)) return false;
  return objectId === null || !(Object.hasOwn(anywhere, type) || (!isOfPlatform && Object.hasOwn(onSellersAccounts, type)));
}

/** Does what an event asks for. False for one that asks for nothing here. Throws where it cannot be done now. */
export async function handle(work: Work, event: InboxEventRow): Promise<boolean> {
  return event.stream === 'platform' ? handleOnPlatform(work, event) : handleOnSellersAccount(work, event, event.stream.slice('connect:'.length));
}

async function handleOnPlatform(work: Work, event: InboxEventRow): Promise<boolean> {
  const { type, objectId } = event;
  const whole = platformHandlers[type];
  const handler = anywhere[type];
  if (whole) await whole(work, event);
  else if (handler && objectId !== null) await handler(work, null, objectId, sourceOf(event));
  else return false;
  return true;
}

async function handleOnSellersAccount(work: Work, event: InboxEventRow, stripeAccountId: string): Promise<boolean> {
  const { type, objectId } = event;
  const handler = onSellersAccounts[type] ?? anywhere[type];
  if (!handler || objectId === null) return false;
  const connected = await findConnectedAccount(work, stripeAccountId);
  if (!connected) throw await whyUnknown(work, stripeAccountId);
  if (isUnreachable(connected) && type !== 'account.application.deauthorized') return false;
  try {
    await handler(work, connected, objectId, sourceOf(event));
    return true;
  } catch (error) {
    const isGone = error instanceof Refusal && error.code === 'NOT_CONNECTED' && connected.retiredCause !== null;
    if (isGone) return false; // it was disconnected here, and has left Stripe's sight since: nobody will be shown what this is about
    throw error;
  }
}

function sourceOf({ source }: InboxEventRow): SyncSource {
  return source === 'WEBHOOK' ? 'WEBHOOK' : 'POLL';
}

/** A buyer's bank may be quicker than we are; where no purchase is under way, a charge we do not know is none of ours. */
async function mayBeRecordedSoon(work: Work, home: Home): Promise<boolean> {
  const underWay = await work.read
    .selectFrom('purchaseSession')
    .select('id')
    .where('connectedAccountId', 'is not distinct from', home?.id ?? null)
    .where('status', 'in', ['CREATING', 'OPEN', 'PROCESSING'])
    .limit(1)
    .executeTakeFirst();
  return underWay !== undefined;
}

/** Stripe tells of a new account before we have recorded its id: while one is being made, an unknown account may turn out to be ours. */
async function whyUnknown(work: Work, stripeAccountId: string): Promise<Error> {
  const making = await work.read
    .selectFrom('operation')
    .select('id')
    .where('kind', '=', 'ACCOUNT_CREATE')
    .where('state', '=', 'INTENDED')
    .limit(1)
    .executeTakeFirst();
  const mayBeOurs = making !== undefined || (await findConnectedAccount(work, stripeAccountId)) !== null; // it may just have been recorded
  return mayBeOurs ? new Error(`The account ${stripeAccountId} is not recorded yet.`) : new UnknownAccount(stripeAccountId);
}
