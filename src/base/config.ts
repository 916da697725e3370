import { z } from 'zod';
import { Secret } from './secret.js';
import type { CommissionTerms, FeeMode } from './terms.js';

interface Setting {
  name: string;
  standard: string;
  meaning: string;
  secret?: true;
}

/** Every setting, once: what is read, and what the README's table says. */
const settings = [
  { name: 'PORT', standard: '4000', meaning: 'where it listens' },
  { name: 'HOST', standard: '127.0.0.1', meaning: 'the address it listens on' },
  { name: 'PUBLIC_URL', standard: 'http://localhost:$PORT', meaning: 'how browsers reach it' },
  { name: 'DATABASE_URL', standard: 'the embedded PostgreSQL', meaning: 'any PostgreSQL 15 or later', secret: true },
  { name: 'DATA_DIR', standard: '.data', meaning: 'the embedded database, the simulator’s books and local secrets' },
  { name: 'STRIPE_SECRET_KEY', standard: 'the simulator', meaning: '`sk_test_…`, `rk_…` or `sk_live_…`', secret: true },
  { name: 'STRIPE_API_BASE', standard: 'Stripe, or the simulator', meaning: 'another base URL' },
  { name: 'STRIPE_WEBHOOK_SECRET', standard: 'generated for the simulator', meaning: 'secrets of the platform’s webhook endpoint, comma-separated while rotating', secret: true },
  { name: 'STRIPE_CONNECT_WEBHOOK_SECRET', standard: 'generated for the simulator', meaning: 'the same for the Connect endpoint', secret: true },
  { name: 'SIMULATOR_PORT', standard: '12111', meaning: 'the simulator’s port' },
  { name: 'ADMIN_EMAIL', standard: 'admin@demo.test with the simulator', meaning: 'the first administrator, created once' },
  { name: 'ADMIN_PASSWORD', standard: 'a demo password with the simulator', meaning: 'the first administrator’s password', secret: true },
  { name: 'ACCOUNT_PROFILE', standard: 'express', meaning: '`express` or `embedded` controller properties of new Stripe accounts' },
  { name: 'PLATFORM_FEE_BPS', standard: '800', meaning: 'the platform’s share in basis points: 800 is 8 %' },
  { name: 'PLATFORM_FEE_FIXED', standard: '100', meaning: 'added per unit sold, in minor units of the purchase’s currency; never on memberships' },
  { name: 'PLATFORM_VAT_BPS', standard: '0', meaning: 'the tax contained in the fee' },
  { name: 'PLATFORM_FEE_MODE', standard: '`INCLUDED` for direct payments', meaning: '`INCLUDED` in the price or `ADDED` to it' },
  { name: 'STRIPE_MAX_RPS', standard: '100; 25 with a test key', meaning: 'requests a second to Stripe, of all processes together' },
  { name: 'STRIPE_ENDPOINT_MAX_RPS', standard: '25', meaning: 'the same for one endpoint of Stripe' },
  { name: 'NODE_ENV', standard: 'development', meaning: '`production` turns demo values and schema introspection off' },
  { name: 'LOG_LEVEL', standard: 'info', meaning: '`debug`, `info`, `warn`, `error` or `silent`' },
] as const satisfies Setting[];

const ours = /^(STRIPE|PLATFORM|ADMIN|SIMULATOR|ACCOUNT|DATABASE|HOLDFAST|PUBLIC)_/;
export const demoAdministrator = { email: 'admin@demo.test', password: 'holdfast-demo' };

export type StripeMode = 'simulator' | 'test' | 'live';

/** What the operator decided, validated once at the start. */
export interface Config {
  port: number;
  host: string;
  publicUrl: string;
  databaseUrl: Secret | null;
  dataDir: string;
  stripe: {
    mode: StripeMode;
    secretKey: Secret;
    apiBase: string;
    platformWebhookSecrets: Secret[];
    connectWebhookSecrets: Secret[];
    requestsPerSecondMax: number;
    endpointRequestsPerSecondMax: number;
  };
  simulatorPort: number;
  administrator: { email: string; password: Secret } | null;
  accountProfile: 'express' | 'embedded';
  /** The commission on direct payments of accounts without a plan of their own. */
  defaultTerms: CommissionTerms;
  production: boolean;
  logLevel: string;
}

