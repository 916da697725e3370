import { sql } from 'kysely';
import { authorize, isAllowed } from '../access/permissions.js';
import { ownAccountOf, type Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { notFound } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { anyOf, follows, type Order, type Page, type PageRequest, pageOf, pagesOf, timeOrders } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { OperationAttemptRow } from '../operations/operation.js';
import type { FailureCode } from '../stripe/result.js';
import type { Parts } from './explaining.js';
import type { SettlementRow, SettlementStatus } from './settlement.js';

/** One settlement, for its seller and for staff. NOT_FOUND for any other. */
export async function readSettlement(work: Work, viewer: Viewer, id: string): Promise<SettlementRow> {
  authorize(viewer, 'settlement', ownAccountOf(viewer));
  const settlement = isId('settlement', id)
    ? await work.read.selectFrom('settlement').selectAll().where('id', '=', id).executeTakeFirst()
    : undefined;
  if (!settlement || !isAllowed(viewer, 'settlement', settlement)) throw notFound('settlement', id);
  return settlement;
}

export interface SettlementFilter {
  accountId: string | null;
  status: SettlementStatus[] | null;
  /** A whole id: ours, or the transfer's at Stripe. */
  search?: string | null;
  /** Why they failed, or what they wait for; any where absent. */
  cause?: readonly FailureCode[] | null;
  currency?: string | null;
  /** Due then or later, and before then. */
  dueFrom?: Date | null;
  dueUntil?: Date | null;
  order?: SettlementOrder | null;
}

export const settlementOrders = {
  ...timeOrders,
  DUE_FIRST: { column: 'dueAt', direction: 'asc' },
  DUE_LAST: { column: 'dueAt', direction: 'desc' },
} as const satisfies Record<string, Order>;
export type SettlementOrder = keyof typeof settlementOrders;

/** Settlements, newest first where nothing else is asked for: a seller's own, or for staff those of any or one account. */
export async function listSettlements(work: Work, viewer: Viewer, filter: SettlementFilter, page: PageRequest): Promise<Page<SettlementRow>> {
  const own = ownAccountOf(viewer)?.accountId ?? null;
  const accountId = filter.accountId ?? own;
  authorize(viewer, 'settlements', accountId === null ? null : { accountId });
  const { search, currency, dueFrom, dueUntil } = filter;
  const order = settlementOrders[filter.order ?? 'NEWEST'];
  const rows = await work.read
    .selectFrom('settlement')
    .selectAll()
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId as string))
    .$if(Boolean(filter.status), (query) => query.where(anyOf('settlement.status', filter.status ?? [])))
    .$if(Boolean(filter.cause), (query) => query.where(anyOf('settlement.failure_code', filter.cause ?? [])))
    .$if(Boolean(search), (query) => query.where((row) => row.or([row('id', '=', search as string), row('stripeTransferId', '=', search as string)])))
    .$if(Boolean(currency), (query) => query.where('currency', '=', currency as string))
    .$if(Boolean(dueFrom), (query) => query.where('dueAt', '>=', dueFrom as Date))
    .$if(Boolean(dueUntil), (query) => query.where('dueAt', '<', dueUntil as Date))
    .where(follows('settlement', order, page.after))
    .orderBy(order.column, order.direction)
    .orderBy('id', order.direction)
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
}

/** What a settlement stands at: frozen, or while it collects the sum of what its purchases hold. */
export interface SettlementSum {
  settlementId: string;
  amountMinor: number;
  heldMinor: number;
  lineCount: number;
}

