import type { Stripe } from 'stripe';

/** The codes that the SDK declares, and two more that Stripe answers. Source: docs.stripe.com/error-codes, docs.stripe.com/api/v2/meter-event-streams */
export type ErrorCode =
  | Declared<Stripe.PaymentIntent.LastPaymentError.Code>
  | 'insufficient_capabilities_for_transfer'
  | 'billing_meter_event_session_expired';

/** Without the `string` that the SDK adds for what a later version may say. */
type Declared<Literal> = Literal extends string ? (Record<never, never> extends Record<Literal, 1> ? never : Literal) : never;

/** An error in Stripe's words: what the SDK turns into its error classes. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: { type: string; code?: ErrorCode; param?: string; message: string; decline_code?: string },
  ) {
    super(body.message);
  }
}

/** A request that cannot be done; Stripe has no code for many reasons. */
export function invalid(code: ErrorCode | null, message: string, param?: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', ...(code ? { code } : {}), message, ...(param ? { param } : {}) });
}

/** Stripe's words for a parameter it does not know, and that it may be the simulator alone that does not. */
export function unknownParameter(name: string): string {
  return `Received unknown parameter: ${name}; or one the simulator does not take.`;
}

/** Stripe answers 404 to an unknown id in the path, 400 to one in a parameter. */
export function missing(object: string, id: string, param = 'id'): ApiError {
  return new ApiError(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${object}: '${id}'`,
    param,
  });
}

/** Answers that are given before a request begins, so that its idempotency key stays free. */
export function isBeforeExecution(error: ApiError): boolean {
  return error.status === 401 || error.status === 409 || error.status === 429 || error.body.code?.startsWith('parameter_') === true;
}
