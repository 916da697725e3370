import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { read } from './client.js';
import { unreadableAnswer } from './failures.js';
import type { StripeFailure, StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** Parameters of one page of a list. */
export interface PageOf {
  limit: number;
  starting_after?: string;
}

const pageMax = 100; // Stripe's own most
const pagesMax = 50; // far beyond any charge, transfer or seller's memberships; one request each

/**
 * A whole list of Stripe's, newest first, page after page. Refused rather than cut short: who looks in it for what may have been made
 * would take an object on a page not read for one that was never made, and make it again.
 */
export async function readWhole<T extends { id: string }, V>(
  work: Work,
  endpoint: string,
  scope: Scope,
  sendPage: (sdk: Stripe, page: PageOf, options: Stripe.RequestOptions) => Promise<Stripe.ApiList<T>>,
  factsOf: (object: T) => V,
): Promise<StripeResult<V[]>> {
  const rows: V[] = [];
  let after: string | undefined;
  for (let count = 0; count < pagesMax; count++) {
    const page: PageOf = { limit: pageMax, ...(after === undefined ? {} : { starting_after: after }) };
    const listed = await read(
      work,
      endpoint,
      scope,
      (sdk, options) => sendPage(sdk, page, options),
      ({ data, has_more }) => ({ facts: data.map(factsOf), last: data.at(-1)?.id, hasMore: has_more }),
    );
    if (!listed.ok) return listed;
    const { facts, last, hasMore } = listed.value;
    rows.push(...facts);
    if (!hasMore) return { ...listed, value: rows };
    if (last === undefined) return { ok: false, failure: unreadableAnswer(listed.stripeRequestId) }; // more, but after nothing
    after = last;
  }
  return { ok: false, failure: tooMany(endpoint) };
}

function tooMany(endpoint: string): StripeFailure {
  return {
    kind: 'REFUSED',
    code: 'UNCLASSIFIED',
    message: `The list ${endpoint} has more than ${pagesMax * pageMax} objects.`,
    stripeCode: null,
    httpStatus: null,
    stripeRequestId: null,
    replayed: false,
  };
}
