/** Why a write or read of Stripe's came to nothing, as a person at the console and a retry both need it. Plain, so that a row can hold it. */
export interface StripeFailure {
  /**
   * REFUSED: it did not happen, and will not under this key. NOT_RUN: Stripe did not begin; the same key may be sent later.
   * IN_FLIGHT: the same key is being worked on. UNKNOWN: it may have happened. PLATFORM: our own key is refused. DEFECT: we sent what Stripe cannot take.
   */
  kind: 'REFUSED' | 'NOT_RUN' | 'IN_FLIGHT' | 'UNKNOWN' | 'PLATFORM' | 'DEFECT';
  code: FailureCode;
  /** For people; never Stripe's raw text where that could hold a part of a key. */
  message: string;
  stripeCode: string | null;
  httpStatus: number | null;
  stripeRequestId: string | null;
  /** Whether Stripe repeated a stored answer instead of trying again. */
  replayed: boolean;
}

/** The contract's list of reasons. */
export const failureCodes = [
  'ACCOUNT_DISCONNECTED',
  'ACCOUNT_RESTRICTED',
  'INSUFFICIENT_BALANCE',
  'INVALID_ACCOUNT',
  'PLATFORM_NOT_ALLOWED',
  'VERIFICATION_REQUIRED',
  'ATTEMPTS_EXHAUSTED',
  'UNCLASSIFIED',
] as const;
export type FailureCode = (typeof failureCodes)[number];

/** What Stripe answered: a value, or the reason why not. Failures are values, so that each caller decides. */
export type StripeResult<T> = { ok: true; value: T; stripeRequestId: string | null } | { ok: false; failure: StripeFailure };
