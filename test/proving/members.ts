import { anonymous } from '../../src/access/viewer.js';
import { setMembershipPrice, setOneTimePrice } from '../../src/accounts/pricing.js';
import { cancelMembership } from '../../src/payments/canceling.js';
import { createMembershipCheckout, createPaymentCheckout } from '../../src/payments/checkout.js';
import { administrator } from '../../src/scenarios/marketplace.js';
import type { Stored } from '../../src/simulator/world.js';
import { goneAccounts } from './direct-model.js';
import { as, type Deed, type Stage } from './stage.js';

/** A seller takes payments and members on their own account. */
export function setPrices({ market, chance }: Stage): Deed {
  const seller = chance.of(market.sellers);
  const { accountId } = seller;
  return as(seller, 'a seller sets prices', async (work) => {
    await setOneTimePrice(work, seller, { accountId, amountMinor: 1_500, currency: 'USD' });
    await setMembershipPrice(work, seller, { accountId, amountMinor: 1_000, currency: 'USD', interval: 'MONTH' });
  });
}

/** A buyer begins to pay a seller directly, once or as a member. */
export function buyDirectly({ market, chance }: Stage): Deed {
  const { accountId } = chance.of(market.sellers);
  const joins = chance.happens(0.6);
  return as(anonymous, joins ? 'a buyer begins to join' : 'a buyer begins to pay a seller', async (work) => {
    const create = joins ? createMembershipCheckout : createPaymentCheckout;
    const { checkoutSessionId: sessionId } = await create(work, anonymous, { accountId, email: 'ada@example.com', idempotencyKey: null });
    market.checkouts.push({ sessionId, accountId });
  });
}

/** A membership is ended, now or with its period. */
export async function cancel({ house, market, chance }: Stage): Promise<Deed | null> {
  const memberships = await house.books.rows<{ id: string; accountId: string }>('select id, account_id as "accountId" from membership order by id');
  const membership = memberships.length > 0 ? chance.of(memberships) : null;
  if (!membership) return null;
  const seller = market.sellers.find(({ accountId }) => accountId === membership.accountId);
  const viewer = chance.happens(0.5) && seller ? seller : administrator;
  const input = { membershipId: membership.id, atPeriodEnd: chance.happens(0.5) };
  return as(viewer, 'a membership is ended', (work) => cancelMembership(work, viewer, input));
}

const live = ['active', 'past_due', 'unpaid', 'trialing'];

/** A member's month is over, and the next one is paid, or not. */
export function renew({ house, chance }: Stage): string | null {
  const subscriptions = house.stripe.all('subscription', null).filter(({ status }) => live.includes(String(status)));
  if (subscriptions.length === 0) return null;
  const outcome = chance.happens(0.7) ? 'paid' : 'failed';
  house.stripe.control(`subscriptions/${chance.of(subscriptions).id}/renew`, { outcome });
  return `a membership renews, ${outcome}`;
}

/** A member's card stops paying, or pays again. */
export function changeCard({ house, chance }: Stage): string | null {
  const subscriptions = house.stripe.all('subscription', null);
  if (subscriptions.length === 0) return null;
  const card = chance.of(['ok', 'failing'] as const);
  house.stripe.control(`subscriptions/${chance.of(subscriptions).id}/card`, { card });
  return `a member’s card is ${card}`;
}

/** The platform gives back a part of a fee by hand. */
export function giveFeeBack({ house, chance }: Stage): string | null {
  const { stripe } = house;
  const gone = new Set(goneAccounts(house));
  const fees = stripe.all('application_fee', null).filter((fee) => leftOfFee(fee) > 0 && !gone.has(fee['account'] as string));
  if (fees.length === 0) return null;
  const fee = chance.of(fees);
  stripe.ask('POST', `/v1/application_fees/${fee.id}/refunds`, { amount: String(1 + chance.below(leftOfFee(fee))) });
  return 'the platform gives a fee back by hand';
}

function leftOfFee({ amount, amount_refunded }: Stored): number {
  return (amount as number) - (amount_refunded as number);
}
