/** Whether the platform's fee is taken out of the price or put on top of it. */
export type FeeMode = 'INCLUDED' | 'ADDED';

/** What the platform takes of a purchase. */
export interface CommissionTerms {
  percentageBps: number;
  /** Per unit sold, in minor units of the purchase's currency. */
  fixedFeeMinor: number;
  /** The tax contained in the fee. */
  vatBps: number;
  feeMode: FeeMode;
}
