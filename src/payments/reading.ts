import { sql } from 'kysely';
import { authorize, isAllowed } from '../access/permissions.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { Denied, notFound } from '../base/errors.js';
import { firstIdFrom } from '../base/ids.js';
import { subtractMinor } from '../base/money.js';
import { follows, type Order, type Page, type PageRequest, pageOf, pagesOf, type TimeOrder, timeOrders } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { CommissionSnapshotRow } from './commission-snapshot.js';
import type { MembershipRow, MembershipStatus } from './membership.js';
import type { PaymentRow } from './payment.js';
import type { RefundRow } from './refund.js';

export const paymentStatuses = ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'DISPUTED', 'CHARGED_BACK'] as const;
/** Derived from what a bank took back, and what was given back. */
export type PaymentStatus = (typeof paymentStatuses)[number];

export function statusOfPayment({
  amountMinor,
  refundedMinor,
  disputeState,
}: Pick<PaymentRow, 'amountMinor' | 'refundedMinor' | 'disputeState'>): PaymentStatus {
  if (disputeState === 'OPEN') return 'DISPUTED';
  if (disputeState === 'LOST') return 'CHARGED_BACK';
  if (refundedMinor === 0) return 'PAID';
  return refundedMinor < amountMinor ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

export interface PaymentFilter {
  accountId: string | null;
  /** An id of ours or Stripe's, or the buyer's whole e-mail address. */
  search: string | null;
  status: PaymentStatus[] | null;
  currency?: string | null;
  /** Paid then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: PaymentOrder | null;
}

export const paymentOrders = {
  ...timeOrders,
  LARGEST: { column: 'amountMinor', direction: 'desc' },
  SMALLEST: { column: 'amountMinor', direction: 'asc' },
} as const satisfies Record<string, Order>;
export type PaymentOrder = keyof typeof paymentOrders;

/** Payments, newest first where nothing else is asked for: a seller's own, or for staff those of any or one account. Another's account shows none. By amount only within a currency. */
export async function listPayments(work: Work, viewer: Viewer, filter: PaymentFilter, request: PageRequest): Promise<Page<PaymentRow>> {
  const accountId = scopeOf(viewer, 'payments', filter.accountId);
  const { currency, from, until } = filter;
  const order = paymentOrders[filter.order ?? 'NEWEST'];
  if (order.column !== 'id' && !currency) throw new Denied('BAD_USER_INPUT', 'Amounts are compared within one currency: say which.');
  let query = work.read
    .selectFrom('payment')
    .selectAll()
    .where(follows('payment', order, request.after))
    .orderBy(order.column, order.direction)
    .orderBy('id', order.direction)
    .limit(request.first + 1);
  if (accountId) query = query.where('accountId', '=', accountId);
  if (currency) query = query.where('currency', '=', currency);
  if (from) query = query.where('paidAt', '>=', from);
  if (until) query = query.where('paidAt', '<', until);
  if (filter.search) {
    const { search } = filter;
    query = query.where((row) =>
      row.or((['id', 'email', 'checkoutSessionId', 'paymentIntentId', 'chargeId', 'invoiceId'] as const).map((column) => row(column, '=', search))),
    );
  }
  if (filter.status) query = query.where(sql<boolean>`${statusInSql} = any(${filter.status})`);
  return pageOf(await query.execute(), request);
}

/** `statusOfPayment`, in SQL. */
const statusInSql = sql`case when payment.dispute_state = 'OPEN' then 'DISPUTED' when payment.dispute_state = 'LOST' then 'CHARGED_BACK' when payment.refunded_minor = 0 then 'PAID' when payment.refunded_minor < payment.amount_minor then 'PARTIALLY_REFUNDED' else 'REFUNDED' end`;

/** The same page of each of several accounts' payments, in one statement, for loaders. Refuses accounts that are not the viewer's to read. */
export async function paymentPagesOf(
  work: Work,
  viewer: Viewer,
  accountIds: readonly string[],
  { status }: Pick<PaymentFilter, 'status'>,
  request: PageRequest,
): Promise<Page<PaymentRow>[]> {
  for (const accountId of accountIds) scopeOf(viewer, 'payments', accountId);
  const wanted = status ? sql`${statusInSql} = any(${status})` : sql`true`;
  return pagesOf(work.read, 'payment', accountIds, sql<boolean>`payment.account_id = owner.id and ${wanted}`, request);
}

export interface MembershipFilter {
  accountId: string | null;
  search: string | null;
  status: MembershipStatus[] | null;
  currency?: string | null;
  /** Begun then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: TimeOrder | null;
}

/** Memberships, newest first where nothing else is asked for, in the same reach as payments. */
export async function listMemberships(work: Work, viewer: Viewer, filter: MembershipFilter, request: PageRequest): Promise<Page<MembershipRow>> {
  const accountId = scopeOf(viewer, 'memberships', filter.accountId);
  const { currency, from, until } = filter;
  const order = timeOrders[filter.order ?? 'NEWEST'];
  let query = work.read
    .selectFrom('membership')
    .selectAll()
    .where(follows('membership', order, request.after))
    .orderBy('id', order.direction)
    .limit(request.first + 1);
  if (accountId) query = query.where('accountId', '=', accountId);
  if (currency) query = query.where('currency', '=', currency);
  if (from) query = query.where('id', '>=', firstIdFrom('membership', from));
  if (until) query = query.where('id', '<', firstIdFrom('membership', until));
  if (filter.search) {
    const { search } = filter;
    query = query.where((row) => row.or((['id', 'email', 'stripeSubscriptionId'] as const).map((column) => row(column, '=', search))));
  }
  if (filter.status) query = query.where(sql<boolean>`membership.status = any(${filter.status})`);
  return pageOf(await query.execute(), request);
}

/** The same page of each of several accounts' memberships, as `paymentPagesOf`. */
export async function membershipPagesOf(
  work: Work,
  viewer: Viewer,
  accountIds: readonly string[],
  { status }: Pick<MembershipFilter, 'status'>,
  request: PageRequest,
): Promise<Page<MembershipRow>[]> {
  for (const accountId of accountIds) scopeOf(viewer, 'memberships', accountId);
  const wanted = status ? sql`membership.status = any(${status})` : sql`true`;
  return pagesOf(work.read, 'membership', accountIds, sql<boolean>`membership.account_id = owner.id and ${wanted}`, request);
}

/** Whose rows a list shows: one account's, or null for all. */
function scopeOf(viewer: Viewer, action: 'payments' | 'memberships', accountId: string | null): string | null {
  const asked = accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, action, asked === null ? null : { accountId: asked });
  return asked;
}

/** One payment, for its seller and for staff. */
export async function readPayment(work: Work, viewer: Viewer, id: string): Promise<PaymentRow> {
  authorize(viewer, 'payment', ownAccountOf(viewer));
  const payment = await work.read.selectFrom('payment').selectAll().where('id', '=', id).executeTakeFirst();
  if (!payment || !isAllowed(viewer, 'payment', payment)) throw notFound('payment', id);
  return payment;
}

/** One membership, for its seller and for staff. */
export async function readMembership(work: Work, viewer: Viewer, id: string): Promise<MembershipRow> {
  authorize(viewer, 'memberships', ownAccountOf(viewer));
  const membership = await work.read.selectFrom('membership').selectAll().where('id', '=', id).executeTakeFirst();
  if (!membership || !isAllowed(viewer, 'memberships', membership)) throw notFound('membership', id);
  return membership;
}

/** The splits of several payments, for loaders. */
export function snapshotsByPayment(work: Work, paymentIds: readonly string[]): Promise<CommissionSnapshotRow[]> {
  return work.read.selectFrom('commissionSnapshot').selectAll().where('paymentId', 'in', paymentIds).execute();
}

/** What was asked to be given back of a payment, the newest first. */
export function refundsOfPayment(work: Work, paymentId: string): Promise<RefundRow[]> {
  return work.read.selectFrom('refund').selectAll().where('paymentId', '=', paymentId).orderBy('id', 'desc').execute();
}

/** What an account has taken so far, in one currency. */
export interface Revenue {
  currency: string;
  grossMinor: number;
  platformFeesMinor: number;
  refundedMinor: number;
  netMinor: number;
  activeMemberCount: number;
  paymentCount: number;
}

/** The revenue of several accounts, each in the currency it has taken most payments in, else in that of its prices. One statement, for loaders. */
export async function revenuesOf(work: Work, accountIds: readonly string[]): Promise<Revenue[]> {
  const found = await work.read
    .selectFrom('account')
    .leftJoinLateral(
      ({ selectFrom }) =>
        selectFrom('payment')
          .innerJoin('commissionSnapshot as split', 'split.paymentId', 'payment.id')
          .select((row) => [
            'payment.currency',
            row.fn.sum<number>('payment.amountMinor').as('grossMinor'),
            feesKept.as('feesMinor'),
            row.fn.sum<number>('payment.refundedMinor').as('refundedMinor'),
            row.fn.countAll<number>().as('paymentCount'),
          ])
          .whereRef('payment.accountId', '=', 'account.id')
          .groupBy('payment.currency')
          .orderBy('paymentCount', 'desc')
          .orderBy('payment.currency')
          .limit(1)
          .as('taken'),
      (join) => join.onTrue(),
    )
    .select(['account.id', 'account.oneTimeCurrency', 'account.membershipCurrency'])
    .select(['taken.currency', 'taken.grossMinor', 'taken.feesMinor', 'taken.refundedMinor', 'taken.paymentCount'])
    .select(({ selectFrom }) =>
      selectFrom('membership')
        .select((row) => row.fn.countAll<number>().as('count'))
        .whereRef('membership.accountId', '=', 'account.id')
        .where('membership.status', 'in', ['ACTIVE', 'TRIALING', 'PAST_DUE'])
        .where('membership.endedBecause', 'is', null)
        .as('activeMemberCount'),
    )
    .where('account.id', 'in', accountIds)
    .execute();
  const byAccount = new Map(found.map((row) => [row.id, row]));
  return accountIds.map((accountId) => {
    const row = known(byAccount.get(accountId), `the account ${accountId}`);
    const [grossMinor, platformFeesMinor, refundedMinor] = [Number(row.grossMinor ?? 0), Number(row.feesMinor ?? 0), Number(row.refundedMinor ?? 0)];
    return {
      currency: row.currency ?? row.oneTimeCurrency ?? row.membershipCurrency ?? 'USD',
      grossMinor,
      platformFeesMinor,
      refundedMinor,
      netMinor: subtractMinor(subtractMinor(grossMinor, platformFeesMinor), refundedMinor),
      activeMemberCount: Number(row.activeMemberCount ?? 0),
      paymentCount: Number(row.paymentCount ?? 0),
    };
  });
}

/** One account's revenue. */
export async function revenueOf(work: Work, accountId: string): Promise<Revenue> {
  return known((await revenuesOf(work, [accountId]))[0], `the revenue of ${accountId}`);
}

/** What the platform keeps: refunds return the fee in proportion, halves up. */
export const feesKept = sql<string>`sum(split.platform_fee_minor - (2 * split.platform_fee_minor * payment.refunded_minor + payment.amount_minor) / (2 * payment.amount_minor))`;

/** One split, for those who may see its payment. */
export async function readSnapshot(work: Work, viewer: Viewer, id: string): Promise<CommissionSnapshotRow> {
  authorize(viewer, 'payment', ownAccountOf(viewer));
  const found = await work.read
    .selectFrom('commissionSnapshot')
    .innerJoin('payment', 'payment.id', 'commissionSnapshot.paymentId')
    .selectAll('commissionSnapshot')
    .select('payment.accountId')
    .where('commissionSnapshot.id', '=', id)
    .executeTakeFirst();
  if (!found || !isAllowed(viewer, 'payment', found)) throw notFound('commission snapshot', id);
  return found;
}

/** The same page of the purchases in each of several settlements, for loaders. Whoever may read the settlement may read them. */
export function paymentsOfSettlements(work: Work, settlementIds: readonly string[], request: PageRequest): Promise<Page<PaymentRow>[]> {
  const belongs = sql<boolean>`payment.id in (select payment_id from settlement_line where settlement_id = owner.id)`;
  return pagesOf(work.read, 'payment', settlementIds, belongs, request);
}

/** How many units of several offerings were bought and not refunded in full, for loaders; in the order asked. */
export async function unitsSoldOf(work: Work, offeringIds: readonly string[]): Promise<number[]> {
  const rows = await work.read
    .selectFrom('payment')
    .select((row) => ['offeringId', row.fn.sum<string>('quantity').as('units')])
    .where('offeringId', 'in', offeringIds)
    .whereRef('refundedMinor', '<', 'amountMinor')
    .groupBy('offeringId')
    .execute();
  const byOffering = new Map(rows.map(({ offeringId, units }) => [offeringId, Number(units)]));
  return offeringIds.map((id) => byOffering.get(id) ?? 0);
}

/** Several payments, in one statement, for loaders. */
export function paymentsByIds(work: Work, ids: readonly string[]): Promise<PaymentRow[]> {
  return work.read.selectFrom('payment').selectAll().where('id', 'in', ids).execute();
}
