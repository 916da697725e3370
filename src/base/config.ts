import { type Captcha, captchaKinds } from './captcha.js';
import type { CrashPoint } from './crash-points.js';
import { Secret } from './secret.js';
import { type Name, names, type Setting, settings, type Values } from './settings.js';
import type { CommissionTerms } from './terms.js';

const ours =
  /^(CAPTCHA|CHECKOUTS|FORM|SIGN_UPS|SMTP|MAIL|SEALING|INBOX|OUTBOX|STAFF|TRUSTED|METRICS|STRIPE|PLATFORM|ADMIN|SIMULATOR|ACCOUNT|DATABASE|PUBLIC|DEMO|HOLDFAST(?!_TEST))_/i;
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
  /** The simulator that goes with this installation; null with a key of Stripe's, or where another server was named. */
  simulatorUrl: string | null;
  administrator: { email: string; password: Secret } | null;
  /** Whether an empty database is filled with a marketplace to look at. Never with a key of Stripe's. */
  demoData: boolean;
  accountProfile: 'express' | 'embedded';
  /** The commission on direct payments of accounts without a plan of their own. */
  defaultTerms: CommissionTerms;
  /** The same for offerings, whose fee comes on top unless a setting says otherwise. */
  offeringTerms: CommissionTerms;
  /** How often a person may do what is open to everybody; 0 for any number of times. */
  limits: { checkoutsPerAddress: number; checkoutsPerEmail: number; signUpsPerAddress: number };
  /** How long after its page was shown a stranger's form is taken; 0 for forms that nobody was shown, too. */
  formSecondsMin: number;
  /** The puzzle that strangers solve; null for none. */
  captcha: Captcha | null;
  /** Where mail is handed over and whom it is from; with no server it is printed where no real money moves, else not sent. */
  mail: { smtpUrl: Secret | null; from: string; printed: boolean };
  /** Whether staff may do nothing before they have set up one-time codes. */
  staffSecondFactor: 'optional' | 'required';
  /** What secrets in the database are sealed with, the present key first. */
  sealingKeys: Secret[];
  /** For how long events and what partners are told of are kept. */
  kept: { inboxDays: number; outboxDays: number };
  trustedProxies: string[];
  metricsToken: Secret | null;
  production: boolean;
  logLevel: string;
  crashAt: CrashPoint | null;
  /** Each setting as somebody may see it. */
  told: ToldSetting[];
}

/** A setting as it was given: no secret, and nothing that could hold one. */
export interface ToldSetting {
  name: Name;
  meaning: string;
  isGiven: boolean;
  /** Null where nothing is read, and for what nobody may see. */
  value: string | null;
  isSecret: boolean;
}

