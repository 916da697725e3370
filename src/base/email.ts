import { Refusal } from './errors.js';

const lengthMax = 254; // Source: RFC 5321, section 4.5.3.1.3, less the angle brackets
const localLengthMax = 64;

/** Says that mail can be sent to this address; takes it as it was typed. Refuses with EMAIL_INVALID and what is wrong. Linear in its length. */
export function checkEmail(text: string, path: string[]): void {
  const wrong = whatIsWrong(text);
  if (wrong) throw new Refusal('EMAIL_INVALID', `The e-mail address ${wrong}.`, path, 'Write it like name@example.com.');
}

function whatIsWrong(text: string): string | null {
  if (text.length === 0) return 'is missing';
  if (text.length > lengthMax) return `is longer than ${lengthMax} characters`;
  if (!/^[\x21-\x7e\u00a1-\uffff]+$/.test(text)) return 'has a space or a control character in it';
  const at = text.lastIndexOf('@');
  if (at < 0) return 'has no @';
  const local = text.slice(0, at);
  const labels = text.slice(at + 1).split('.');
  if (local.length === 0 || local.length > localLengthMax || /[@,;:<>()[\]\\"]/.test(local)) return 'has no valid name before the @';
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return 'has a dot too many before the @';
  if (labels.length < 2 || labels.some((label) => !/^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))) return 'has no valid domain after the @';
  return null;
}

/** The address as it is looked up: two spellings of one mailbox are one person. */
export function emailKey(text: string): string {
  return text.toLowerCase();
}

/** Enough of the address for its owner to recognise it, and for nobody else to use it: "b…r@e…e.com". */
export function maskEmail(text: string): string {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  return `${ends(text.slice(0, at))}@${ends(domain.slice(0, dot))}${domain.slice(dot)}`;
}

function ends(text: string): string {
  return text.length < 3 ? '…' : `${text[0]}…${text.at(-1)}`;
}
