import type DataLoader from 'dataloader';
import Loader from 'dataloader';
import { namesOfActors, sealedOf } from '../src/access/audit/reading.js';
import type { Viewer } from '../src/access/viewer.js';
import type { AccountRow } from '../src/accounts/account.js';
import type { CommissionPlanRow } from '../src/accounts/commission-plan.js';
import { commissionPlansOf } from '../src/accounts/commission-terms.js';
import type { ConnectedAccountRow } from '../src/accounts/connected-account.js';
import { accountsByIds, accountsByStripeIds, activeConnections, connectionHistories } from '../src/accounts/reading.js';
import { known } from '../src/base/assert.js';
import type { Page, PageRequest } from '../src/db/paging.js';
import type { Work } from '../src/db/work.js';
import type { DisputeRow } from '../src/disputes/dispute.js';
import { disputesByPayment, reversedForDisputes } from '../src/disputes/reading.js';
import { attemptsOfDeliveries } from '../src/events/outgoing/reading.js';
import type { WebhookAttemptRow } from '../src/events/outgoing/webhook-delivery.js';
import type { OfferingRow } from '../src/offerings/offering.js';
import { offeringPagesOf, offeringsByIds } from '../src/offerings/reading.js';
import type { CommissionSnapshotRow } from '../src/payments/commission-snapshot.js';
import type { MembershipRow, MembershipStatus } from '../src/payments/membership.js';
import type { PaymentRow } from '../src/payments/payment.js';
import {
  membershipPagesOf,
  type PaymentStatus,
  paymentPagesOf,
  paymentsByIds,
  paymentsOfSettlements,
  type Revenue,
  revenuesOf,
  snapshotsByPayment,
  unitsSoldOf,
} from '../src/payments/reading.js';
import type { Parts } from '../src/settlements/explaining.js';
import {
  type AccountBalance,
  accountBalancesOf,
  attemptsOf,
  partsOf,
  type SettlementAttempt,
  type SettlementSum,
  settlementPagesOf,
  settlementsByOffering,
  settlementsByPayment,
  sumsOf,
} from '../src/settlements/reading.js';
import type { SettlementRow, SettlementStatus } from '../src/settlements/settlement.js';

/** What edges load, each kind in one statement per level of a query. */
export interface Loaders {
  account: DataLoader<string, AccountRow>;
  /** What people and keys are called; null for whom the viewer may not see. */
  actorName: DataLoader<string, string | null>;
  /** Whether an entry of the audit log is in its chain. */
  sealed: DataLoader<string, boolean>;
  /** By Stripe's id of an account, past or present; null for one that is none of ours. */
  accountOfStripe: DataLoader<string, AccountRow | null>;
  connection: DataLoader<string, ConnectedAccountRow | null>;
  connectionHistory: DataLoader<string, ConnectedAccountRow[]>;
  /** By account: its own plans that hold or will. */
  plans: DataLoader<string, CommissionPlanRow[]>;
  snapshot: DataLoader<string, CommissionSnapshotRow>;
  revenue: DataLoader<string, Revenue>;
  payment: DataLoader<string, PaymentRow>;
  disputes: DataLoader<string, DisputeRow[]>;
  /** What was taken back and not given back, by dispute. */
  reversedForDispute: DataLoader<string, number>;
  offering: DataLoader<string, OfferingRow>;
  /** Units sold, by offering. */
  sold: DataLoader<string, number>;
  accountBalance: DataLoader<string, AccountBalance>;
  settlementSum: DataLoader<string, SettlementSum>;
  settlementParts: DataLoader<string, Parts>;
  attempts: DataLoader<string, SettlementAttempt[]>;
  /** The tries of a webhook delivery. */
  deliveryAttempts: DataLoader<string, WebhookAttemptRow[]>;
  settlementOfPayment: DataLoader<string, SettlementRow | null>;
  settlementsOfOffering: DataLoader<string, SettlementRow[]>;
  /** By settlement: the page of its purchases that was asked for. */
  settlementPayments(asked: PageRequest): DataLoader<string, Page<PaymentRow>>;
  /** By account: the page of its settlements that was asked for. */
  settlements(asked: ListRequest<SettlementStatus>): DataLoader<string, Page<SettlementRow>>;
  /** By account: the page of its offerings that was asked for. */
  offerings(asked: PageRequest): DataLoader<string, Page<OfferingRow>>;
  /** By account: the page of its payments that was asked for. */
  payments(asked: ListRequest<PaymentStatus>): DataLoader<string, Page<PaymentRow>>;
  /** By account: the page of its memberships that was asked for. */
  memberships(asked: ListRequest<MembershipStatus>): DataLoader<string, Page<MembershipRow>>;
}