/** Thrown with every problem at once, each with the setting's name, what came, and the fix. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: string[]) {
    super(`These settings stop the start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** The settings of this process. The only reader of the environment. Throws ConfigError with all that is unknown, malformed or unsafe together. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, malformed } = readEach(env);
  const problems = [...unknownSettings(env), ...emptySecrets(env), ...malformed, ...unsafe(values, (name) => !env[name])];
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...assemble(values as Values), told: names.map((name) => tell(name, env[name])) };
}

function tell(name: Name, given: string | undefined): ToldSetting {
  const { meaning, fallback, standard, secret }: Setting = settings[name];
  const value = given || fallback || standard || null;
  const isSecret = secret === true || looksSecret(value ?? '');
  return { name, meaning, isGiven: Boolean(given), value: isSecret && given ? null : value, isSecret };
}

function looksSecret(text: string): boolean {
  return /[srp]k_|whsec_|:\/\/.*@/.test(text);
}

function readEach(env: NodeJS.ProcessEnv): { values: Partial<Values>; malformed: string[] } {
  const values: Partial<Record<Name, unknown>> = {};
  const malformed: string[] = [];
  for (const name of names) {
    const setting: Setting = settings[name];
    const text = env[name] || setting.fallback;
    if (text === undefined) continue;
    const read = setting.takes.safeParse(text);
    if (read.success) values[name] = read.data;
    else
      malformed.push(
        `${name} is ${setting.secret || looksSecret(text) ? '(hidden)' : JSON.stringify(text.slice(0, 80))}; it takes ${setting.allowed}.`,
      );
  }
  return { values: values as Partial<Values>, malformed };
}

function unknownSettings(env: NodeJS.ProcessEnv): string[] {
  const unknown = Object.keys(env).filter((name) => ours.test(name) && !(names as string[]).includes(name));
  return unknown.map((name) => `${name} is not a setting. ${suggestion(name.toUpperCase())} Correct it, or take it out of the environment.`);
}

function suggestion(name: string): string {
  const [nearest] = names.map((known) => ({ known, distance: editDistance(name, known) })).sort((a, b) => a.distance - b.distance);
  if (nearest && nearest.distance <= 3) return `Did you mean ${nearest.known}?`;
  const related = names.filter((known) => known.split('_')[0] === name.split('_')[0]);
  return `There ${related.length === 1 ? 'is' : 'are'} ${related.join(', ')}.`;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries())
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, (row[column] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}

function emptySecrets(env: NodeJS.ProcessEnv): string[] {
  const empty = names.filter((name) => 'secret' in settings[name] && env[name]?.trim() === '');
  return empty.map((name) => `${name} is set but empty; give it a value, or leave it out.`);
}

/** Settings that are well formed and must not meet. One that is malformed is told once, and trips nothing here. */
function unsafe(values: Partial<Values>, isMissing: (name: Name) => boolean): string[] {
  const mode = values.STRIPE_SECRET_KEY || isMissing('STRIPE_SECRET_KEY') ? modeOf(values) : null;
  const simulated = mode === 'simulator';
  const real = mode === 'test' || mode === 'live';
  const { PUBLIC_URL: publicUrl, STRIPE_API_BASE: apiBase } = values;
  const rules: [boolean, string][] = [
    [
      mode === 'live' && values.NODE_ENV !== undefined && values.NODE_ENV !== 'production',
      'STRIPE_SECRET_KEY is a live key; set NODE_ENV=production with it, or use a test key.',
    ],
    [
      mode === 'live' && apiBase !== undefined && apiBase !== stripeApi,
      'STRIPE_API_BASE goes with no live key: real money goes to Stripe alone. Leave it out.',
    ],
    [mode === 'live' && isMissing('PUBLIC_URL'), 'PUBLIC_URL is missing; with a live key, buyers and Stripe must be told a public https address.'],
    [
      mode === 'live' && publicUrl?.startsWith('http:') === true && !isLocal(publicUrl),
      'PUBLIC_URL is http; with a live key it takes https, except on localhost.',
    ],
    [
      simulated && values.NODE_ENV === 'production',
      'NODE_ENV is production, but there is no STRIPE_SECRET_KEY of Stripe’s: the simulator moves no money. Give a key.',
    ],
    [
      simulated && values.PORT !== undefined && values.PORT > 0 && values.PORT === values.SIMULATOR_PORT,
      'SIMULATOR_PORT is the same as PORT; give one of them another.',
    ],
    [
      real && isMissing('STRIPE_WEBHOOK_SECRET'),
      'STRIPE_WEBHOOK_SECRET is missing; Stripe shows it where the webhook endpoint for the platform’s events was made.',
    ],
    [
      real && isMissing('STRIPE_CONNECT_WEBHOOK_SECRET'),
      'STRIPE_CONNECT_WEBHOOK_SECRET is missing; Stripe shows it where the webhook endpoint for connected accounts’ events was made.',
    ],
    [real && values.ADMIN_PASSWORD?.reveal() === demoAdministrator.password, 'ADMIN_PASSWORD is the demo’s, which everybody knows; choose another.'],
    [real && isMissing('ADMIN_EMAIL') !== isMissing('ADMIN_PASSWORD'), 'ADMIN_EMAIL and ADMIN_PASSWORD go together; give both or neither.'],
    [
      new Set((['CAPTCHA', 'CAPTCHA_SITE_KEY', 'CAPTCHA_SECRET'] as const).map(isMissing)).size > 1,
      'CAPTCHA, CAPTCHA_SITE_KEY and CAPTCHA_SECRET go together; give all of them or none.',
    ],
    [!isMissing('CAPTCHA_VERIFY_URL') && isMissing('CAPTCHA'), 'CAPTCHA_VERIFY_URL goes with CAPTCHA; give that, or take it out.'],
    [
      mode === 'live' && values.CAPTCHA_VERIFY_URL?.startsWith('http:') === true,
      'CAPTCHA_VERIFY_URL is http; with a live key it takes https, or anybody between could say that puzzles are solved.',
    ],
    [!simulated && values.DEMO_DATA === 'on', 'DEMO_DATA is for the simulator; take it out where a key of Stripe’s is given.'],
    [values.HOLDFAST_CRASH_AT !== undefined && values.NODE_ENV === 'production', 'HOLDFAST_CRASH_AT is for tests; take it out of production.'],
  ];
  return rules.flatMap(([broken, problem]) => (broken ? [problem] : []));
}

const stripeApi = 'https://api.stripe.com';

