import { notFound } from '../base/errors.js';
import { allOver } from '../base/lanes.js';
import type { Reader, Tx, Work } from '../db/work.js';
import type { AccountRow } from './account.js';
import { type ConnectedAccountRow, stillActive } from './connected-account.js';

/** An account and the Stripe account it uses now, if any. */
export interface AccountWithConnection {
  account: AccountRow;
  connected: ConnectedAccountRow | null;
}

type Statements = Reader | Tx['sql'];

/** The account, or the answer that is the same for a missing one and another's. */
export async function loadAccount(work: Work, accountId: string): Promise<AccountRow> {
  const account = await work.read.selectFrom('account').selectAll().where('id', '=', accountId).executeTakeFirst();
  if (!account) throw notFound('account', accountId);
  return account;
}

/** The account with its connection as both stand now. */
export async function loadAccountWithConnection(work: Work, accountId: string): Promise<AccountWithConnection> {
  const [account, connected] = await allOver([loadAccount(work, accountId), findActiveConnection(work.read, accountId)]);
  return { account, connected };
}

/** The Stripe account in use, or null: never connected, or disconnected. */
export async function findActiveConnection(statements: Statements, accountId: string): Promise<ConnectedAccountRow | null> {
  const row = await statements
    .selectFrom('connectedAccount')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('activeUntil', '=', stillActive)
    .executeTakeFirst();
  return row ?? null;
}

/** The connected account behind one of Stripe's ids, in use or retired; null when it was never one of ours. */
export async function findConnectedAccount(work: Work, stripeAccountId: string): Promise<ConnectedAccountRow | null> {
  const row = await work.read.selectFrom('connectedAccount').selectAll().where('stripeAccountId', '=', stripeAccountId).executeTakeFirst();
  return row ?? null;
}

/** The same of several, in one statement; those that were never ours are left out. */
export async function findConnectedAccounts(work: Work, stripeAccountIds: string[]): Promise<ConnectedAccountRow[]> {
  if (stripeAccountIds.length === 0) return [];
  return work.read.selectFrom('connectedAccount').selectAll().where('stripeAccountId', 'in', stripeAccountIds).execute();
}

/** One connected account by our id, in use or retired. */
export async function findConnectedAccountById(work: Work, id: string): Promise<ConnectedAccountRow> {
  return work.read.selectFrom('connectedAccount').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}
