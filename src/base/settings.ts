import { isIP } from 'node:net';
import { z } from 'zod';
import { crashPoints } from './crash-points.js';
import { emailFault } from './email.js';
import { Secret } from './secret.js';

export interface Setting {
  takes: z.ZodType<unknown, string>;
  /** What `takes` takes, in words that follow "takes". */
  allowed: string;
  meaning: string;
  /** Read where nothing is given. */
  fallback?: string;
  /** What happens where nothing is given and nothing is read. */
  standard?: string;
  secret?: true;
}

const whole = (min: number, max: number) => ({
  takes: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max),
  allowed: `a whole number from ${min} to ${max}`,
});
const oneOf = <const Values extends readonly [string, ...string[]]>(...values: Values) => ({
  takes: z.enum(values),
  allowed: values.map((value) => `\`${value}\``).join(', '),
});
const origin = {
  takes: z
    .string()
    .refine((text) => isOrigin(text))
    .transform((text) => new URL(text).origin),
  allowed: 'an address like `https://pay.example.com`, without user, path or query',
};
const secrets = {
  takes: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every((part) => part.length >= 16))
    .transform((parts) => parts.map((part) => new Secret(part))),
  allowed: 'secrets of at least 16 characters, comma-separated while rotating',
  secret: true,
} as const;