/** A page of a list inside of objects of another list: the same for each of them. */
export interface ListRequest<Status> extends PageRequest {
  status: Status[] | null;
}

/** What every resolver of one request shares. */
export interface Context {
  work: Work;
  viewer: Viewer;
  requestId: string;
  /** The Idempotency-Key header, for a document with one mutation. */
  idempotencyKey: string | null;
  /** Gives the caller's browser another session; not there where the caller has none. */
  renewSession?(token: string): void;
  loaders: Loaders;
}

export function contextOf(request: Omit<Context, 'loaders'>): Context {
  return { ...request, loaders: loadersOf(request.work, request.viewer) };
}

function loadersOf(work: Work, viewer: Viewer): Loaders {
  return {
    account: byKey(
      (ids) => accountsByIds(work, ids),
      (row) => row.id,
      (row, id) => known(row, `account ${id}`),
    ),
    accountOfStripe: new Loader((ids) => accountsByStripeIds(work, ids)),
    actorName: new Loader((ids) => namesOfActors(work, ids)),
    sealed: new Loader((ids) => sealedOf(work, ids)),
    connection: byKey(
      (ids) => activeConnections(work, ids),
      (row) => row.accountId,
      (row) => row ?? null,
    ),
    connectionHistory: new Loader(async (ids) => {
      const rows = Map.groupBy(await connectionHistories(work, ids), (row) => row.accountId);
      return ids.map((id) => rows.get(id) ?? []);
    }),
    plans: new Loader(async (ids) => {
      const rows = Map.groupBy(await commissionPlansOf(work, ids), (row) => row.accountId);
      return ids.map((id) => rows.get(id) ?? []);
    }),
    snapshot: byKey(
      (ids) => snapshotsByPayment(work, ids),
      (row) => row.paymentId,
      (row, id) => known(row, `the snapshot of ${id}`),
    ),
    revenue: new Loader((ids) => revenuesOf(work, ids)),
    payment: byKey(
      (ids) => paymentsByIds(work, ids),
      (row) => row.id,
      (row, id) => known(row, `payment ${id}`),
    ),
    disputes: new Loader((ids) => disputesByPayment(work, ids)),
    reversedForDispute: new Loader((ids) => reversedForDisputes(work, ids)),
    offering: byKey(
      (ids) => offeringsByIds(work, ids),
      (row) => row.id,
      (row, id) => known(row, `offering ${id}`),
    ),
    sold: new Loader((ids) => unitsSoldOf(work, ids)),
    accountBalance: new Loader((ids) => accountBalancesOf(work, ids)),
    settlementSum: new Loader((ids) => sumsOf(work, ids)),
    settlementParts: new Loader((ids) => partsOf(work, ids)),
    deliveryAttempts: new Loader((ids) => attemptsOfDeliveries(work, ids)),
    attempts: new Loader((ids) => attemptsOf(work, ids)),
    settlementOfPayment: new Loader((ids) => settlementsByPayment(work, ids)),
    settlementsOfOffering: new Loader((ids) => settlementsByOffering(work, ids)),
    settlementPayments: perRequest((asked, ids) => paymentsOfSettlements(work, ids, asked)),
    settlements: perRequest((asked, ids) => settlementPagesOf(work, viewer, ids, asked)),
    offerings: perRequest((asked, ids) => offeringPagesOf(work, viewer, ids, asked)),
    payments: perRequest((asked, ids) => paymentPagesOf(work, viewer, ids, asked, asked)),
    memberships: perRequest((asked, ids) => membershipPagesOf(work, viewer, ids, asked, asked)),
  };
}

function byKey<Row, Value>(
  load: (ids: readonly string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string,
  toValue: (row: Row | undefined, id: string) => Value,
): DataLoader<string, Value> {
  return new Loader(async (ids) => {
    const rows = new Map((await load(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => toValue(rows.get(id), id));
  });
}

/** One loader for each way a list is asked for in a document. */
function perRequest<Asked, Value>(load: (asked: Asked, ids: readonly string[]) => Promise<Value[]>): (asked: Asked) => DataLoader<string, Value> {
  const loaders = new Map<string, DataLoader<string, Value>>();
  return (asked) => {
    const key = JSON.stringify(asked);
    const loader = loaders.get(key) ?? new Loader((ids: readonly string[]) => load(asked, ids));
    loaders.set(key, loader);
    return loader;
  };
}