/** The sums of several settlements in one statement, for loaders; in the order asked. */
export async function sumsOf(work: Work, ids: readonly string[]): Promise<SettlementSum[]> {
  const rows = await work.read
    .selectFrom('settlementLine')
    .select((line) => {
      const left = line(line('grossMinor', '-', line.ref('refundedMinor')), '-', line.ref('lostMinor'));
      return [
        'settlementId',
        line.fn.coalesce(line.fn.sum<string>(left).filterWhere('heldSince', 'is', null), line.lit(0)).as('amountMinor'),
        line.fn.coalesce(line.fn.sum<string>(left).filterWhere('heldSince', 'is not', null), line.lit(0)).as('heldMinor'),
        line.fn.countAll<string>().as('lineCount'),
      ];
    })
    .where('settlementId', 'in', ids)
    .groupBy('settlementId')
    .execute();
  const byId = new Map(rows.map((row) => [row.settlementId, row]));
  return ids.map((settlementId) => {
    const row = byId.get(settlementId);
    return {
      settlementId,
      amountMinor: Number(row?.amountMinor ?? 0),
      heldMinor: Number(row?.heldMinor ?? 0),
      lineCount: Number(row?.lineCount ?? 0),
    };
  });
}

/** Every request of a settlement's transfers, oldest first, with the key it was sent under. */
export interface SettlementAttempt extends OperationAttemptRow {
  settlementId: string;
  idempotencyKey: string;
}

/** The attempts of several settlements in one statement, for loaders; in the order asked. */
export async function attemptsOf(work: Work, ids: readonly string[]): Promise<SettlementAttempt[][]> {
  const rows = await work.read
    .selectFrom('operationAttempt')
    .innerJoin('operation', 'operation.id', 'operationAttempt.operationId')
    .selectAll('operationAttempt')
    .select(['operation.subjectId as settlementId', 'operation.idempotencyKey'])
    .where('operation.kind', '=', 'TRANSFER')
    .where('operation.subjectId', 'in', ids)
    .orderBy('operationAttempt.id')
    .execute();
  const bySettlement = Map.groupBy(rows, (row) => row.settlementId);
  return ids.map((id) => bySettlement.get(id) ?? []);
}

/** What the explanation of several settlements is told from, in one statement, for loaders; in the order asked. */
export async function partsOf(work: Work, ids: readonly string[]): Promise<Parts[]> {
  const rows = await work.read
    .selectFrom('settlement')
    .innerJoin('offering', 'offering.id', 'settlement.offeringId')
    .leftJoinLateral(
      ({ selectFrom }) =>
        selectFrom('settlementLine as line')
          .innerJoin('payment', 'payment.id', 'line.paymentId')
          .whereRef('line.settlementId', '=', 'settlement.id')
          .select((line) => [
            line.fn.coalesce(line.fn.sum<string>('line.grossMinor'), line.lit(0)).as('grossMinor'),
            line.fn.coalesce(line.fn.sum<string>('line.refundedMinor'), line.lit(0)).as('refundedMinor'),
            line.fn.coalesce(line.fn.sum<string>('line.lostMinor'), line.lit(0)).as('lostMinor'),
            line.fn
              .coalesce(
                line.fn
                  .sum<string>(line(line('line.grossMinor', '-', line.ref('line.refundedMinor')), '-', line.ref('line.lostMinor')))
                  .filterWhere('line.heldSince', 'is not', null),
                line.lit(0),
              )
              .as('heldMinor'),
            line.fn.countAll<string>().as('lineCount'),
            line.fn.max('payment.availableOn').as('latestAvailableOn'),
          ])
          .as('sums'),
      (join) => join.onTrue(),
    )
    .select(['settlement.id', 'offering.deliversAt', 'offering.refundableUntil'])
    .selectAll('sums')
    .where('settlement.id', 'in', ids)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = known(byId.get(id), `settlement ${id}`);
    const { deliversAt, refundableUntil, latestAvailableOn } = row;
    const [grossMinor, refundedMinor, lostMinor, heldMinor, lineCount] = [
      row.grossMinor,
      row.refundedMinor,
      row.lostMinor,
      row.heldMinor,
      row.lineCount,
    ].map(Number) as [number, number, number, number, number];
    return { grossMinor, refundedMinor, lostMinor, heldMinor, lineCount, deliversAt, refundableUntil, latestAvailableOn };
  });
}

