import { Refusal } from '../base/errors.js';
import type { StripeFailure } from './result.js';

/** A failure of Stripe's as an answer to the person who waits: what came of it, and what to do next. */
export function refusalOf(failure: StripeFailure, whatCameOfIt: string, path: string[] | null = null): Refusal {
  switch (failure.kind) {
    case 'REFUSED':
      return new Refusal(
        failure.code === 'ACCOUNT_DISCONNECTED' ? 'NOT_CONNECTED' : 'STRIPE_REFUSED',
        `${whatCameOfIt}: ${failure.message}`,
        path,
        remedies[failure.code] ?? 'Correct it and try again.',
      );
    case 'DEFECT':
      return new Refusal(
        'STRIPE_REFUSED',
        `${whatCameOfIt}: ${failure.message}`,
        path,
        'This is a defect of the server; its operator finds the request in the log.',
      );
    case 'PLATFORM':
      return new Refusal('STRIPE_UNAVAILABLE', `${whatCameOfIt}: ${failure.message}`, path, 'The operator checks the platform’s Stripe key.');
    case 'NOT_RUN':
    case 'IN_FLIGHT':
    case 'UNKNOWN':
      return new Refusal('STRIPE_UNAVAILABLE', `${whatCameOfIt}: ${failure.message}`, path, 'Try again in a minute.');
  }
}

const remedies: Partial<Record<StripeFailure['code'], string>> = {
  ACCOUNT_DISCONNECTED: 'The seller connects to Stripe again.',
  ACCOUNT_RESTRICTED: 'The seller answers Stripe’s open questions.',
  INSUFFICIENT_BALANCE: 'Try again when the money has become available.',
};
