import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const hiddenKeys = ['password', 'secret', 'token', 'cookie', 'authorization', 'email', 'url', 'clientSecret', 'client_secret', 'apiKey'];
const hiddenValues: [RegExp, string][] = [
  [/\b(sk|rk|pk)_(test|live)_\w+/g, '[key]'],
  [/\bwhsec_\w+/g, '[secret]'],
  [/\bhttps?:\/\/[^\s"']*\/(c\/pay|setup|express|billing)\/[^\s"']*/g, '[link]'],
  [/[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){1,4}/g, '[e-mail]'],
  [/\b\d(?:[ -]?\d){12,18}\b/g, '[number]'],
];

function scrub(text: string): string {
  return hiddenValues.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
}

/**
 * A log in lines of JSON. Secrets, links that work once, and addresses of people stay out: those who log do not pass them,
 * and what slips through is hidden here by its key or by its look.
 */
export function openLog(level: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: hiddenKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[hidden]' },
      hooks: { streamWrite: scrub },
      serializers: { err: pino.stdSerializers.err },
    },
    ...(destination ? ([destination] as const) : []),
  );
}
