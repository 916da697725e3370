import { balances } from '../ledger/balances.js';
import { heldAt, paidTo, platform, type Theatre } from './theatre.js';

/** What everything in a scenario is sold in. */
export const currency = 'USD';

/** Where the money is, in minor units. */
export interface Standing {
  /** What buyers have paid, less what they have back. */
  buyersMinor: number;
  /** What the platform has at Stripe, with what is on its way to it. */
  platformMinor: number;
  /** Of it, what it holds for the seller. */
  heldMinor: number;
  /** What the seller was paid, less what was taken back. */
  sellerMinor: number;
  /** What the seller owes the platform. */
  owedMinor: number;
  /** What Stripe has kept for its work. */
  stripeMinor: number;
}

/** Something with a state: what it is, and of several of its kind the how many-eth. */
export interface Thing {
  kind: 'SETTLEMENT' | 'DISPUTE' | 'REFUND' | 'REVERSAL';
  number: number;
  state: string;
}

/** Where the money is now. */
export async function standing(theatre: Theatre): Promise<Standing> {
  const { stripe, seller } = theatre;
  const booked = await balances(theatre.openWork().read, { accountId: seller.accountId });
  const of = (account: string) => booked.find((one) => one.ledgerAccount === account && one.currency === currency)?.balanceMinor ?? 0;
  return {
    buyersMinor: 0 - stripe.balance(currency, 'cards'),
    platformMinor: heldAt(theatre, platform, currency),
    heldMinor: 0 - of('seller_payable'),
    sellerMinor: paidTo(stripe, seller.accountId),
    owedMinor: of('seller_receivable'),
    stripeMinor: stripe.balance(currency, 'stripe_fees'),
  };
}

/** What there is by now, the oldest first, and where each stands. */
export async function things(theatre: Theatre): Promise<Thing[]> {
  const { read } = theatre.openWork();
  const [settlements, disputes, refunds, reversals] = await Promise.all([
    read.selectFrom('settlement').select('status').orderBy('createdAt').orderBy('id').execute(),
    read.selectFrom('dispute').select('status').orderBy('createdAt').orderBy('id').execute(),
    read.selectFrom('refund').select('status').orderBy('createdAt').orderBy('id').execute(),
    read.selectFrom('transferReversal').select('status').orderBy('createdAt').orderBy('id').execute(),
  ]);
  const told = (kind: Thing['kind'], rows: { status: string }[]) => rows.map(({ status: state }, index) => ({ kind, number: index + 1, state }));
  return [...told('SETTLEMENT', settlements), ...told('DISPUTE', disputes), ...told('REFUND', refunds), ...told('REVERSAL', reversals)];
}
