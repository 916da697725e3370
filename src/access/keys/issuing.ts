import { dayMs, hourMs, later } from '../../base/clock.js';
import { notFound, Refusal } from '../../base/errors.js';
import { isId, newId, sha256 } from '../../base/ids.js';
import { checkLine, nameLength } from '../../base/text.js';
import { type Page, type PageRequest, pageOf } from '../../db/paging.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { type Action, authorize, isAllowed } from '../permissions.js';
import { actorOf, ownAccountOf, type Viewer } from '../viewer.js';
import type { ApiKeyRow } from './api-key.js';
import { newSecret, writeKey } from './key-text.js';
import { isForAccounts, isScope, type Scope, scopes } from './scopes.js';

const keysMax = 50; // in use at once, of one account or of the platform: more are forgotten ones
const lifeMaxMs = 5 * 366 * dayMs;
const overlapHoursMax = 7 * 24;

export interface NewKey {
  name: string;
  scopes: readonly string[];
  /** Whose; where absent a seller's own, and for an administrator the platform's. */
  accountId: string | null;
  /** Null for a key that is taken until it is revoked. */
  expiresAt: Date | null;
}

/** A key with its text, which is shown here and never again. */
export interface IssuedKey {
  key: ApiKeyRow;
  text: string;
}

/**
 * Makes a key for a program. Sellers make them for their own account, administrators for any account or for the platform.
 * Refuses with INVALID (name, scopes that are none or not for this key, too many keys), DATE_INVALID (an end that has passed or is too far away).
 */
export async function createApiKey(work: Work, viewer: Viewer, input: NewKey): Promise<IssuedKey> {
  const accountId = input.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'createApiKey', accountId === null ? null : { accountId });
  const name = checkLine(input.name, nameLength, ['name']);
  const granted = checkScopes(input.scopes, accountId);
  checkEnd(input.expiresAt, work.wallClock.now());

  const secret = newSecret();
  const key = await atomically(work, async (tx) => {
    const tenantId = accountId === null ? null : await tenantOf(tx, accountId);
    await checkCount(tx, accountId);
    return tx.sql
      .insertInto('apiKey')
      .values({
        id: newId('apiKey', tx.wallClock),
        tenantId,
        accountId,
        name,
        scopes: granted,
        secretSha256: sha256(secret),
        formerSha256: null,
        formerUntil: null,
        createdBy: actorOf(viewer),
        createdAt: tx.wallClock.now(),
        expiresAt: input.expiresAt,
        lastUsedAt: null,
        rotatedAt: null,
        revokedAt: null,
        revokedBy: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return { key, text: writeKey(work.config.stripe.mode, { id: key.id, secret }) };
}

/**
 * Gives a key a new secret; the former one is taken for so many hours more, so that its programs can change over one by one.
 * The key stays the same key: what was asked under its idempotency keys is still answered. Refuses with INVALID, CONFLICT (revoked or expired).
 * Two at once: both get a secret, and the one that came last is kept.
 */
export async function rotateApiKey(work: Work, viewer: Viewer, input: { id: string; overlapHours: number }): Promise<IssuedKey> {
  await readApiKey(work, viewer, input.id, 'rotateApiKey');
  const { overlapHours } = input;
  if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > overlapHoursMax)
    throw new Refusal('INVALID', `overlapHours ${overlapHours} is not a whole number from 0 to ${overlapHoursMax}.`, ['overlapHours']);

  const secret = newSecret();
  const key = await atomically(work, (tx) => {
    const now = tx.wallClock.now();
    return tx.sql
      .updateTable('apiKey')
      .set((former) => ({
        formerSha256: former.ref('secretSha256'),
        formerUntil: later(now, overlapHours * hourMs),
        secretSha256: sha256(secret),
        rotatedAt: now,
      }))
      .where('id', '=', input.id)
      .where('revokedAt', 'is', null)
      .where((present) => present.or([present('expiresAt', 'is', null), present('expiresAt', '>', now)]))
      .returningAll()
      .executeTakeFirst();
  });
  if (!key) throw new Refusal('CONFLICT', 'This key is over.', ['id'], 'Make a new one.');
  return { key, text: writeKey(work.config.stripe.mode, { id: key.id, secret }) };
}

/** Ends a key for good: its next request is refused, in every process. Safe to repeat. */
export async function revokeApiKey(work: Work, viewer: Viewer, id: string): Promise<ApiKeyRow> {
  await readApiKey(work, viewer, id, 'revokeApiKey');
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('apiKey')
      .set({ revokedAt: tx.wallClock.now(), revokedBy: actorOf(viewer) })
      .where('id', '=', id)
      .where('revokedAt', 'is', null)
      .execute(),
  );
  return readApiKey(work, viewer, id);
}

/** One key, for those who may do `action` with it. NOT_FOUND for anybody else's. */
export async function readApiKey(work: Work, viewer: Viewer, id: string, action: Action = 'apiKeys'): Promise<ApiKeyRow> {
  authorize(viewer, action, ownAccountOf(viewer));
  const key = isId('apiKey', id) ? await work.read.selectFrom('apiKey').selectAll().where('id', '=', id).executeTakeFirst() : undefined;
  if (!key || !isAllowed(viewer, action, ownerOf(key))) throw notFound('API key', id);
  return key;
}

/** Keys, newest first, those that are over too: a seller's own, or for staff those of any or one account and of the platform. */
export async function listApiKeys(work: Work, viewer: Viewer, filter: { accountId: string | null }, page: PageRequest): Promise<Page<ApiKeyRow>> {
  const accountId = filter.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'apiKeys', accountId === null ? null : { accountId });
  const rows = await work.read
    .selectFrom('apiKey')
    .selectAll()
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after as string))
    .orderBy('id', 'desc')
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
}

