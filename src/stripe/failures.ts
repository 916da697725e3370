import Stripe from 'stripe';
import { unreachable } from '../base/assert.js';
import { scrub } from '../base/log.js';
import { meaningOf } from './error-codes.js';
import type { FailureCode, StripeFailure } from './result.js';

const { errors } = Stripe;
type Verdict = Pick<StripeFailure, 'kind' | 'code' | 'message'>;

/**
 * The one place that decides what an error of the SDK means: by class, status and code, never by its words
 * (but for one that Stripe marks by words alone). What nobody has seen counts as unknown: it may have happened.
 */
export function classify(error: InstanceType<typeof errors.StripeError>): StripeFailure {
  return {
    ...verdictOf(error),
    stripeCode: error.code ?? null,
    httpStatus: error.statusCode ?? null,
    stripeRequestId: error.requestId ?? null,
    replayed: error.headers?.['idempotent-replayed'] === 'true',
  };
}

function verdictOf(error: InstanceType<typeof errors.StripeError>): Verdict {
  const status = error.statusCode;
  if (error instanceof errors.StripeConnectionError) return unknown('Stripe did not answer.');
  if (error instanceof errors.StripeRateLimitError) return notRun;
  if (error instanceof errors.StripeIdempotencyError) return defect('an idempotency key was sent with other parameters than before');
  if (error instanceof errors.StripeAuthenticationError) return platform;
  if (error instanceof errors.StripePermissionError) return isRevoked(error) ? disconnected : platform;
  if (status === 429) return notRun;
  if (status === undefined || isUndecided(status)) return unknown('Stripe had an error of its own.');
  if (!stripesTypes.has(error.rawType ?? '')) return unknown(notStripes);
  if (error.code) return ofCode(error.code, error);
  return status === 409 ? unknown('Stripe was busy with the same object.') : refused(error);
}

function ofCode(code: string, error: InstanceType<typeof errors.StripeError>): Verdict {
  const meaning = meaningOf(code);
  switch (meaning) {
    case 'NOT_RUN':
      return notRun;
    case 'IN_FLIGHT':
      return { kind: 'IN_FLIGHT', code: 'UNCLASSIFIED', message: 'The same request is being worked on.' };
    case 'UNKNOWN':
      return unknown('Stripe could not say whether it worked.');
    case 'PLATFORM':
      return platform;
    case 'DEFECT':
      return defect(`Stripe cannot take the parameter ${error.param ?? '(unnamed)'} (${code})`);
    case 'ACCOUNT_DISCONNECTED':
      return disconnected;
    case 'ACCOUNT_RESTRICTED':
    case 'INSUFFICIENT_BALANCE':
    case 'INVALID_ACCOUNT':
      return { kind: 'REFUSED', code: meaning, message: messages[meaning] };
    case 'REFUSED':
      return isMissingDestination(error) ? { kind: 'REFUSED', code: 'INVALID_ACCOUNT', message: messages.INVALID_ACCOUNT } : refused(error);
    case null:
      return refused(error); // a 4xx with Stripe's own error object: it did not happen
    default:
      return unreachable(meaning);
  }
}

const messages = {
  ACCOUNT_RESTRICTED: 'Stripe has restricted the seller’s account.',
  INSUFFICIENT_BALANCE: 'The balance at Stripe is too low for now.',
  INVALID_ACCOUNT: 'Stripe does not know the seller’s account.',
} satisfies Partial<Record<FailureCode, string>>;

const notRun: Verdict = { kind: 'NOT_RUN', code: 'UNCLASSIFIED', message: 'Stripe asked to slow down.' };
const platform: Verdict = { kind: 'PLATFORM', code: 'PLATFORM_NOT_ALLOWED', message: 'Stripe refuses the platform’s key.' };
const disconnected: Verdict = {
  kind: 'REFUSED',
  code: 'ACCOUNT_DISCONNECTED',
  message: 'The seller’s Stripe account is no longer connected to the platform.',
};

function unknown(message: string): Verdict {
  return { kind: 'UNKNOWN', code: 'UNCLASSIFIED', message };
}

function defect(what: string): Verdict {
  return { kind: 'DEFECT', code: 'UNCLASSIFIED', message: `A request was malformed: ${what}.` };
}

function refused(error: InstanceType<typeof errors.StripeError>): Verdict {
  return { kind: 'REFUSED', code: 'UNCLASSIFIED', message: withoutSecrets(error.message) };
}

/** A 403 means our key is refused, unless it is about the one account we named. */
function isRevoked(error: InstanceType<typeof errors.StripeError>): boolean {
  return error.code === 'account_invalid' || /does not have access to account|application access may have been revoked/i.test(error.message);
}

function isMissingDestination(error: InstanceType<typeof errors.StripeError>): boolean {
  return error.code === 'resource_missing' && error.param === 'destination';
}

/** Stripe's words, less what the log hides too: keys, secrets, links, people's addresses, card numbers. */
function withoutSecrets(text: string): string {
  return scrub(text).slice(0, 500);
}

const notStripes = 'The answer was not one of Stripe’s.';
/** What Stripe's own errors call themselves: a proxy's 4xx in JSON has none of these. Source: docs.stripe.com/api/errors */
const stripesTypes = new Set<string>(['api_error', 'card_error', 'idempotency_error', 'invalid_request_error']);

/** A refusal is a 4xx. Not among them: that Stripe, or what Stripe depends on, did not finish in time. Source: docs.stripe.com/error-low-level */
function isUndecided(status: number): boolean {
  return status < 400 || status >= 500 || status === 408 || status === 424;
}

/** Something answered, and it was not Stripe, or not in a form we know. */
export function unreadableAnswer(stripeRequestId: string | null): StripeFailure {
  return { ...unknown(notStripes), stripeCode: null, httpStatus: null, stripeRequestId, replayed: false };
}

/** The answer came too slowly to wait for its end. */
export const lateAnswer: StripeFailure = {
  ...unknown('Stripe did not answer in time.'),
  stripeCode: null,
  httpStatus: null,
  stripeRequestId: null,
  replayed: false,
};
