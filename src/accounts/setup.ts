import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { checkLine, nameLength } from '../base/text.js';
import { atomically, type Work } from '../db/work.js';
import type { AccountRow } from './account.js';
import { loadAccount, loadAccountWithConnection } from './finding.js';
import { isReady } from './readiness.js';

export const setupSteps = ['PROFILE', 'CONNECT', 'PRICES', 'SHARE'] as const;
/** What a seller does before buyers come, in this order; each step is saved, and they go on whenever they like. */
export type SetupStep = (typeof setupSteps)[number];

/** How far a seller is: the steps that are done, and the next one; null once all are. */
export interface Setup {
  done: ReadonlySet<SetupStep>;
  next: SetupStep | null;
}

/** How far an account is set up, for its seller and for staff. Whoever was paid has shared. */
export async function readSetup(work: Work, viewer: Viewer, accountId: string): Promise<Setup> {
  authorize(viewer, 'account', { accountId });
  const { account, connected } = await loadAccountWithConnection(work, accountId);
  const [offering, payment] = await Promise.all([
    work.read.selectFrom('offering').select('id').where('accountId', '=', accountId).limit(1).executeTakeFirst(),
    work.read.selectFrom('payment').select('id').where('accountId', '=', accountId).limit(1).executeTakeFirst(),
  ]);
  const hasPrice = account.membershipPriceMinor !== null || account.oneTimePriceMinor !== null || offering !== undefined;
  const is: Record<SetupStep, boolean> = {
    PROFILE: true, // whoever signs up gives a name
    CONNECT: isReady(connected),
    PRICES: hasPrice,
    SHARE: account.sharedAt !== null || payment !== undefined,
  };
  return { done: new Set(setupSteps.filter((step) => is[step])), next: setupSteps.find((step) => !is[step]) ?? null };
}

/**
 * Changes the name that buyers see, and notes that the seller has shared their page; what is absent stays.
 * Refuses with INVALID (displayName). Safe to repeat: the first time somebody shared is kept.
 */
export async function setAccountProfile(
  work: Work,
  viewer: Viewer,
  input: { accountId: string; displayName?: string | null; shared?: boolean | null },
): Promise<AccountRow> {
  authorize(viewer, 'setAccountProfile', input);
  const account = await loadAccount(work, input.accountId);
  const displayName = input.displayName == null ? account.displayName : checkLine(input.displayName, nameLength, ['displayName']);
  const sharedAt = input.shared ? (account.sharedAt ?? work.clock.now()) : account.sharedAt;
  await atomically(work, (tx) => tx.sql.updateTable('account').set({ displayName, sharedAt }).where('id', '=', account.id).execute());
  return loadAccount(work, account.id);
}
