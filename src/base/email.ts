import { Refusal } from './errors.js';

const octetsMax = 254; // Source: RFC 5321, section 4.5.3.1.3, less the angle brackets
const localOctetsMax = 64; // Source: RFC 5321, section 4.5.3.1.1

/** Says that mail can be sent to this address; takes it as it was typed. Refuses with EMAIL_INVALID and what is wrong. Linear in its length. */
export function checkEmail(text: string, path: string[]): void {
  const wrong = emailFault(text);
  if (wrong) throw new Refusal('EMAIL_INVALID', `The e-mail address ${wrong}.`, path, 'Write it like name@example.com.');
}

/** What keeps mail from being sent to this address, or null: "has no @". */
export function emailFault(text: string): string | null {
  if (text.length === 0) return 'is missing';
  if (Buffer.byteLength(text) > octetsMax) return `is longer than ${octetsMax} characters`;
  if (/[\p{Z}\p{C}]/u.test(text)) return 'has a space or an invisible character in it';
  if (text.normalize('NFKC') !== text) return 'has a letter that only looks like another'; // U+212A in lower case is k: somebody else's mailbox
  const at = text.lastIndexOf('@');
  if (at < 0) return 'has no @';
  return wrongName(text.slice(0, at)) ?? wrongDomain(text.slice(at + 1));
}

function wrongName(name: string): string | null {
  if (name.length === 0 || Buffer.byteLength(name) > localOctetsMax || /[@,;:<>()[\]\\"]/.test(name)) return 'has no valid name before the @';
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..')) return 'has a dot too many before the @';
  return null;
}

function wrongDomain(domain: string): string | null {
  const labels = domain.split('.');
  const valid = labels.length >= 2 && labels.every((label) => /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u.test(label));
  return valid && !/^\d+$/.test(labels.at(-1) ?? '') ? null : 'has no valid domain after the @';
}

/** The address as it is looked up: two spellings of one mailbox are one person. */
export function emailKey(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** Enough of the address for its owner to recognise it, and for nobody else to use it: "b…r@e…e.com". Shows nothing of what is no address. */
export function maskEmail(text: string): string {
  const at = text.lastIndexOf('@');
  const dot = text.lastIndexOf('.');
  if (at < 0 || dot < at) return '…';
  return `${ends(text.slice(0, at))}@${ends(text.slice(at + 1, dot))}${text.slice(dot)}`;
}

function ends(text: string): string {
  const letters = [...text];
  return letters.length < 3 ? '…' : `${letters[0]}…${letters.at(-1)}`;
}
