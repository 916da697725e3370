import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * A log in lines of JSON. Secrets, links that work once, and addresses of people stay out: those who log do not pass them,
 * and what slips through is hidden here, at any depth, by its key or by its look.
 */
export function openLog(level: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: (line) => `${JSON.stringify(withoutSecrets(JSON.parse(line)))}\n` },
      serializers: { err: pino.stdSerializers.err },
    },
    ...(destination ? ([destination] as const) : []),
  );
}

const hiddenKey = /(password|secret|token|cookie|authorization|signature|apikey|secretkey|email|url)s?$/; // of a key without its - and _
const textMax = 10_000; // characters of one value: the rest says no more, and costs the disk

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value === 'number') return holdsCardNumber(String(value)) ? '[number]' : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [scrub(key), isHidden(key, inner) ? '[hidden]' : withoutSecrets(inner)]));
}

function isHidden(key: string, value: unknown): boolean {
  return value !== null && typeof value !== 'boolean' && hiddenKey.test(key.toLowerCase().replace(/[-_]/g, ''));
}

const looks: [RegExp, string][] = [
  [/[\u2028\u2029]/g, ' '], // ends a line for some readers, and JSON lets it stand: an entry would become two
  [/(?:sk|rk|pk)_(?:test|live)_[\w*]+/g, '[key]'], // with stars: Stripe quotes a key so in its refusals
  [/whsec_[\w+/=-]+/g, '[secret]'],
  [/hf_(?:test|live)_[\w-]+/g, '[key]'],
  [/\w+_secret_\w+/g, '[secret]'], // pi_…_secret_…: whoever holds one may pay or change what it belongs to
  [/(Bearer|Basic) +[^\s"',]+/gi, '$1 [hidden]'],
  [/https?:\/\/(?:checkout|connect|billing|invoice|pay|buy)\.stripe\.com\/[^\s"'<>]*/gi, '[link]'],
  [/https?:\/\/[^\s"'<>/]+\/(?:c\/pay|setup|express|billing)\/[^\s"'<>]*/gi, '[link]'],
  [/:\/\/[^\s"'<>/@]+@/g, '://[hidden]@'], // user and password in an address
  [/[\p{L}\p{N}._%+'-]{1,64}(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.){1,4}\p{L}{2,63}/gu, '[e-mail]'],
];

/** A text without what must not be shown: keys, secrets, links that work once, people's addresses, card numbers. */
export function scrub(text: string): string {
  const short = text.length > textMax ? `${text.slice(0, textMax)}…` : text;
  const rest = looks.reduce((left, [look, instead]) => left.replace(look, instead), short);
  return rest.replace(/\d(?:[ -]?\d){12,}/g, (digits) => (holdsCardNumber(digits) ? '[number]' : digits));
}

/** Whether 13 to 19 of these digits in a row could be a card's: its first digit, and the check digit of ISO/IEC 7812. */
function holdsCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  for (let start = 0; start + 13 <= digits.length; start++) {
    if (!/[2-6]/.test(digits.charAt(start))) continue;
    for (let length = 13; length <= Math.min(19, digits.length - start); length++) {
      if (passesLuhn(digits.slice(start, start + length))) return true;
    }
  }
  return false;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const doubled = Number(digits.at(-1 - i)) * (1 + (i % 2));
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
