import { later, minuteMs } from '../../base/clock.js';
import { Denied } from '../../base/errors.js';
import { sha256 } from '../../base/ids.js';
import type { Entered } from '../../db/database.js';
import { entering, type Work } from '../../db/work.js';
import type { Partner } from '../viewer.js';
import { readKey } from './key-text.js';
import { isScope } from './scopes.js';

const usedEveryMs = 1 * minuteMs; // how exactly the last use is kept

/** Whose a key is, as the database tells; nobody's, where all of it is null. */
interface Found extends Entered {
  id: string | null;
  name: string;
  scopes: string[];
  tenantId: string | null;
  accountId: string | null;
}

/**
 * The program that sends this key: one statement, so that a revocation holds from the next request on, in every process; it also notes that the key was used.
 * Refuses with UNAUTHENTICATED, in the same words, a key that is unknown, mistyped, expired or revoked. The database compares hashes of 256 random
 * bits: how long that takes tells nothing that helps to guess them.
 */
export async function findPartner(work: Work, text: string): Promise<Partner> {
  const now = work.wallClock.now();
  const given = readKey(work.config.stripe.mode, text);
  const found = given && (await entering<Found>(work, 'enter_by_key', [given.id, sha256(given.secret), now, later(now, -usedEveryMs)]));
  if (!found || found.id === null) throw new Denied('UNAUTHENTICATED', 'This API key is unknown, expired or revoked.');

  const { id: keyId, name, tenantId, accountId, scopes } = found;
  return { kind: 'KEY', role: 'PARTNER', keyId, name, scopes: scopes.filter(isScope), tenantId, accountId };
}
