/** Whether the platform's fee is taken out of the price or put on top of it. */
export type FeeMode = 'INCLUDED' | 'ADDED';

/** What the platform takes of a purchase. */
export interface CommissionTerms {
  percentageBps: number;
  /** Per unit sold, in minor units of the purchase's currency. */
  fixedFeeMinor: number;
  /** The least the fee of one purchase comes to, whatever its quantity; null where there is none. */
  feeFloorMinor: number | null;
  /** The most it comes to; null where there is none. */
  feeCapMinor: number | null;
  /** The tax contained in the fee. */
  vatBps: number;
  feeMode: FeeMode;
}
