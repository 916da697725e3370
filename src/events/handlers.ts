import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { findConnectedAccount } from '../accounts/finding.js';
import { retireConnectedAccount } from '../accounts/retiring.js';
import { syncConnectedAccount } from '../accounts/syncing.js';
import type { Work } from '../db/work.js';
import { recordChargeRefunds } from '../payments/charge-recording.js';
import { recordInvoice, recordSubscription } from '../payments/membership-recording.js';
import { recordCheckoutSession } from '../payments/recording.js';
import type { InboxEventRow } from './inbox-event.js';

/** What an event makes us do. Its payload is only a hint: each reads the object again and records what it finds. */
type Handler = (work: Work, connected: ConnectedAccountRow, objectId: string) => Promise<unknown>;

const checkout: Handler = (work, connected, id) => recordCheckoutSession(work, connected, id, 'WEBHOOK');
const subscription: Handler = (work, connected, id) => recordSubscription(work, connected, id, 'WEBHOOK');
const account: Handler = (work, connected) => syncConnectedAccount(work, connected);

/** Event type → domain action, for events of connected accounts. What is not listed is ignored. */
const handlers: Record<string, Handler> = {
  'checkout.session.completed': checkout,
  'checkout.session.async_payment_succeeded': checkout,
  'checkout.session.async_payment_failed': checkout,
  'checkout.session.expired': checkout,
  'customer.subscription.created': subscription,
  'customer.subscription.updated': subscription,
  'customer.subscription.deleted': subscription,
  'customer.subscription.paused': subscription,
  'customer.subscription.resumed': subscription,
  'invoice.paid': (work, connected, id) => recordInvoice(work, connected, id, 'WEBHOOK'),
  'charge.refunded': (work, connected, id) => recordChargeRefunds(work, connected, id),
  'account.updated': account,
  'capability.updated': account,
  'account.application.deauthorized': (work, connected) => retireConnectedAccount(work, connected, 'DEAUTHORIZED'),
};

/** Does what an event asks for. False for one that asks for nothing here. Throws where it cannot be done now. */
export async function handle(work: Work, event: InboxEventRow): Promise<boolean> {
  const handler = handlers[event.type];
  if (!handler || event.stream === 'platform' || event.objectId === null) return false;
  const stripeAccountId = event.stream.slice('connect:'.length);
  const connected = await findConnectedAccount(work, stripeAccountId);
  if (!connected) throw await whyUnknown(work, stripeAccountId);
  if (isUnreachable(connected) && event.type !== 'account.application.deauthorized') return false;
  await handler(work, connected, event.objectId);
  return true;
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

/** Stripe no longer shows us anything of an account that left by itself or was deleted. */
function isUnreachable(connected: ConnectedAccountRow): boolean {
  return connected.retiredCause === 'DEAUTHORIZED' || connected.deletedAtStripeAt !== null;
}

/** An event of an account that is none of ours: kept aside at once, since waiting will not make it ours. */
export class UnknownAccount extends Error {
  constructor(stripeAccountId: string) {
    super(`The account ${stripeAccountId} is not connected to any account here.`);
  }
}