/** The settlements of several payments, in one statement, for loaders; null for a payment that is in none. */
export async function settlementsByPayment(work: Work, paymentIds: readonly string[]): Promise<(SettlementRow | null)[]> {
  const rows = await work.read
    .selectFrom('settlementLine')
    .innerJoin('settlement', 'settlement.id', 'settlementLine.settlementId')
    .selectAll('settlement')
    .select('settlementLine.paymentId')
    .where('settlementLine.paymentId', 'in', paymentIds)
    .execute();
  const byPayment = new Map(rows.map((row) => [row.paymentId, row]));
  return paymentIds.map((id) => byPayment.get(id) ?? null);
}

/** What the platform holds for a seller, has settled, and is owed, in one currency. */
export interface AccountBalance {
  currency: string;
  heldMinor: number;
  settledMinor: number;
  owedMinor: number;
}

/** The balances of several accounts in the currency each was last settled in, in two statements, for loaders; in the order asked. */
export async function accountBalancesOf(work: Work, accountIds: readonly string[]): Promise<AccountBalance[]> {
  const nothing = { currency: 'USD', heldMinor: 0, settledMinor: 0, owedMinor: 0 };
  return (await standingsOf(work, accountIds)).map(([last]) => last ?? nothing);
}

/** The balances of several accounts in every currency they were sold in, the one settled last first; in the order asked. */
export async function standingsOf(work: Work, accountIds: readonly string[]): Promise<AccountBalance[][]> {
  const [booked, paid] = await Promise.all([
    work.read
      .selectFrom('ledgerStanding')
      .select(['accountId', 'currency', 'ledgerAccount', 'amountMinor as minor'])
      .where('accountId', 'in', accountIds)
      .where('ledgerAccount', 'in', ['seller_payable', 'seller_receivable'])
      .execute(),
    work.read
      .selectFrom('settlement')
      .select((row) => [
        'accountId',
        'currency',
        row.fn.max('id').as('lastId'),
        row.fn
          .coalesce(row.fn.sum<string>(row('amountMinor', '-', row.ref('reversedMinor'))).filterWhere('settledAt', 'is not', null), row.lit(0))
          .as('minor'),
      ])
      .where('accountId', 'in', accountIds)
      .groupBy(['accountId', 'currency'])
      .orderBy('lastId', 'desc')
      .execute(),
  ]);
  return accountIds.map((accountId) =>
    paid
      .filter((row) => row.accountId === accountId)
      .map(({ currency, minor }) => {
        const standing = (ledgerAccount: string) =>
          Number(booked.find((row) => row.accountId === accountId && row.currency === currency && row.ledgerAccount === ledgerAccount)?.minor ?? 0);
        return { currency, heldMinor: 0 - standing('seller_payable'), settledMinor: Number(minor), owedMinor: standing('seller_receivable') };
      }),
  );
}

/** The same page of each of several accounts' settlements, for loaders. Refuses accounts that are not the viewer's to read. */
export async function settlementPagesOf(
  work: Work,
  viewer: Viewer,
  accountIds: readonly string[],
  { status, ...page }: PageRequest & { status: SettlementStatus[] | null },
): Promise<Page<SettlementRow>[]> {
  for (const accountId of accountIds) authorize(viewer, 'settlements', { accountId });
  return pagesOf(
    work.read,
    'settlement',
    accountIds,
    sql<boolean>`settlement.account_id = owner.id and (${status}::text[] is null or settlement.status = any(${status}))`,
    page,
  );
}

/** All settlements of several offerings, newest first, in one statement, for loaders; in the order asked. */
export async function settlementsByOffering(work: Work, offeringIds: readonly string[]): Promise<SettlementRow[][]> {
  const rows = await work.read.selectFrom('settlement').selectAll().where('offeringId', 'in', offeringIds).orderBy('id', 'desc').execute();
  const byOffering = Map.groupBy(rows, ({ offeringId }) => offeringId);
  return offeringIds.map((id) => byOffering.get(id) ?? []);
}
