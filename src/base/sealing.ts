import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { assert } from './assert.js';
import type { Secret } from './secret.js';

const cipher = 'aes-256-gcm';
const nonceBytes = 12; // Source: NIST SP 800-38D, section 5.2.1.1
const tagBytes = 16;

/**
 * A text as it may be kept: opened only with one of the keys, and only for the purpose and the row it was sealed for.
 * Sealed with the first key; the others open what was sealed before a rotation.
 */
export function seal(keys: readonly Secret[], purpose: string, text: string): string {
  const [key] = keys;
  assert(key !== undefined, 'there is a key to seal with');
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, derive(key, purpose), nonce, { authTagLength: tagBytes });
  const sealed = Buffer.concat([nonce, sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()]);
  return `${sealOf(keys)}${sealed.toString('base64url')}`;
}

/** The text that was sealed. Throws where it was changed, was sealed for something else, or its key is not among these any more. */
export function unseal(keys: readonly Secret[], purpose: string, sealed: string): string {
  const [name, text = ''] = sealed.split('.');
  const key = keys.find((one) => nameOf(one) === name);
  assert(key !== undefined, `the key ${name} that sealed this is not among SEALING_KEYS`);
  const bytes = Buffer.from(text, 'base64url');
  assert(sealed === `${name}.${bytes.toString('base64url')}`, 'what was sealed is written in one way only'); // the last sign has bits that say nothing
  const opening = createDecipheriv(cipher, derive(key, purpose), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  opening.setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([opening.update(bytes.subarray(nonceBytes, -tagBytes)), opening.final()]).toString('utf8');
}

/** Whether it was sealed with the first key: what was not is sealed again when it is next written. */
export function isSealedByFirst([key]: readonly Secret[], sealed: string): boolean {
  return key !== undefined && sealed.startsWith(sealOf([key]));
}

/** What everything begins with that the first key sealed. */
export function sealOf([key]: readonly Secret[]): string {
  assert(key !== undefined, 'there is a key to seal with');
  return `${nameOf(key)}.`;
}

function derive(key: Secret, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.reveal(), '', `holdfast ${purpose}`, 32));
}

/** What a key is called: enough to tell it from others, and nothing that leads back to it. */
function nameOf(key: Secret): string {
  return createHash('sha256').update(`holdfast sealing key ${key.reveal()}`).digest('hex').slice(0, 8);
}
