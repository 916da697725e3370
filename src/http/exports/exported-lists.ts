import { isAllowed } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import type { AccountRow } from '../../accounts/account.js';
import { accountStatuses, statusOf } from '../../accounts/readiness.js';
import { activeConnections, listAccounts } from '../../accounts/reading.js';
import { dayMs, dayOfText, later } from '../../base/clock.js';
import { maskEmail } from '../../base/email.js';
import { Denied } from '../../base/errors.js';
import { decimalText } from '../../base/money.js';
import type { Page, PageRequest } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { type DisputeRow, disputeStatuses } from '../../disputes/dispute.js';
import { listDisputes } from '../../disputes/reading.js';
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
export const exportedLists = { payments, settlements, memberships, disputes, sellers };

function payments({ work, viewer, text, oneOf, someOf }: Asked): Exported<PaymentRow> {
  const filter = {
    accountId: text('account'),
    search: text('search'),
    status: someOf('status', paymentStatuses),
    currency: text('currency'),
    from: dayIn('from', text),
    until: dayAfter('until', text),
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
    cause: someOf('cause', failureCodes),
    currency: text('currency'),
    dueFrom: dayIn('from', text),
    dueUntil: dayAfter('until', text),
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

function memberships({ work, viewer, text, someOf }: Asked): Exported<MembershipRow> {
  const filter = { accountId: text('account'), search: text('search'), status: someOf('status', membershipStatuses) };
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

function disputes({ work, viewer, text, someOf }: Asked): Exported<DisputeRow> {
  const filter = { accountId: text('account'), status: someOf('status', disputeStatuses) };
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

function sellers({ work, viewer, text, someOf }: Asked): Exported<AccountRow> {
  const filter = { search: text('search'), status: someOf('status', accountStatuses) };
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

/** The instant at which a day of the address is over, in UTC. */
function dayAfter(name: string, text: Asked['text']): Date | null {
  const day = dayIn(name, text);
  return day && later(day, dayMs);
}
