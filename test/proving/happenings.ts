import { ApiError } from '../../src/simulator/protocol/errors.js';
import { platformOwner, type Stored } from '../../src/simulator/world.js';
import { changeCard, giveFeeBack, renew } from './members.js';
import { type Stage, tasted } from './stage.js';

/** What buyers, banks and sellers do at Stripe, each as often as its weight; answers what it was, or null for nothing. */
const happenings: [weight: number, happen: (stage: Stage) => string | null][] = [
  [12, pay],
  [3, dispute],
  [4, decide],
  [3, changeAccount],
  [2, payOut],
  [1, refundAtStripe],
  [0.5, sendRefundBack],
  [0.5, suspect],
  [1, topUp],
  [2, renew],
  [1, changeCard],
  [0.5, giveFeeBack],
];

/** Something happens at Stripe; null where what was drawn cannot happen now. */
export function happen(stage: Stage): string | null {
  try {
    return stage.chance.weighted(tasted(stage, happenings))?.(stage) ?? null;
  } catch (error) {
    if (error instanceof ApiError) return null; // as Stripe would refuse it
    throw error;
  }
}

function one(stage: Stage, kind: string, fits: (value: Stored) => boolean, owner: string | null = null): Stored | null {
  stage.house.stripe.pass();
  const found = stage.house.stripe.world.all<Stored>(kind, owner).filter(fits);
  return found.length > 0 ? stage.chance.of(found) : null;
}

function pay(stage: Stage): string | null {
  const session = one(stage, 'checkout.session', ({ status }) => status === 'open');
  if (!session) return null;
  const card = stage.chance.happens(0.9) ? 'ok' : 'declined';
  stage.house.stripe.control(`checkout/sessions/${session.id}/pay`, { card });
  return `a buyer pays, card ${card}`;
}

function dispute(stage: Stage): string | null {
  const charge = one(stage, 'charge', isABuyers);
  if (!charge) return null;
  const left = notTakenBack(stage, charge);
  if (left === 0) return null;
  const amount = stage.chance.happens(0.3) ? { amount: 1 + stage.chance.below(left) } : {};
  const inquiry = stage.chance.happens(0.1);
  stage.house.stripe.control(`charges/${charge.id}/dispute`, { ...amount, inquiry });
  return `a bank ${inquiry ? 'asks about' : 'takes back'} a charge`;
}

/** What somebody has paid by card: not what the platform has sent on. */
function isABuyers({ source_transfer }: Stored): boolean {
  return !source_transfer;
}

/** What of a charge was neither refunded nor is with a bank. */
function notTakenBack(stage: Stage, { id, amount, amount_refunded }: Stored): number {
  const disputes = stage.house.stripe.world.all<Stored>('dispute', null).filter(({ charge, status }) => charge === id && status !== 'won');
  return Math.max(
    0,
    disputes.reduce((left, dispute) => left - (dispute['amount'] as number), (amount as number) - (amount_refunded as number)),
  );
}

function decide(stage: Stage): string | null {
  const open = one(stage, 'dispute', ({ status }) => ['needs_response', 'under_review', 'warning_needs_response'].includes(String(status)));
  if (!open) return null;
  if (open['status'] === 'warning_needs_response' && stage.chance.happens(0.5)) {
    stage.house.stripe.control(`disputes/${open.id}/escalate`);
    return 'a bank takes back what it asked about';
  }
  const outcome = stage.chance.of(['won', 'lost'] as const);
  stage.house.stripe.control(`disputes/${open.id}/close`, { outcome, keepsFee: stage.chance.happens(0.5) });
  return `a bank decides: ${outcome}`;
}

function changeAccount(stage: Stage): string | null {
  const account = one(stage, 'account', ({ deauthorized }) => deauthorized !== true);
  if (!account) return null;
  const outcome = stage.chance.weighted([
    [6, 'complete'],
    [2, 'restricted'],
    [1, 'pending'],
    [0.5, 'deauthorize'],
  ] as const);
  if (outcome === 'deauthorize') stage.house.stripe.control(`accounts/${account.id}/deauthorize`);
  else stage.house.stripe.control(`accounts/${account.id}/onboard`, { outcome });
  return `an account becomes ${outcome}`;
}

function payOut(stage: Stage): string | null {
  const account = one(stage, 'account', ({ deauthorized }) => deauthorized !== true);
  if (!account) return null;
  stage.house.stripe.control(`accounts/${account.id}/payout`);
  return 'a seller is paid out';
}

function refundAtStripe(stage: Stage): string | null {
  const { chance, house } = stage;
  const charge = one(stage, 'charge', isABuyers);
  if (!charge) return null;
  const amount = 1 + chance.below(charge['amount'] as number);
  const { owner } = house.stripe.world.anyOf('charge', charge.id);
  const from = owner === platformOwner ? null : owner;
  const answer = house.stripe.ask('POST', '/v1/refunds', { charge: charge.id, amount: String(amount) }, from);
  return answer.status === 200 ? 'somebody refunds at Stripe' : null;
}

function sendRefundBack(stage: Stage): string | null {
  const refund = one(stage, 'refund', ({ status }) => status === 'succeeded');
  if (!refund) return null;
  stage.house.stripe.control(`refunds/${refund.id}/fail`);
  return 'a bank sends a refund back';
}

function suspect(stage: Stage): string | null {
  const charge = one(stage, 'charge', isABuyers);
  if (!charge) return null;
  stage.house.stripe.control(`charges/${charge.id}/early-fraud-warning`);
  return 'a bank suspects fraud';
}

function topUp(stage: Stage): string {
  stage.house.stripe.ask('POST', '/v1/topups', { amount: '20000', currency: 'usd' });
  return 'the platform tops up';
}
