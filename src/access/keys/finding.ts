import { timingSafeEqual } from 'node:crypto';
import { later, minuteMs } from '../../base/clock.js';
import { Denied } from '../../base/errors.js';
import { sha256 } from '../../base/ids.js';
import { atomically, type Work } from '../../db/work.js';
import type { Partner } from '../viewer.js';
import type { ApiKeyRow } from './api-key.js';
import { readKey } from './key-text.js';
import { isScope } from './scopes.js';

const usedEveryMs = 1 * minuteMs; // how exactly the last use is kept

/**
 * The program that sends this key: one statement, so that a revocation holds from the next request on, in every process.
 * Refuses with UNAUTHENTICATED, in the same words, a key that is unknown, mistyped, expired or revoked.
 */
export async function findPartner(work: Work, text: string): Promise<Partner> {
  const given = readKey(work.config.stripe.mode, text);
  const key = given && (await work.read.selectFrom('apiKey').selectAll().where('id', '=', given.id).executeTakeFirst());
  if (!key || !isUsable(key, given.secret, work.wallClock.now())) {
    throw new Denied('UNAUTHENTICATED', 'This API key is unknown, expired or revoked.');
  }

  await markUsed(work, key);
  const { id: keyId, name, tenantId, accountId, scopes } = key;
  return { kind: 'KEY', role: 'PARTNER', keyId, name, scopes: scopes.filter(isScope), tenantId, accountId };
}

function isUsable(key: ApiKeyRow, secret: string, now: Date): boolean {
  const given = sha256(secret);
  const isFormer = key.formerSha256 !== null && key.formerUntil !== null && key.formerUntil > now && isSame(given, key.formerSha256);
  const isOver = key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now);
  return (isSame(given, key.secretSha256) || isFormer) && !isOver;
}

function isSame(given: string, kept: string): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(kept));
}

async function markUsed(work: Work, { id, lastUsedAt }: ApiKeyRow): Promise<void> {
  const now = work.wallClock.now();
  const before = later(now, -usedEveryMs);
  if (lastUsedAt !== null && lastUsedAt > before) return;
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('apiKey')
      .set({ lastUsedAt: now })
      .where('id', '=', id)
      .where((key) => key.or([key('lastUsedAt', 'is', null), key('lastUsedAt', '<=', before)]))
      .execute(),
  );
}
