import type { Stripe } from 'stripe';
import type { Work } from '../db/work.js';
import { epochSecondsOf, idOf, read } from './client.js';
import type { StripeResult } from './result.js';
import type { Scope } from './scope.js';

/** A page of what was made on an account since an instant. */
export interface RecentPage {
  /** The objects' ids, newest first, each with the charge it is about and, if it has one, its state in Stripe's word. */
  rows: { id: string; chargeId: string | null; status: string | null }[];
  /** The last one, to go on from; null where nothing follows. */
  nextAfter: string | null;
}

const pageMax = 100; // Stripe's own most

/** A page of the refunds made on an account since an instant, by whomever: the newest, or those before one of them. */
export function listRecentRefunds(work: Work, scope: Scope, since: Date, after: string | null): Promise<StripeResult<RecentPage>> {
  return read(work, 'refunds.list', scope, (sdk, options) => sdk.refunds.list(pageFrom(since, after), options), pageOf);
}

/** The same of what buyers' banks suspect. */
export function listRecentFraudWarnings(work: Work, scope: Scope, since: Date, after: string | null): Promise<StripeResult<RecentPage>> {
  return read(
    work,
    'radar.early_fraud_warnings.list',
    scope,
    (sdk, options) => sdk.radar.earlyFraudWarnings.list(pageFrom(since, after), options),
    pageOf,
  );
}

/** The same of disputes. */
export function listRecentDisputes(work: Work, scope: Scope, since: Date, after: string | null): Promise<StripeResult<RecentPage>> {
  return read(work, 'disputes.list', scope, (sdk, options) => sdk.disputes.list(pageFrom(since, after), options), pageOf);
}

function pageFrom(since: Date, after: string | null) {
  return { limit: pageMax, created: { gte: epochSecondsOf(since) }, ...(after === null ? {} : { starting_after: after }) };
}

function pageOf({ data, has_more }: Stripe.ApiList<Stripe.Refund | Stripe.Dispute | Stripe.Radar.EarlyFraudWarning>): RecentPage {
  const rows = data.map((object) => ({ id: object.id, chargeId: idOf(object.charge), status: 'status' in object ? object.status : null }));
  return { rows, nextAfter: has_more ? (data.at(-1)?.id ?? null) : null };
}