/** Thrown with every problem at once, each with the setting's name, what came, and the fix. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`These settings stop the start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const whole = (max: number) => z.string().regex(/^\d{1,9}$/, `takes a whole number from 0 to ${max}`).transform(Number).refine((n) => n <= max, `takes a whole number from 0 to ${max}`);
const origin = z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).pathname === '/' && new URL(text).search === '', 'takes an address like https://pay.example.com, without a path');
const secretList = z.string().transform((text) => text.split(',').map((part) => part.trim())).refine((parts) => parts.every((part) => part.length >= 16), 'takes secrets of at least 16 characters, comma-separated').transform((parts) => parts.map((part) => new Secret(part)));

const shape = z.object({
  PORT: whole(65_535).default(4000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'takes an address like postgresql://user:password@host/name').optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_(test|live)_\w+$/, 'takes a key like sk_test_…, rk_test_…, sk_live_… or rk_live_…').optional(),
  STRIPE_API_BASE: origin.optional(),
  STRIPE_WEBHOOK_SECRET: secretList.optional(),
  STRIPE_CONNECT_WEBHOOK_SECRET: secretList.optional(),
  SIMULATOR_PORT: whole(65_535).default(12_111),
  ADMIN_EMAIL: z.string().regex(/^[^@\s]+@[^@\s]+$/, 'takes an e-mail address').optional(),
  ADMIN_PASSWORD: z.string().min(10, 'takes at least 10 characters').optional(),
  ACCOUNT_PROFILE: z.enum(['express', 'embedded'], 'takes express or embedded').default('express'),
  PLATFORM_FEE_BPS: whole(10_000).default(800),
  PLATFORM_FEE_FIXED: whole(1_000_000).default(100),
  PLATFORM_VAT_BPS: whole(10_000).default(0),
  PLATFORM_FEE_MODE: z.enum(['INCLUDED', 'ADDED'], 'takes INCLUDED or ADDED').optional(),
  STRIPE_MAX_RPS: whole(10_000).optional(),
  STRIPE_ENDPOINT_MAX_RPS: whole(10_000).default(25),
  NODE_ENV: z.enum(['development', 'production', 'test'], 'takes development, production or test').default('development'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'takes debug, info, warn, error or silent').default('info'),
});
type Values = z.infer<typeof shape>;

/** The settings of this process. The only reader of the environment. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = shape.safeParse(given);
  const problems = [...unknownSettings(given), ...emptySecrets(env)];
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => malformed(String(issue.path[0]), given, issue.message)));
  if (parsed.success) problems.push(...unsafe(parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return assemble(parsed.data);
}

function unknownSettings(given: Record<string, unknown>): string[] {
  const names = settings.map(({ name }) => name as string);
  return Object.keys(given)
    .filter((name) => ours.test(name) && !names.includes(name) && name !== 'HOLDFAST_CRASH_AT')
    .map((name) => `${name} is not a setting; ${names.filter((known) => known.split('_')[0] === name.split('_')[0]).join(', ') || names.join(', ')} are.`);
}

function emptySecrets(env: NodeJS.ProcessEnv): string[] {
  return ['STRIPE_WEBHOOK_SECRET', 'STRIPE_CONNECT_WEBHOOK_SECRET', 'STRIPE_SECRET_KEY'].filter((name) => env[name] === '').map((name) => `${name} is set but empty; give it a value or leave it out.`);
}

function malformed(name: string, given: Record<string, unknown>, message: string): string {
  const secret = settings.some((setting) => setting.name === name && 'secret' in setting);
  return `${name} ${secret ? '(hidden)' : JSON.stringify(given[name])} ${message}.`;
}

function modeOf(values: Values): StripeMode {
  if (!values.STRIPE_SECRET_KEY) return 'simulator';
  return values.STRIPE_SECRET_KEY.includes('_live_') ? 'live' : 'test';
}

function unsafe(values: Values): string[] {
  const mode = modeOf(values);
  const problems: string[] = [];
  if (mode === 'live' && values.NODE_ENV !== 'production') problems.push('STRIPE_SECRET_KEY is a live key; set NODE_ENV=production with it, or use a test key.');
  if (mode === 'live' && values.STRIPE_API_BASE) problems.push('STRIPE_API_BASE goes with no live key: real money goes to Stripe alone. Leave it out.');
  if (mode === 'simulator' && values.NODE_ENV === 'production') problems.push('NODE_ENV is production but STRIPE_SECRET_KEY is missing: the simulator moves no money. Give a key.');
  if (mode === 'live' && values.PUBLIC_URL?.startsWith('http://')) problems.push('PUBLIC_URL is http; with a live key it takes https.');
  if (mode === 'live' && !values.PUBLIC_URL) problems.push('PUBLIC_URL is missing; with a live key, buyers and Stripe must be told a public https address.');
  if (mode !== 'simulator' && !values.STRIPE_WEBHOOK_SECRET) problems.push('STRIPE_WEBHOOK_SECRET is missing; it is shown where the webhook endpoint was made at Stripe.');
  if (mode !== 'simulator' && !values.STRIPE_CONNECT_WEBHOOK_SECRET) problems.push('STRIPE_CONNECT_WEBHOOK_SECRET is missing; it is shown where the Connect webhook endpoint was made at Stripe.');
  if (mode !== 'simulator' && values.ADMIN_PASSWORD === demoAdministrator.password) problems.push('ADMIN_PASSWORD is the demo’s, which everybody knows; choose another.');
  if ((values.ADMIN_EMAIL === undefined) !== (values.ADMIN_PASSWORD === undefined) && mode !== 'simulator') problems.push('ADMIN_EMAIL and ADMIN_PASSWORD go together; give both or neither.');
  return problems;
}

function assemble(values: Values): Config {
  const mode = modeOf(values);
  const simulated = mode === 'simulator';
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL?.replace(/\/$/, '') ?? `http://localhost:${values.PORT}`,
    databaseUrl: values.DATABASE_URL ? new Secret(values.DATABASE_URL) : null,
    dataDir: values.DATA_DIR,
    stripe: {
      mode,
      secretKey: new Secret(values.STRIPE_SECRET_KEY ?? 'sk_test_sim_main'),
      apiBase: values.STRIPE_API_BASE?.replace(/\/$/, '') ?? (simulated ? `http://127.0.0.1:${values.SIMULATOR_PORT}` : 'https://api.stripe.com'),
      platformWebhookSecrets: values.STRIPE_WEBHOOK_SECRET ?? [],
      connectWebhookSecrets: values.STRIPE_CONNECT_WEBHOOK_SECRET ?? [],
      requestsPerSecondMax: values.STRIPE_MAX_RPS ?? (mode === 'test' ? 25 : 100),
      endpointRequestsPerSecondMax: values.STRIPE_ENDPOINT_MAX_RPS,
    },
    simulatorPort: values.SIMULATOR_PORT,
    administrator: administratorOf(values, simulated),
    accountProfile: values.ACCOUNT_PROFILE,
    defaultTerms: {
      percentageBps: values.PLATFORM_FEE_BPS,
      fixedFeeMinor: values.PLATFORM_FEE_FIXED,
      vatBps: values.PLATFORM_VAT_BPS,
      feeMode: (values.PLATFORM_FEE_MODE ?? 'INCLUDED') satisfies FeeMode,
    },
    production: values.NODE_ENV === 'production',
    logLevel: values.LOG_LEVEL,
  };
}

function administratorOf(values: Values, simulated: boolean): Config['administrator'] {
  const email = values.ADMIN_EMAIL ?? (simulated ? demoAdministrator.email : undefined);
  const password = values.ADMIN_PASSWORD ?? (simulated ? demoAdministrator.password : undefined);
  return email && password ? { email, password: new Secret(password) } : null;
}

/** The settings as the README's table; a test compares the two. */
export function settingsTable(): string {
  const rows = settings.map(({ name, standard, meaning }) => `| \`${name}\` | ${standard} | ${meaning} |`);
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
