import type { Chance } from '../proving/chance.js';

const strange = [
  '',
  ' ',
  '\u0000',
  'null',
  'undefined',
  'true',
  '-1',
  '1e309',
  'NaN',
  '9007199254740993',
  "' or '1'='1",
  `x'; drop table payment; --`,
  '%00%0d%0aset-cookie:%20a=b',
  '\r\nx-injected: 1',
  '../../../../etc/passwd',
  '..%2f..%2f.env',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '#{7*7}',
  '__proto__',
  'constructor',
  '\ud800',
  '\u202e\u2028\ufeff',
  '🂡'.repeat(40),
  'ſtring@exaMple.com',
  'a'.repeat(5_000),
  '2026-13-45T99:99:99Z',
  '2026-11-21T12:00:00Z',
  'USD',
  'XXX',
  'ada@example.com',
  'https://127.0.0.1:1/hook',
  'javascript:alert(1)',
  '['.repeat(200),
];

/** A text that somebody might send who means no good, or does not care. */
export function strangeText(chance: Chance): string {
  if (chance.happens(0.1)) return chance.bytes(chance.below(60)).toString('latin1');
  return chance.of(strange);
}

export function strangeNumber(chance: Chance): number {
  return chance.of([0, -0, -1, 1, 2, 100, 101, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, 0.5, -0.01, 1e-7, chance.below(1_000_000)]);
}

/** A value of any shape, no deeper than so many levels. */
export function strangeValue(chance: Chance, depth = 3): unknown {
  const kind = chance.below(depth > 0 ? 7 : 5);
  if (kind === 0) return null;
  if (kind === 1) return chance.happens(0.5);
  if (kind === 2) return strangeNumber(chance);
  if (kind <= 4) return strangeText(chance);
  if (kind === 5) return Array.from({ length: chance.below(4) }, () => strangeValue(chance, depth - 1));
  return Object.fromEntries(Array.from({ length: chance.below(4) }, () => [strangeText(chance).slice(0, 40), strangeValue(chance, depth - 1)]));
}

/** A text with some of its letters gone, doubled, or others. */
export function mangled(chance: Chance, text: string): string {
  let left = text;
  for (let times = chance.below(4) + 1; times > 0; times--) {
    const at = chance.below(left.length + 1);
    const cut = chance.below(6);
    const put = chance.of([
      '',
      '',
      '{',
      '}',
      '(',
      '"',
      '$',
      '@',
      '...',
      '\\',
      '\u0000',
      '#',
      strangeText(chance).slice(0, 200),
      left.slice(at, at + 20),
    ]);
    left = left.slice(0, at) + put + left.slice(at + cut);
  }
  return left;
}