/** Every setting, once: what is read, what is refused, and what the README's table says. */
export const settings = {
  PORT: { ...whole(0, 65_535), fallback: '4000', meaning: 'where it listens; 0 for any free port' },
  HOST: {
    takes: z.string().regex(/^[\w.:-]+$/),
    allowed: 'a host name or an IP address',
    fallback: '127.0.0.1',
    meaning: 'the address it listens on',
  },
  PUBLIC_URL: { ...origin, standard: '`http://localhost:$PORT`', meaning: 'how browsers reach it' },
  DATABASE_URL: {
    takes: z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .refine((text) => URL.canParse(text)),
    allowed: 'an address like `postgresql://user:password@host/name`',
    standard: 'the embedded PostgreSQL',
    meaning: 'any PostgreSQL 15 or later',
    secret: true,
  },
  DATA_DIR: { takes: z.string(), allowed: 'a path', fallback: '.data', meaning: 'the embedded database, the simulator’s books and local secrets' },
  STRIPE_SECRET_KEY: {
    takes: z.string().regex(/^(sk|rk)_(test|live)_\w+$/),
    allowed: '`sk_test_…`, `rk_test_…`, `sk_live_…` or `rk_live_…`',
    standard: 'the simulator',
    meaning: 'the platform’s key; `sk_test_sim_<world>` is a world of the simulator',
    secret: true,
  },
  STRIPE_API_BASE: { ...origin, standard: 'Stripe, or the simulator', meaning: 'another server that speaks Stripe’s API' },
  STRIPE_WEBHOOK_SECRET: {
    ...secrets,
    standard: 'generated for the simulator',
    meaning: 'secrets of the webhook endpoint for the platform’s events',
  },
  STRIPE_CONNECT_WEBHOOK_SECRET: {
    ...secrets,
    standard: 'generated for the simulator',
    meaning: 'secrets of the webhook endpoint for connected accounts’ events',
  },
  SIMULATOR_PORT: { ...whole(0, 65_535), fallback: '12111', meaning: 'where the simulator listens' },
  ADMIN_EMAIL: {
    takes: z.string().refine((text) => emailFault(text) === null),
    allowed: 'an e-mail address',
    standard: '`admin@demo.test` with the simulator',
    meaning: 'the first administrator, created once',
  },
  ADMIN_PASSWORD: {
    takes: z
      .string()
      .min(10)
      .transform((text) => new Secret(text)),
    allowed: 'at least 10 characters',
    standard: 'a demo password with the simulator',
    meaning: 'the first administrator’s password',
    secret: true,
  },
  DEMO_DATA: { ...oneOf('on', 'off'), standard: '`on` with the simulator', meaning: 'whether a first start plays half a year of sales into it' },
  ACCOUNT_PROFILE: { ...oneOf('express', 'embedded'), fallback: 'express', meaning: 'controller properties of new Stripe accounts' },
  PLATFORM_FEE_BPS: { ...whole(0, 10_000), fallback: '800', meaning: 'the platform’s share in basis points: 800 is 8 %' },
  PLATFORM_FEE_FIXED: {
    ...whole(0, 1_000_000),
    fallback: '100',
    meaning: 'added per unit sold, in minor units of the purchase’s currency; never on memberships',
  },
  PLATFORM_VAT_BPS: { ...whole(0, 10_000), fallback: '0', meaning: 'the tax contained in the fee' },
  PLATFORM_FEE_MODE: {
    ...oneOf('INCLUDED', 'ADDED'),
    standard: '`ADDED` for offerings, `INCLUDED` for direct payments',
    meaning: 'whether the fee is in the price or on top of it',
  },
  CHECKOUTS_PER_ADDRESS: {
    ...whole(0, 1_000_000),
    fallback: '10',
    meaning: 'checkouts that one network address may open in ten minutes; 0 for any number. Raise it where many buyers share one',
  },
  CHECKOUTS_PER_EMAIL: {
    ...whole(0, 1_000_000),
    fallback: '5',
    meaning: 'checkouts that may be opened for one e-mail address in an hour; 0 for any number',
  },
  SIGN_UPS_PER_ADDRESS: {
    ...whole(0, 1_000_000),
    fallback: '10',
    meaning: 'sellers that may sign up from one network address in an hour; 0 for any number',
  },
  FORM_SECONDS_MIN: {
    ...whole(0, 60),
    standard: '2; 0 with the simulator',
    meaning:
      'how long after a page was shown its form is taken, from strangers who sign up or pay: no person is quicker. 0 takes forms that nobody was shown',
  },
  CAPTCHA: {
    ...oneOf('turnstile', 'hcaptcha', 'recaptcha'),
    standard: 'none',
    meaning: 'whose puzzle strangers solve before they sign up or open a checkout; while nobody tells whether it was solved, they are refused',
  },
  CAPTCHA_SITE_KEY: {
    takes: z.string().regex(/^[\w-]{1,200}$/),
    allowed: 'letters, digits, `-` and `_`',
    standard: 'none',
    meaning: 'the key its widget is shown with',
  },
  CAPTCHA_SECRET: {
    takes: z
      .string()
      .min(10)
      .transform((text) => new Secret(text)),
    allowed: 'at least 10 characters',
    standard: 'none',
    meaning: 'the secret it is asked with whether a puzzle was solved',
    secret: true,
  },
  CAPTCHA_VERIFY_URL: {
    takes: z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)),
    allowed: 'an address like `https://captcha.example.com/siteverify`',
    standard: 'that of `CAPTCHA`',
    meaning: 'another endpoint that tells whether a puzzle was solved: it takes `secret`, `response` and `remoteip`, and answers `success`',
  },
  STAFF_SECOND_FACTOR: {
    ...oneOf('optional', 'required'),
    fallback: 'optional',
    meaning: 'whether staff may do nothing before they have set up one-time codes',
  },
  SMTP_URL: {
    takes: z
      .string()
      .refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol))
      .transform((text) => new Secret(text)),
    allowed: 'an address like `smtps://user:password@mail.example.com`',
    standard: 'none: no mail is sent; the simulator’s is in the log',
    meaning: 'the server that takes mail: invitations, forgotten passwords, and who signs up confirms their address first',
    secret: true,
  },
  MAIL_FROM: {
    takes: z.string().refine((text) => emailFault(text) === null),
    allowed: 'an e-mail address',
    standard: '`no-reply@` and the host of `PUBLIC_URL`',
    meaning: 'the sender of all mail',
  },
  SEALING_KEYS: {
    ...secrets,
    standard: 'made from `STRIPE_SECRET_KEY`; set it before that is changed',
    meaning: 'what secrets in the database are sealed with: the first seals, all of them open',
  },
  INBOX_DAYS: {
    ...whole(31, 36_500),
    fallback: '400',
    meaning: 'for how long Stripe’s events are kept once they are applied: longer than Stripe lists them. What is parked or waits is kept on',
  },
  OUTBOX_DAYS: {
    ...whole(4, 36_500),
    fallback: '400',
    meaning:
      'for how long changes and their deliveries are kept for partners to be told again, and to be looked at; of each subject the newest stays',
  },
  TRUSTED_PROXIES: {
    takes: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .refine((parts) => parts.every(isNetwork)),
    allowed: 'IP addresses or networks like `10.0.0.0/8`, comma-separated',
    standard: 'none',
    meaning: 'the proxies in front of it, whose `X-Forwarded-For` says where requests come from',
  },
  METRICS_TOKEN: {
    takes: z
      .string()
      .min(16)
      .transform((text) => new Secret(text)),
    allowed: 'at least 16 characters',
    standard: 'open; closed in production',
    meaning: 'what `/metrics` takes as a bearer token',
    secret: true,
  },
  STRIPE_MAX_RPS: { ...whole(1, 10_000), standard: '100; 25 with a test key', meaning: 'requests a second to Stripe, of all processes together' },
  STRIPE_ENDPOINT_MAX_RPS: { ...whole(1, 10_000), fallback: '25', meaning: 'the same for one endpoint of Stripe' },
  NODE_ENV: {
    ...oneOf('development', 'production', 'test'),
    fallback: 'development',
    meaning: '`production` turns demo values and schema introspection off',
  },
  LOG_LEVEL: { ...oneOf('debug', 'info', 'warn', 'error', 'silent'), fallback: 'info', meaning: 'the least that is logged' },
  HOLDFAST_CRASH_AT: { ...oneOf(...crashPoints), standard: 'nowhere', meaning: 'for tests: where the process dies as in a power cut' },
} as const satisfies Record<string, Setting>;
export type Name = keyof typeof settings;
export type Values = {
  [N in Name]: z.output<(typeof settings)[N]['takes']> | ((typeof settings)[N] extends { fallback: string } ? never : undefined);
};

export const names = Object.keys(settings) as Name[];

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && pathname === '/' && search === '' && hash === '';
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  return (
    version > 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128)))
  );
}

/** The settings as the README's table; a test compares the two. */
export function settingsTable(): string {
  const rows = names.map((name) => {
    const { fallback, standard, allowed, meaning }: Setting = settings[name];
    return `| \`${name}\` | ${fallback === undefined ? standard : `\`${fallback}\``} | ${meaning} | ${allowed} |`;
  });
  return ['| setting | default | meaning | takes |', '|---|---|---|---|', ...rows].join('\n');
}
