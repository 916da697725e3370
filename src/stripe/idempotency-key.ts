import { assert } from '../base/assert.js';

declare const keyBrand: unique symbol;

/** The key of one write to Stripe. Only made here, from an id of our own, so that the same record always sends the same key. */
export type IdempotencyKey = string & { readonly [keyBrand]: true };

const lengthMax = 255; // Source: docs.stripe.com/api/idempotent_requests

/** The key of what is done once for one record: `checkout` for a purchase session, say. A later `generation` is a new attempt after a definite no. */
export function recordKey(what: string, recordId: string, generation = 1): IdempotencyKey {
  const key = `holdfast:${what}:${recordId}:${generation}`;
  assert(key.length <= lengthMax, 'an idempotency key longer than Stripe takes');
  return key as IdempotencyKey;
}

/** The key that an operation's row carries. */
export function storedKey(key: string): IdempotencyKey {
  return key as IdempotencyKey;
}
