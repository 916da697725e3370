import { Refusal } from './errors.js';

/** How long a text may be, in UTF-16 units as a browser's form counts them. */
export interface Length {
  min: number;
  max: number;
}

/** A name or a title. */
export const nameLength: Length = { min: 1, max: 200 };
/** Why something was done, for those who read it later. */
export const reasonLength: Length = { min: 3, max: 500 };

/**
 * One line that somebody typed, without the space around it. `path` ends with its name.
 * Refuses with INVALID what is too short or too long, what nobody could see, and what cannot be kept as it came.
 */
export function checkLine(text: string, length: Length, path: string[]): string {
  return check(text, length, path, /[\p{Cc}\p{Zl}\p{Zp}]/u);
}

/** The same for words that may go over several lines. */
export function checkNote(text: string, length: Length, path: string[]): string {
  return check(text, length, path, /[^\P{Cc}\t\r\n]/u);
}

function check(text: string, { min, max }: Length, path: string[], unwanted: RegExp): string {
  const name = path.at(-1) ?? 'text';
  const trimmed = text.trim();
  if (trimmed.length < min || trimmed.length > max)
    throw new Refusal('INVALID', `The ${name} has ${trimmed.length} characters.`, path, `Use ${min} to ${max} characters.`);
  if (unwanted.test(trimmed) || !trimmed.isWellFormed())
    throw new Refusal('INVALID', `The ${name} has an invisible control character in it.`, path, 'Type it again.');
  if (min > 0 && !/[^\p{C}\p{Z}]/u.test(trimmed))
    throw new Refusal('INVALID', `The ${name} has nothing in it that can be seen.`, path, 'Type it again.');
  return trimmed;
}
