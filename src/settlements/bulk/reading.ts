import { sql } from 'kysely';
import { authorize } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import { notFound } from '../../base/errors.js';
import { isId } from '../../base/ids.js';
import type { Work } from '../../db/work.js';
import type { SettlementRow } from '../settlement.js';
import type { BulkRetryRow } from './bulk-retry.js';

/** A bulk retry and how far it has come, by where its settlements stand now. */
export interface BulkRetry extends BulkRetryRow {
  total: number;
  /** Not taken up yet. */
  waiting: number;
  /** Put back, and not decided yet. */
  underWay: number;
  paid: number;
  failedAgain: number;
  /** Had changed before their turn came. */
  passedOver: number;
}

const listedMax = 20;

/** One bulk retry, for staff. NOT_FOUND for none. */
export async function readBulkRetry(work: Work, viewer: Viewer, id: string): Promise<BulkRetry> {
  authorize(viewer, 'bulkRetry', null);
  const [row] = isId('bulkRetry', id) ? await progressOf(work, [id]) : [];
  if (!row) throw notFound('bulk retry', id);
  return row;
}

/** The last ones, newest first, for staff. */
export async function listBulkRetries(work: Work, viewer: Viewer): Promise<BulkRetry[]> {
  authorize(viewer, 'bulkRetries', null);
  return progressOf(work, null);
}

async function progressOf(work: Work, ids: string[] | null): Promise<BulkRetry[]> {
  const rows = await work.read
    .selectFrom('bulkRetry')
    .innerJoinLateral(
      ({ selectFrom }) =>
        selectFrom('bulkRetryItem as item')
          .innerJoin('settlement', 'settlement.id', 'item.settlementId')
          .whereRef('item.bulkRetryId', '=', 'bulkRetry.id')
          .select((item) => [
            item.fn.countAll<string>().as('total'),
            item.fn.countAll<string>().filterWhere('item.takenAt', 'is', null).as('waiting'),
            sql<string>`count(*) filter (where item.reopened and settlement.status in ('PENDING', 'SETTLING'))`.as('underWay'),
            sql<string>`count(*) filter (where item.reopened and settlement.status in ('SETTLED', 'REVERSED'))`.as('paid'),
            sql<string>`count(*) filter (where item.reopened and settlement.status = 'FAILED')`.as('failedAgain'),
          ])
          .as('items'),
      (join) => join.onTrue(),
    )
    .selectAll('bulkRetry')
    .selectAll('items')
    .$if(ids !== null, (query) => query.where('bulkRetry.id', 'in', ids ?? []))
    .orderBy('bulkRetry.id', 'desc')
    .limit(listedMax)
    .execute();
  return rows.map((row) => {
    const counts = [row.total, row.waiting, row.underWay, row.paid, row.failedAgain].map(Number) as [number, number, number, number, number];
    const [total, waiting, underWay, paid, failedAgain] = counts;
    return { ...row, total, waiting, underWay, paid, failedAgain, passedOver: total - waiting - underWay - paid - failedAgain };
  });
}

const failedMax = 100;

/** Those that were retried and have failed again, the first hundred, for whoever may read the bulk retry. */
export async function failedAgainOf(work: Work, bulkRetryId: string): Promise<SettlementRow[]> {
  return work.read
    .selectFrom('bulkRetryItem as item')
    .innerJoin('settlement', 'settlement.id', 'item.settlementId')
    .selectAll('settlement')
    .where('item.bulkRetryId', '=', bulkRetryId)
    .where('item.reopened', '=', true)
    .where('settlement.status', '=', 'FAILED')
    .orderBy('settlement.id')
    .limit(failedMax)
    .execute();
}
