import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';

/** The nouns that have ids, and the prefix each one wears in the database, the logs, Stripe's metadata and the API. */
export const idPrefixes = {
  tenant: 'ten',
  person: 'per',
  apiKey: 'key',
  invitation: 'inv',
  letter: 'ltr',
  auditEntry: 'aud',
  account: 'acc',
  connectedAccount: 'con',
  commissionPlan: 'cpl',
  purchaseSession: 'pur',
  payment: 'pay',
  commissionSnapshot: 'com',
  membership: 'mem',
  refund: 'rfd',
  ledgerTransaction: 'ldg',
  offering: 'off',
  settlement: 'stl',
  bulkRetry: 'blk',
  sellerDebt: 'dbt',
  transferReversal: 'trv',
  dispute: 'dsp',
  inboxEvent: 'evn',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  halt: 'hlt',
  operation: 'opn',
  operationAttempt: 'att',
} as const;

export type Noun = keyof typeof idPrefixes;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's base 32: no i, l, o, u
const digitCount = 26; // 128 bits in base 32

function encode(bytes: Buffer): string {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let i = 0; i < digitCount; i++) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}

/** A new id that sorts by the time it was made: 48 bits of milliseconds, 80 random bits. */
export function newId(noun: Noun, clock: Clock): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(clock.now().getTime(), 0, 6);
  randomBytes(10).copy(bytes, 6);
  return `${idPrefixes[noun]}_${encode(bytes)}`;
}

/** The least id a noun can have that was made at an instant or after it: ids sort by time, so that a period is a range of them. */
export function firstIdFrom(noun: Noun, instant: Date): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(instant.getTime(), 0, 6);
  return `${idPrefixes[noun]}_${encode(bytes)}`;
}

/** A new id for what stands in public addresses: 128 random bits, telling nothing of when it was made or what came before. */
export function newPublicId(noun: Noun): string {
  return `${idPrefixes[noun]}_${encode(randomBytes(16))}`;
}

/** Whether `text` has the form of this noun's ids; a question that costs no look-up. */
export function isId(noun: Noun, text: string): boolean {
  return (
    text.length === idPrefixes[noun].length + 1 + digitCount &&
    text.startsWith(`${idPrefixes[noun]}_`) &&
    /^[0-9a-hjkmnp-tv-z]+$/.test(text.slice(-digitCount))
  );
}

/** The noun whose prefix an id wears, or null. */
export function nounOf(id: string): Noun | null {
  for (const noun of Object.keys(idPrefixes) as Noun[]) if (isId(noun, id)) return noun;
  return null;
}

/** A hex digest: for tokens kept only as their hash, and for comparing requests. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
