import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import { enterShop } from '../access/shops.js';
import type { Viewer } from '../access/viewer.js';
import { follows, type Order, type Page, type PageRequest, pageOf } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { AccountRow } from './account.js';
import { type ConnectedAccountRow, stillActive } from './connected-account.js';
import { loadAccount } from './finding.js';
import type { AccountStatus } from './readiness.js';

/** The account, for its owner and for staff. */
export async function readAccount(work: Work, viewer: Viewer, id: string): Promise<AccountRow> {
  authorize(viewer, 'account', { accountId: id });
  return loadAccount(work, id);
}

/** What anybody may see of an account that exists, or null. Whoever asks comes into its shop. */
export async function findPublicAccount(work: Work, id: string): Promise<AccountRow | null> {
  await enterShop(work, { accountId: id });
  return (await work.read.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

export interface AccountFilter {
  /** A part of the name, the account's id, or Stripe's. */
  search: string | null;
  status: AccountStatus[] | null;
  /** Begun then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: AccountOrder | null;
}

/** By time as it is told, since an account's id tells nothing of it. */
export const accountOrders = {
  NEWEST: { column: 'createdAt', direction: 'desc' },
  OLDEST: { column: 'createdAt', direction: 'asc' },
  NAME: { column: 'displayName', direction: 'asc' },
} as const satisfies Record<string, Order>;
export type AccountOrder = keyof typeof accountOrders;

/** All accounts, newest first where nothing else is asked for, for staff. */
export async function listAccounts(work: Work, viewer: Viewer, filter: AccountFilter, request: PageRequest): Promise<Page<AccountRow>> {
  authorize(viewer, 'accounts', null);
  const { from, until } = filter;
  const order = accountOrders[filter.order ?? 'NEWEST'];
  let query = work.read
    .selectFrom('account')
    .leftJoin('connectedAccount', (join) =>
      join.onRef('connectedAccount.accountId', '=', 'account.id').on('connectedAccount.activeUntil', '=', stillActive),
    )
    .selectAll('account')
    .where(follows('account', order, request.after))
    .orderBy(`account.${order.column}`, order.direction)
    .orderBy('account.id', order.direction)
    .limit(request.first + 1);
  if (from) query = query.where('account.createdAt', '>=', from);
  if (until) query = query.where('account.createdAt', '<', until);
  if (filter.search) {
    const { search } = filter;
    query = query.where((row) =>
      row.or([
        row('account.displayName', 'ilike', `%${search.replace(/[\\%_]/g, '\\$&')}%`),
        row('account.id', '=', search),
        row('connectedAccount.stripeAccountId', '=', search),
      ]),
    );
  }
  if (filter.status) query = query.where(sql<boolean>`${statusInSql} = any(${filter.status})`);
  return pageOf(await query.execute(), request);
}

/** `statusOf`, in SQL. */
const statusInSql = sql`case
  when connected_account.id is null then 'NOT_CONNECTED'
  when not connected_account.details_submitted then 'ONBOARDING'
  when connected_account.charges_enabled then 'READY'
  else 'RESTRICTED' end`;

/** Accounts by id, for loaders. */
export function accountsByIds(work: Work, ids: readonly string[]): Promise<AccountRow[]> {
  return work.read.selectFrom('account').selectAll().where('id', 'in', ids).execute();
}

/** The connections in use of several accounts, or of none. */
export async function activeConnections(work: Work, accountIds: readonly string[]): Promise<ConnectedAccountRow[]> {
  if (accountIds.length === 0) return []; // SQL has no empty list
  return work.read.selectFrom('connectedAccount').selectAll().where('accountId', 'in', accountIds).where('activeUntil', '=', stillActive).execute();
}

/** All Stripe accounts that several accounts have had, newest first, for loaders. */
export function connectionHistories(work: Work, accountIds: readonly string[]): Promise<ConnectedAccountRow[]> {
  return work.read
    .selectFrom('connectedAccount')
    .selectAll()
    .where('accountId', 'in', accountIds)
    .where('stripeAccountId', 'is not', null)
    .orderBy('createdAt', 'desc')
    .execute();
}

/** The accounts behind several Stripe accounts, past or present, in one statement, for loaders; null for one that is none of ours. */
export async function accountsByStripeIds(work: Work, stripeAccountIds: readonly string[]): Promise<(AccountRow | null)[]> {
  const rows = await work.read
    .selectFrom('connectedAccount')
    .innerJoin('account', 'account.id', 'connectedAccount.accountId')
    .selectAll('account')
    .select('connectedAccount.stripeAccountId')
    .where('connectedAccount.stripeAccountId', 'in', stripeAccountIds)
    .execute();
  const byStripeId = new Map(rows.map((row) => [row.stripeAccountId, row]));
  return stripeAccountIds.map((id) => byStripeId.get(id) ?? null);
}