function ownerOf({ accountId }: ApiKeyRow): { accountId: string } | null {
  return accountId === null ? null : { accountId };
}

async function tenantOf(tx: Tx, accountId: string): Promise<string> {
  const account = await tx.sql.selectFrom('account').select('tenantId').where('id', '=', accountId).executeTakeFirst();
  if (!account) throw notFound('account', accountId);
  return account.tenantId;
}

async function checkCount(tx: Tx, accountId: string | null): Promise<void> {
  const now = tx.wallClock.now();
  const { count } = await tx.sql
    .selectFrom('apiKey')
    .select((key) => key.fn.countAll<string>().as('count'))
    .where('accountId', 'is not distinct from', accountId)
    .where('revokedAt', 'is', null)
    .where((key) => key.or([key('expiresAt', 'is', null), key('expiresAt', '>', now)]))
    .executeTakeFirstOrThrow();
  if (Number(count) >= keysMax) throw new Refusal('INVALID', `${count} keys are in use already.`, null, 'Revoke one that nobody uses.');
}

function checkScopes(asked: readonly string[], accountId: string | null): Scope[] {
  const granted = [...new Set(asked)];
  if (granted.length === 0) throw new Refusal('INVALID', 'A key without scopes may do nothing.', ['scopes'], `Give some of ${list(scopes)}.`);
  for (const scope of granted) {
    if (!isScope(scope))
      throw new Refusal('INVALID', `${JSON.stringify(scope.slice(0, 40))} is not a scope.`, ['scopes'], `Give some of ${list(scopes)}.`);
    if (accountId !== null && !isForAccounts(scope))
      throw new Refusal('INVALID', `${scope} is for keys of the platform.`, ['scopes'], 'Leave it out.');
  }
  return granted.filter(isScope);
}

function list(of: object): string {
  return Object.keys(of).join(', ');
}

function checkEnd(expiresAt: Date | null, now: Date): void {
  if (expiresAt === null || (expiresAt > now && expiresAt <= later(now, lifeMaxMs))) return;
  const why = expiresAt <= now ? 'has passed' : 'is too far away';
  throw new Refusal(
    'DATE_INVALID',
    `expiresAt ${expiresAt.toISOString()} ${why}.`,
    ['expiresAt'],
    'Choose a time within five years, or leave it out.',
  );
}