function modeOf({ STRIPE_SECRET_KEY: key }: Partial<Values>): StripeMode {
  if (key === undefined || key.startsWith('sk_test_sim_')) return 'simulator';
  return /^.k_live_/.test(key) ? 'live' : 'test';
}

function isLocal(url: string): boolean {
  return /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);
}

function assemble(values: Values): Omit<Config, 'told'> {
  const mode = modeOf(values);
  const simulatorUrl = mode === 'simulator' && !values.STRIPE_API_BASE ? `http://127.0.0.1:${values.SIMULATOR_PORT}` : null;
  const terms = {
    percentageBps: values.PLATFORM_FEE_BPS,
    fixedFeeMinor: values.PLATFORM_FEE_FIXED,
    feeFloorMinor: null,
    feeCapMinor: null,
    vatBps: values.PLATFORM_VAT_BPS,
  };
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? `http://localhost:${values.PORT}`,
    databaseUrl: values.DATABASE_URL ? new Secret(values.DATABASE_URL) : null,
    dataDir: values.DATA_DIR,
    stripe: {
      mode,
      secretKey: new Secret(values.STRIPE_SECRET_KEY ?? 'sk_test_sim_main'),
      apiBase: values.STRIPE_API_BASE ?? simulatorUrl ?? stripeApi,
      platformWebhookSecrets: values.STRIPE_WEBHOOK_SECRET ?? [],
      connectWebhookSecrets: values.STRIPE_CONNECT_WEBHOOK_SECRET ?? [],
      requestsPerSecondMax: values.STRIPE_MAX_RPS ?? (mode === 'test' ? 25 : 100),
      endpointRequestsPerSecondMax: values.STRIPE_ENDPOINT_MAX_RPS,
    },
    simulatorPort: values.SIMULATOR_PORT,
    simulatorUrl,
    administrator: administratorOf(values, mode === 'simulator'),
    demoData: mode === 'simulator' && (values.DEMO_DATA ?? (values.NODE_ENV === 'development' ? 'on' : 'off')) === 'on',
    accountProfile: values.ACCOUNT_PROFILE,
    defaultTerms: { ...terms, feeMode: values.PLATFORM_FEE_MODE ?? 'INCLUDED' },
    offeringTerms: { ...terms, feeMode: values.PLATFORM_FEE_MODE ?? 'ADDED' },
    limits: {
      checkoutsPerAddress: values.CHECKOUTS_PER_ADDRESS,
      checkoutsPerEmail: values.CHECKOUTS_PER_EMAIL,
      signUpsPerAddress: values.SIGN_UPS_PER_ADDRESS,
    },
    formSecondsMin: values.FORM_SECONDS_MIN ?? (mode === 'simulator' ? 0 : 2),
    captcha: captchaOf(values),
    mail: mailOf(values, mode),
    staffSecondFactor: values.STAFF_SECOND_FACTOR,
    sealingKeys: values.SEALING_KEYS ?? [new Secret(values.STRIPE_SECRET_KEY ?? 'sk_test_sim_main')],
    kept: { inboxDays: values.INBOX_DAYS, outboxDays: values.OUTBOX_DAYS },
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    metricsToken: values.METRICS_TOKEN ?? null,
    production: values.NODE_ENV === 'production',
    logLevel: values.LOG_LEVEL,
    crashAt: values.HOLDFAST_CRASH_AT ?? null,
  };
}

function captchaOf({ CAPTCHA: kind, CAPTCHA_SITE_KEY: siteKey, CAPTCHA_SECRET: secret, CAPTCHA_VERIFY_URL: verifyUrl }: Values): Captcha | null {
  if (kind === undefined || siteKey === undefined || secret === undefined) return null;
  return { ...captchaKinds[kind], ...(verifyUrl === undefined ? {} : { verifyUrl }), siteKey, secret };
}

function mailOf(values: Values, mode: StripeMode): Config['mail'] {
  const host = values.PUBLIC_URL ? new URL(values.PUBLIC_URL).hostname : 'localhost';
  const smtpUrl = values.SMTP_URL ?? null;
  return { smtpUrl, from: values.MAIL_FROM ?? `no-reply@${host}`, printed: smtpUrl === null && mode === 'simulator' };
}

function administratorOf(values: Values, simulated: boolean): Config['administrator'] {
  const email = values.ADMIN_EMAIL ?? (simulated ? demoAdministrator.email : undefined);
  const password = values.ADMIN_PASSWORD ?? (simulated ? new Secret(demoAdministrator.password) : undefined);
  return email && password ? { email, password } : null;
}
