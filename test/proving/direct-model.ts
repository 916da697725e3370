import type { Marketplace } from '../../src/scenarios/marketplace.js';
import { platformOwner, type Stored } from '../../src/simulator/world.js';
import type { House } from './house.js';

interface DirectPayment {
  chargeId: string;
  amountMinor: number;
  refundedMinor: number;
  feeMinor: number;
}

/**
 * Where payments and memberships on sellers' own accounts are not what happened at Stripe: each charge is one payment, with the fee that its price
 * makes by the marketplace's arithmetic, and each subscription one membership. Of an account that has left, nothing is known but what was heard before.
 */
export async function directDisagreements(house: House, { terms }: Marketplace): Promise<string[]> {
  const charges = ofSellers(house, 'charge');
  const subscriptions = ofSellers(house, 'subscription');
  if (charges.length + subscriptions.length === 0) return [];
  const gone = new Set(goneAccounts(house));
  const ofMembers = new Set(house.stripe.all('invoice_payment', null).map(({ payment }) => (payment as { payment_intent: unknown }).payment_intent));
  const payments = await house.books.rows<DirectPayment>(
    `select charge_id as "chargeId", amount_minor::int as "amountMinor", refunded_minor::int as "refundedMinor", platform_fee_minor::int as "feeMinor"
     from payment join commission_snapshot on payment_id = payment.id where charge_model = 'DIRECT'`,
  );
  const memberships = await house.books.rows<{ id: string; status: string }>('select stripe_subscription_id as id, status from membership');
  const wrong = charges.flatMap(({ value, owner }) => {
    const told = payments.filter(({ chargeId }) => chargeId === value.id);
    if (told.length === 0) return gone.has(owner) ? [] : [`charge ${value.id} of ${owner} is not known`];
    const refunded = gone.has(owner) ? told[0]?.refundedMinor : value['amount_refunded'];
    const should = `${value['amount']}, of which ${feeOf(value, ofMembers, terms)} for the platform and ${refunded} back`;
    const is = told.map(
      ({ amountMinor, feeMinor, refundedMinor }) => `${amountMinor}, of which ${feeMinor} for the platform and ${refundedMinor} back`,
    );
    return is.join(' and ') === should ? [] : [`charge ${value.id} is ${should}, and recorded as ${is.join(' and ')}`];
  });
  const known = new Set(charges.map(({ value }) => value.id));
  const invented = payments
    .filter(({ chargeId }) => !known.has(chargeId))
    .map(({ chargeId }) => `payment of ${chargeId}, which Stripe does not have`);
  const mirrored = subscriptions.flatMap(({ value, owner }) => {
    const is = memberships.filter(({ id }) => id === value.id).map(({ status }) => status.toLowerCase());
    return gone.has(owner) || is.join(' and ') === value['status']
      ? []
      : [`subscription ${value.id} of ${owner} is ${value['status']}, and ${is.join(' and ') || 'nothing'} here`];
  });
  return [...wrong, ...invented, ...mirrored];
}

/** Objects on sellers' own accounts, and on which; without what the platform has sent there. */
function ofSellers({ stripe }: House, kind: string): { value: Stored; owner: string }[] {
  const all = stripe.all(kind, null).map((value) => ({ value, owner: stripe.world.anyOf(kind, value.id).owner }));
  return all.filter(({ value, owner }) => owner !== platformOwner && !value['source_transfer']);
}

const wholeBps = 10_000;

/** What the platform takes of a charge: a percentage of what a member pays, and with what is paid once something more. */
function feeOf(
  { amount, payment_intent }: Stored,
  memberships: ReadonlySet<unknown>,
  { percentageBps, fixedFeeMinor }: Marketplace['terms'],
): number {
  return Math.round(((amount as number) * percentageBps) / wholeBps) + (memberships.has(payment_intent) ? 0 : fixedFeeMinor);
}

/** The accounts of which Stripe shows the platform nothing any more. */
export function goneAccounts({ stripe }: House): string[] {
  return stripe.all('account', null).flatMap(({ id, deauthorized }) => (deauthorized === true ? [id] : []));
}
