/** What the caller asked for and cannot have. The contract's list; partners switch on it. */
export const refusalCodes = [
  'ACCOUNT_NOT_READY',
  'PRICE_NOT_SET',
  'AMOUNT_TOO_SMALL',
  'AMOUNT_TOO_LARGE',
  'CURRENCY_UNSUPPORTED',
  'EMAIL_INVALID',
  'QUANTITY_INVALID',
  'DATE_INVALID',
  'OFFERING_CLOSED',
  'ALREADY_IN_PROGRESS',
  'NOT_RETRIABLE',
  'NOT_REFUNDABLE',
  'CONTROLLER_INVALID',
  'STRIPE_UNAVAILABLE',
  'STRIPE_REFUSED',
  'NOT_CONNECTED',
  'INVALID',
  'CONFLICT',
  'VERIFICATION_REQUIRED',
  'IDEMPOTENCY_KEY_REUSED',
  'IDEMPOTENCY_KEY_IN_USE',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/**
 * An expected no: the caller can read what was refused and act on it. Thrown, so that the transaction rolls back; becomes `userErrors`.
 * `path` is the way into the input; `remedy` the next thing to do.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly path: readonly string[] | null = null,
    readonly remedy: string | null = null,
  ) {
    super(message);
  }
}

/** The errors of a request as a whole, in GraphQL's `extensions.code` and in HTTP's status. */
export const deniedStatus = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  RATE_LIMITED: 429,
} as const;
export type DeniedCode = keyof typeof deniedStatus;

/** What lets a caller have after all what they were refused. */
export type DeniedReason = 'STEP_UP_REQUIRED' | 'SECOND_FACTOR_REQUIRED';

/** Not allowed, not there, or not understood. Another's object is answered exactly like a missing one. */
export class Denied extends Error {
  override readonly name = 'Denied';

  constructor(
    readonly code: DeniedCode,
    message: string,
    readonly retryAfterSeconds: number | null = null,
    readonly reason: DeniedReason | null = null,
  ) {
    super(message);
  }
}

/** "No payment pay_…": the same words for what is missing and for what is another's. */
export function notFound(what: string, id: string): Denied {
  return new Denied('NOT_FOUND', `There is no ${what} ${JSON.stringify(id.slice(0, 64))} here.`);
}

/** Something waits for another thing of ours that is under way: it is tried again until that is over, however long that takes. */
export class NotYet extends Error {}
