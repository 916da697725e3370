import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { StripeMode } from '../../base/config.js';
import { idPrefixes, isId } from '../../base/ids.js';

/** A key as its holder sends it, taken apart. */
export interface KeyText {
  /** The key's id: what is looked up. */
  id: string;
  /** 256 random bits: what is compared. */
  secret: string;
}

const form = /^hf_(live|test)_([0-9a-z]{26})_([\w-]{43})([\w-]{6})$/;

/** The two worlds a key may be of: with a live key of Stripe's, real money moves. */
function worldOf(mode: StripeMode): 'live' | 'test' {
  return mode === 'live' ? 'live' : 'test';
}

/** A new secret for a key. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The key in one piece: its world, its id, its secret, and a check sum that tells a slip of the pen from a wrong key. */
export function writeKey(mode: StripeMode, { id, secret }: KeyText): string {
  const bare = id.slice(idPrefixes.apiKey.length + 1);
  return `hf_${worldOf(mode)}_${bare}_${secret}${checkSum(bare, secret)}`;
}

/** The parts of a key, or null for what is none, or is of the other world. */
export function readKey(mode: StripeMode, text: string): KeyText | null {
  const [, world, bare = '', secret = '', sum] = form.exec(text) ?? [];
  const id = `${idPrefixes.apiKey}_${bare}`;
  return world === worldOf(mode) && sum === checkSum(bare, secret) && isId('apiKey', id) ? { id, secret } : null;
}

function checkSum(bare: string, secret: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(`${bare}${secret}`));
  return bytes.toString('base64url');
}
