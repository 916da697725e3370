import type { AuditEntryRow } from '../../access/audit/audit-entry.js';
import { listAuditLog } from '../../access/audit/reading.js';
import { isAllowed } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import type { AccountRow } from '../../accounts/account.js';
import { accountStatuses, statusOf } from '../../accounts/readiness.js';
import { type AccountOrder, accountOrders, activeConnections, listAccounts } from '../../accounts/reading.js';
import { dayMs, dayOfText, later } from '../../base/clock.js';
import { maskEmail } from '../../base/email.js';
import { Denied } from '../../base/errors.js';
import { decimalText } from '../../base/money.js';
import { type Page, type PageRequest, type TimeOrder, timeOrders } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { type DisputeRow, disputeStatuses } from '../../disputes/dispute.js';
import { type DisputeOrder, disputeOrders, listDisputes } from '../../disputes/reading.js';
import { type InboxEventRow, inboxStates } from '../../events/inbox-event.js';
import { listDeliveries } from '../../events/outgoing/reading.js';
import { deliveryStates, type WebhookDeliveryRow } from '../../events/outgoing/webhook-delivery.js';
import { listEvents } from '../../events/reading.js';
import { type MembershipRow, membershipStatuses } from '../../payments/membership.js';
import type { PaymentRow } from '../../payments/payment.js';
import { listMemberships, listPayments, type PaymentOrder, paymentOrders, paymentStatuses, statusOfPayment } from '../../payments/reading.js';
import { listSettlements, type SettlementOrder, settlementOrders, sumsOf } from '../../settlements/reading.js';
import { type SettlementRow, settlementStatuses } from '../../settlements/settlement.js';
import { failureCodes } from '../../stripe/result.js';
import type { Cell } from '../csv.js';

/** Who asks for a list, and what the address says of its filter. */
export interface Asked {
  work: Work;
  viewer: Viewer;
  text(name: string): string | null;
  oneOf<T extends string>(name: string, known: readonly T[]): T | null;
  someOf<T extends string>(name: string, known: readonly T[]): T[] | null;
}

/** A list as a file: its columns, its pages, and the cells of each row. */
export interface Exported<Row> {
  columns: readonly string[];
  list(page: PageRequest): Promise<Page<Row>>;
  cellsOf(rows: Row[]): Promise<Cell[][]>;
}

/** Every list that can be had as a file, by its name in the address. What each shows is for the list itself to allow. */
export const exportedLists = { payments, settlements, memberships, disputes, sellers, events, deliveries, changes };

function payments({ work, viewer, text, oneOf, someOf }: Asked): Exported<PaymentRow> {
  const filter = {
    accountId: text('account'),
    search: text('search'),
    status: someOf('status', paymentStatuses),
    currency: text('currency'),
    ...daysIn(text),
    order: oneOf('order', Object.keys(paymentOrders) as PaymentOrder[]),
  };
  return {
    columns: [
      ...['id', 'paid_at', 'account_id', 'kind', 'status', 'buyer_email', 'quantity', 'currency', 'amount', 'amount_minor'],
      ...['refunded', 'refunded_minor', 'stripe_payment_intent', 'stripe_charge'],
    ],
    list: (page) => listPayments(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => {
        const { currency, amountMinor, refundedMinor } = row;
        return [
          ...[row.id, row.paidAt.toISOString(), row.accountId, row.kind, statusOfPayment(row), emailOf(viewer, row), row.quantity],
          ...[currency, decimalText(amountMinor, currency), amountMinor, decimalText(refundedMinor, currency), refundedMinor],
          ...[row.paymentIntentId, row.chargeId],
        ];
      }),
  };
}

function settlements({ work, viewer, text, oneOf, someOf }: Asked): Exported<SettlementRow> {
  const filter = {
    accountId: text('account'),
    status: someOf('status', settlementStatuses),
    search: text('search'),
    cause: someOf('cause', failureCodes),
    currency: text('currency'),
    dueFrom: daysIn(text).from,
    dueUntil: daysIn(text).until,
    order: oneOf('order', Object.keys(settlementOrders) as SettlementOrder[]),
  };
  return {
    columns: [
      ...['id', 'account_id', 'offering_id', 'status', 'cause', 'due_at', 'settled_at', 'currency', 'amount', 'amount_minor'],
      ...['reversed', 'reversed_minor', 'stripe_transfer'],
    ],
    list: (page) => listSettlements(work, viewer, filter, page),
    cellsOf: async (rows) => {
      const ids = rows.map(({ id }) => id);
      const sums = await sumsOf(work, ids);
      return rows.map((row, at) => {
        const { currency, reversedMinor } = row;
        const amountMinor = row.amountMinor ?? sums[at]?.amountMinor ?? 0;
        return [
          ...[row.id, row.accountId, row.offeringId, row.status, row.failureCode, row.dueAt.toISOString(), row.settledAt?.toISOString() ?? null],
          ...[currency, decimalText(amountMinor, currency), amountMinor, decimalText(reversedMinor, currency), reversedMinor, row.stripeTransferId],
        ];
      });
    },
  };
}

function memberships({ work, viewer, text, oneOf, someOf }: Asked): Exported<MembershipRow> {
  const filter = {
    accountId: text('account'),
    search: text('search'),
    status: someOf('status', membershipStatuses),
    currency: text('currency'),
    ...daysIn(text),
    order: oneOf('order', byTime),
  };
  return {
    columns: [
      ...['id', 'created_at', 'account_id', 'status', 'member_email', 'interval', 'currency', 'price', 'price_minor'],
      ...['paid_until', 'ends_then', 'stripe_subscription'],
    ],
    list: (page) => listMemberships(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => [
        ...[row.id, row.createdAt.toISOString(), row.accountId, row.status, emailOf(viewer, row), row.interval, row.currency],
        ...[decimalText(row.priceMinor, row.currency), row.priceMinor, row.currentPeriodEnd?.toISOString() ?? null],
        ...[row.cancelAtPeriodEnd ? 'yes' : 'no', row.stripeSubscriptionId],
      ]),
  };
}

