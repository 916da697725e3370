import { seal, sealOf, unseal } from '../../base/sealing.js';
import type { Secret } from '../../base/secret.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { reachableFrom } from './addresses.js';
import { type Answer, post, unsent } from './sending.js';
import { signedHeaders } from './signing.js';

const unsealed = /^whsec_/; // as they were kept once

const purposeOf = (endpointId: string) => `the signing secret of ${endpointId}`;

/** Keeps a secret of an endpoint, sealed. */
export async function keepSecret(
  tx: Tx,
  keys: readonly Secret[],
  { endpointId, number, secret }: { endpointId: string; number: number; secret: string },
) {
  await tx.sql
    .insertInto('webhookSecret')
    .values({ endpointId, number, secret: seal(keys, purposeOf(endpointId), secret), validUntil: null })
    .execute();
}

/** Posts a message to an endpoint, signed with each secret that signs now. Where one cannot be opened, nothing is sent, and the answer says so. */
export async function postSigned(
  work: Work,
  { id, url }: { id: string; url: string },
  message: { id: string; body: string },
  sentAt: Date,
): Promise<Answer> {
  const rows = await work.read
    .selectFrom('webhookSecret')
    .select('secret')
    .where('endpointId', '=', id)
    .where((row) => row.or([row('validUntil', 'is', null), row('validUntil', '>', work.wallClock.now())]))
    .orderBy('number', 'desc') // the newest first
    .execute();
  const secrets = rows.map(({ secret }) => opened(work, id, secret)).filter((secret) => secret !== null);
  if (secrets.length < rows.length) return unsent('It was not sent: its signing secret cannot be opened here. Replace the secret.');
  return post(url, signedHeaders(secrets, message, sentAt), message.body, reachableFrom(work));
}

/** A kept secret, or null, told in the log, where the key that sealed it is not given any more. */
function opened({ config, log }: Work, endpointId: string, kept: string): string | null {
  try {
    return unsealed.test(kept) ? kept : unseal(config.sealingKeys, purposeOf(endpointId), kept);
  } catch (error) {
    log.error({ endpoint: endpointId, err: error }, 'a signing secret cannot be opened');
    return null;
  }
}

/**
 * Seals with the first key what an older one sealed, or none: once it has been through, the older ones may go. Answers how many secrets that were.
 * One whose key is gone is told of in the log each time, and left; its endpoint needs another secret.
 */
export async function sealSecrets(work: Work, limit: number): Promise<number> {
  const keys = work.config.sealingKeys;
  const rows = await work.read
    .selectFrom('webhookSecret')
    .select(['endpointId', 'number', 'secret'])
    .where('secret', 'not like', `${sealOf(keys)}%`)
    .limit(limit)
    .execute();
  const open = rows.map((row) => ({ ...row, secret: opened(work, row.endpointId, row.secret) })).filter(({ secret }) => secret !== null);
  for (const { endpointId, number, secret } of open)
    await atomically(work, (tx) =>
      tx.sql
        .updateTable('webhookSecret')
        .set({ secret: seal(keys, purposeOf(endpointId), secret as string) })
        .where('endpointId', '=', endpointId)
        .where('number', '=', number)
        .execute(),
    );
  return open.length;
}