function disputes({ work, viewer, text, oneOf, someOf }: Asked): Exported<DisputeRow> {
  const filter = {
    accountId: text('account'),
    search: text('search'),
    status: someOf('status', disputeStatuses),
    currency: text('currency'),
    ...daysIn(text),
    order: oneOf('order', Object.keys(disputeOrders) as DisputeOrder[]),
  };
  return {
    columns: [
      ...['id', 'opened_at', 'account_id', 'payment_id', 'status', 'reason', 'currency', 'amount', 'amount_minor', 'fee_minor'],
      ...['evidence_due_by', 'closed_at', 'stripe_dispute'],
    ],
    list: (page) => listDisputes(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => [
        ...[row.id, row.openedAt.toISOString(), row.accountId, row.paymentId, row.status, row.reason, row.currency],
        ...[decimalText(row.amountMinor, row.currency), row.amountMinor, row.feeMinor],
        ...[row.evidenceDueBy?.toISOString() ?? null, row.closedAt?.toISOString() ?? null, row.stripeDisputeId],
      ]),
  };
}

function sellers({ work, viewer, text, oneOf, someOf }: Asked): Exported<AccountRow> {
  const filter = {
    search: text('search'),
    status: someOf('status', accountStatuses),
    ...daysIn(text),
    order: oneOf('order', Object.keys(accountOrders) as AccountOrder[]),
  };
  return {
    columns: ['id', 'name', 'created_at', 'status', 'stripe_account'],
    list: (page) => listAccounts(work, viewer, filter, page),
    cellsOf: async (rows) => {
      const ids = rows.map(({ id }) => id);
      const connections = new Map((await activeConnections(work, ids)).map((row) => [row.accountId, row]));
      return rows.map(({ id, displayName, createdAt }) => {
        const connected = connections.get(id) ?? null;
        return [id, displayName, createdAt.toISOString(), statusOf(connected), connected?.stripeAccountId ?? null];
      });
    },
  };
}

function events({ work, viewer, text, oneOf, someOf }: Asked): Exported<InboxEventRow> {
  const filter = {
    state: someOf('status', inboxStates),
    stream: text('stream'),
    type: text('type'),
    search: text('search'),
    ...daysIn(text),
    order: oneOf('order', byTime),
  };
  return {
    columns: ['id', 'received_at', 'happened_at', 'stream', 'type', 'object', 'state', 'source', 'tries', 'error', 'concluded_at', 'stripe_event'],
    list: (page) => listEvents(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => [
        ...[row.id, row.receivedAt.toISOString(), row.happenedAt.toISOString(), row.stream, row.type, row.objectId, row.state, row.source],
        ...[row.attemptCount, row.error, row.concludedAt?.toISOString() ?? null, row.stripeEventId],
      ]),
  };
}

function deliveries({ work, viewer, text, oneOf, someOf }: Asked): Exported<WebhookDeliveryRow> {
  const filter = {
    endpointId: text('endpoint') ?? '',
    state: someOf('status', deliveryStates),
    search: text('search'),
    ...daysIn(text),
    order: oneOf('order', byTime),
  };
  return {
    columns: ['id', 'recorded_at', 'endpoint_id', 'topic', 'subject_id', 'sequence', 'state', 'tries', 'concluded_at'],
    list: (page) => listDeliveries(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => [
        ...[row.id, row.recordedAt.toISOString(), row.endpointId, row.topic, row.subjectId, row.sequence, row.state, row.attemptCount],
        row.concludedAt?.toISOString() ?? null,
      ]),
  };
}

function changes({ work, viewer, text, oneOf }: Asked): Exported<AuditEntryRow> {
  const filter = { accountId: text('account'), actor: null, subjectId: null, search: text('search'), ...daysIn(text), order: oneOf('order', byTime) };
  return {
    columns: ['id', 'recorded_at', 'actor', 'role', 'action', 'subject_id', 'account_id', 'before', 'after', 'request_id'],
    list: (page) => listAuditLog(work, viewer, filter, page),
    cellsOf: async (rows) =>
      rows.map((row) => [
        ...[row.id, row.recordedAt.toISOString(), row.actor, row.role, row.action, row.subjectId, row.accountId],
        ...[row.before && JSON.stringify(row.before), row.after && JSON.stringify(row.after), row.requestId],
      ]),
  };
}

const byTime = Object.keys(timeOrders) as TimeOrder[];

function emailOf(viewer: Viewer, row: { accountId: string; email: string }): string {
  return isAllowed(viewer, 'Payment.email', row) ? row.email : maskEmail(row.email);
}

/** The instant at which a day of the address begins, in UTC. */
function dayIn(name: string, text: Asked['text']): Date | null {
  const written = text(name);
  if (written === null) return null;
  const day = dayOfText(written);
  if (!day) throw new Denied('BAD_USER_INPUT', `${name} ${JSON.stringify(written.slice(0, 40))} is no day such as 2026-11-30.`);
  return day;
}

/** The days of the address, in UTC, the last one included: from the instant at which the first begins until that at which the last is over. */
function daysIn(text: Asked['text']): { from: Date | null; until: Date | null } {
  const last = dayIn('until', text);
  return { from: dayIn('from', text), until: last && later(last, dayMs) };
}
