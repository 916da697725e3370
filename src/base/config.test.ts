import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError, demoAdministrator, readConfig } from './config.js';
import { settings, settingsTable } from './settings.js';

type Environment = Record<string, string>;

const whsec = 'whsec_0123456789abcdef';
const withTestKey: Environment = { STRIPE_SECRET_KEY: 'sk_test_canary', STRIPE_WEBHOOK_SECRET: whsec, STRIPE_CONNECT_WEBHOOK_SECRET: whsec };
const withLiveKey: Environment = {
  ...withTestKey,
  STRIPE_SECRET_KEY: 'rk_live_canary',
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://pay.example.com',
};

function problemsOf(env: Environment): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('start the simulator and the demo where nothing is given', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:4000',
      databaseUrl: null,
      dataDir: '.data',
      simulatorPort: 12_111,
      simulatorUrl: 'http://127.0.0.1:12111',
      accountProfile: 'express',
      demoData: true,
      production: false,
      logLevel: 'info',
      crashAt: null,
      defaultTerms: { percentageBps: 800, fixedFeeMinor: 100, vatBps: 0, feeMode: 'INCLUDED' },
      stripe: {
        mode: 'simulator',
        apiBase: 'http://127.0.0.1:12111',
        platformWebhookSecrets: [],
        connectWebhookSecrets: [],
        requestsPerSecondMax: 100,
        endpointRequestsPerSecondMax: 25,
      },
    });
    expect(config.stripe.secretKey.reveal()).toBe('sk_test_sim_main');
    expect(config.administrator?.email).toBe(demoAdministrator.email);
    expect(config.administrator?.password.reveal()).toBe(demoAdministrator.password);
  });

  it('take an empty value for one that was not given', () => {
    expect(readConfig({ PORT: '', PUBLIC_URL: '', LOG_LEVEL: '' })).toMatchObject({
      port: 4000,
      publicUrl: 'http://localhost:4000',
      logLevel: 'info',
    });
  });

  it('tell Stripe’s test and live keys and the simulator’s worlds apart', () => {
    expect(readConfig(withTestKey)).toMatchObject({
      simulatorUrl: null,
      administrator: null,
      stripe: { mode: 'test', apiBase: 'https://api.stripe.com', requestsPerSecondMax: 25 },
    });
    expect(readConfig(withLiveKey)).toMatchObject({
      production: true,
      stripe: { mode: 'live', apiBase: 'https://api.stripe.com', requestsPerSecondMax: 100 },
    });
    expect(readConfig({ STRIPE_SECRET_KEY: 'sk_test_sim_two' })).toMatchObject({
      simulatorUrl: 'http://127.0.0.1:12111',
      stripe: { mode: 'simulator' },
    });
    expect(readConfig({ ...withTestKey, STRIPE_SECRET_KEY: 'sk_test_a_live_b' }).stripe.mode).toBe('test');
    expect(readConfig({ STRIPE_API_BASE: 'http://simulator:12111' })).toMatchObject({
      simulatorUrl: null,
      stripe: { mode: 'simulator', apiBase: 'http://simulator:12111' },
    });
  });

  it('take several webhook secrets while one is rotated', () => {
    const { stripe } = readConfig({ ...withTestKey, STRIPE_WEBHOOK_SECRET: `${whsec}1, ${whsec}2` });
    expect(stripe.platformWebhookSecrets.map((secret) => secret.reveal())).toEqual([`${whsec}1`, `${whsec}2`]);
  });

  it('know the public address by its origin', () => {
    expect(readConfig({ PUBLIC_URL: 'https://Pay.Example.com:443/' }).publicUrl).toBe('https://pay.example.com');
  });

  it.each([
    ['PORT', '70000', 'a whole number from 0 to 65535'],
    ['PORT', '4e3', 'a whole number'],
    ['HOST', 'http://x', 'a host name'],
    ['PUBLIC_URL', 'https://pay.example.com/path', 'without user, path or query'],
    ['PUBLIC_URL', 'https://pay.example.com?a=b', 'without user, path or query'],
    ['PUBLIC_URL', 'javascript:alert(1)', 'an address like'],
    ['STRIPE_API_BASE', 'localhost:12111', 'an address like'],
    ['STRIPE_MAX_RPS', '0', 'a whole number from 1'],
    ['ACCOUNT_PROFILE', 'custom', '`express`, `embedded`'],
    ['PLATFORM_FEE_BPS', '10001', 'a whole number from 0 to 10000'],
    ['PLATFORM_FEE_BPS', '8%', 'a whole number'],
    ['PLATFORM_VAT_BPS', '-1', 'a whole number'],
    ['PLATFORM_FEE_MODE', 'added', '`INCLUDED`, `ADDED`'],
    ['ADMIN_EMAIL', 'admin', 'an e-mail address'],
    ['NODE_ENV', 'staging', '`development`, `production`, `test`'],
    ['LOG_LEVEL', 'loud', '`debug`'],
    ['HOLDFAST_CRASH_AT', 'nowhere', '`operation.intended`'],
  ])('refuse %s=%s, saying what came and what it takes', (name, value, allowed) => {
    const [problem, ...more] = problemsOf({ [name]: value });
    expect(more).toEqual([]);
    expect(problem).toContain(`${name} is ${JSON.stringify(value)}; it takes `);
    expect(problem).toContain(allowed);
  });

  it.each([
    ['STRIPE_SECRET_KEY', 'canary'],
    ['STRIPE_SECRET_KEY', 'pk_test_canary'],
    ['DATABASE_URL', 'mysql://canary:canary@db/x'],
    ['STRIPE_WEBHOOK_SECRET', 'canary'],
    ['STRIPE_WEBHOOK_SECRET', `${whsec},`],
    ['ADMIN_PASSWORD', 'canary'],
    ['PORT', 'sk_live_canary'],
    ['PUBLIC_URL', 'https://user:canary@pay.example.com'],
  ])('refuse a wrong %s without showing it', (name, value) => {
    const [problem, ...more] = problemsOf({ [name]: value });
    expect(more).toEqual([]);
    expect(problem).toContain(`${name} is (hidden); it takes `);
    expect(problem).not.toMatch(/canary|whsec_0/);
  });

  it.each(['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_CONNECT_WEBHOOK_SECRET', 'DATABASE_URL', 'ADMIN_PASSWORD'])(
    'refuse an empty %s: it was meant to be something',
    (name) => {
      expect(problemsOf({ [name]: ' ' })).toContain(`${name} is set but empty; give it a value, or leave it out.`);
      expect(problemsOf({ [name]: '' })).toEqual([`${name} is set but empty; give it a value, or leave it out.`]);
    },
  );

  it.each([
    ['STRIPE_SECRET_KYE', 'Did you mean STRIPE_SECRET_KEY?'],
    ['stripe_secret_key', 'Did you mean STRIPE_SECRET_KEY?'],
    ['STRIPE_WEBHOOK_SECRETS', 'Did you mean STRIPE_WEBHOOK_SECRET?'],
    ['DATABASE_URI', 'Did you mean DATABASE_URL?'],
    ['PLATFORM_COMMISSION_PERCENTAGE', 'There are PLATFORM_FEE_BPS, PLATFORM_FEE_FIXED, PLATFORM_VAT_BPS, PLATFORM_FEE_MODE.'],
    ['STRIPE_API_KEY', 'There are STRIPE_SECRET_KEY, '],
    ['HOLDFAST_SOMETHING_ELSE_ENTIRELY', 'There is HOLDFAST_CRASH_AT.'],
  ])('refuse the unknown %s without its value, and suggest what was meant', (name, suggested) => {
    const [problem, ...more] = problemsOf({ [name]: 'canary' });
    expect(more).toEqual([]);
    expect(problem).toContain(`${name} is not a setting. ${suggested}`);
    expect(problem).not.toContain('canary');
  });

  it('leave the environment of other programs alone', () => {
    expect(problemsOf({ PATH: '/bin', HOME: '/root', npm_config_x: '1', NODE_OPTIONS: '', HOLDFAST_TEST_SERVER: 'x' })).toEqual([]);
  });

  it.each<[string, Environment, string[]]>([
    ['a live key outside production', { ...withLiveKey, NODE_ENV: 'test' }, ['STRIPE_SECRET_KEY is a live key']],
    [
      'a live key where NODE_ENV is not given',
      { ...withTestKey, STRIPE_SECRET_KEY: 'sk_live_x', PUBLIC_URL: 'https://a.example' },
      ['STRIPE_SECRET_KEY is a live key'],
    ],
    ['a live key sent elsewhere', { ...withLiveKey, STRIPE_API_BASE: 'http://127.0.0.1:12111' }, ['STRIPE_API_BASE goes with no live key']],
    ['a live key without a public address', { ...withTestKey, STRIPE_SECRET_KEY: 'sk_live_x', NODE_ENV: 'production' }, ['PUBLIC_URL is missing']],
    ['a live key on plain http', { ...withLiveKey, PUBLIC_URL: 'http://pay.example.com' }, ['PUBLIC_URL is http']],
    ['a live key on a name that only begins like localhost', { ...withLiveKey, PUBLIC_URL: 'http://localhost.example.com' }, ['PUBLIC_URL is http']],
    ['the simulator in production', { NODE_ENV: 'production' }, ['NODE_ENV is production']],
    ['a world of the simulator in production', { NODE_ENV: 'production', STRIPE_SECRET_KEY: 'sk_test_sim_x' }, ['NODE_ENV is production']],
    ['two servers on one port', { PORT: '12111' }, ['SIMULATOR_PORT is the same']],
    [
      'a key without webhook secrets',
      { STRIPE_SECRET_KEY: 'sk_test_x' },
      ['STRIPE_WEBHOOK_SECRET is missing', 'STRIPE_CONNECT_WEBHOOK_SECRET is missing'],
    ],
    [
      'a key with the demo’s password',
      { ...withTestKey, ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: demoAdministrator.password },
      ['ADMIN_PASSWORD is the demo’s'],
    ],
    ['an administrator without a password', { ...withTestKey, ADMIN_EMAIL: 'a@example.com' }, ['ADMIN_EMAIL and ADMIN_PASSWORD go together']],
    [
      'a captcha without its secret',
      { CAPTCHA: 'turnstile', CAPTCHA_SITE_KEY: 'site' },
      ['CAPTCHA, CAPTCHA_SITE_KEY and CAPTCHA_SECRET go together'],
    ],
    ['a captcha’s endpoint without it', { CAPTCHA_VERIFY_URL: 'https://captcha.example.com/verify' }, ['CAPTCHA_VERIFY_URL goes with CAPTCHA']],
    [
      'a captcha’s endpoint that anybody between can answer for',
      {
        ...withLiveKey,
        CAPTCHA: 'hcaptcha',
        CAPTCHA_SITE_KEY: 'site',
        CAPTCHA_SECRET: '0x0123456789',
        CAPTCHA_VERIFY_URL: 'http://captcha.example.com/verify',
      },
      ['CAPTCHA_VERIFY_URL is http'],
    ],
    ['a crash in production', { ...withLiveKey, HOLDFAST_CRASH_AT: 'event.stored' }, ['HOLDFAST_CRASH_AT is for tests']],
  ])('refuse %s', (_what, env, expected) => {
    expect(problemsOf(env)).toEqual(expected.map((start) => expect.stringContaining(start)));
  });

  it('accept a live key on localhost, where a tunnel ends, and Stripe’s own address', () => {
    for (const PUBLIC_URL of ['http://localhost:4000', 'http://127.0.0.1', 'http://[::1]:4000'])
      expect(problemsOf({ ...withLiveKey, PUBLIC_URL, STRIPE_API_BASE: 'https://api.stripe.com' })).toEqual([]);
  });

  it('tell every problem at once: unknown, malformed and unsafe', () => {
    const problems = problemsOf({
      STRIPE_SECRET_KEY: 'sk_live_canary',
      STRIPE_KEY: 'x',
      PORT: 'x',
      STRIPE_WEBHOOK_SECRET: 'short',
      PUBLIC_URL: 'http://pay.example.com',
      ACCOUNT_PROFILE: 'x',
    });
    const named = problems.map((problem) => problem.split(' ')[0]).sort();
    expect(named).toEqual([
      'ACCOUNT_PROFILE',
      'PORT',
      'PUBLIC_URL',
      'STRIPE_CONNECT_WEBHOOK_SECRET',
      'STRIPE_KEY',
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
    ]);
    expect(() => readConfig({ PORT: 'x', HOST: ' ' })).toThrow(/^These settings stop the start:\n {2}- PORT is "x".*\n {2}- HOST is " ".*$/);
  });

  it('show no secret of theirs when printed, logged or refused', () => {
    const config = readConfig({
      ...withLiveKey,
      DATABASE_URL: 'postgresql://u:canary@db/x',
      STRIPE_WEBHOOK_SECRET: 'whsec_canary_0123456',
      ADMIN_EMAIL: 'a@example.com',
      ADMIN_PASSWORD: 'canary-canary',
    });
    expect(`${inspect(config, { depth: 9, showHidden: true })}${JSON.stringify(config)}`).not.toContain('canary');
  });

  it('either start or say why, whatever they are', () => {
    const name = fc.constantFrom(
      'PORT',
      'HOST',
      'PUBLIC_URL',
      'DATABASE_URL',
      'STRIPE_SECRET_KEY',
      'STRIPE_API_BASE',
      'STRIPE_WEBHOOK_SECRET',
      'ADMIN_EMAIL',
      'PLATFORM_FEE_BPS',
      'STRIPE_X',
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.nat().map(String))), (env) => {
        for (const problem of problemsOf(env)) expect(problem).toMatch(/^[A-Z_]+ (is|goes|and) .+\.$/);
      }),
    );
  });
});

describe('the table of settings', () => {
  it('has one row for each, with its default, its meaning and what it takes', () => {
    const rows = settingsTable().split('\n');
    expect(rows).toHaveLength(2 + Object.keys(settings).length);
    expect(rows).toContain('| `PLATFORM_FEE_BPS` | `800` | the platform’s share in basis points: 800 is 8 % | a whole number from 0 to 10000 |');
    expect(rows).toContain(
      '| `PUBLIC_URL` | `http://localhost:$PORT` | how browsers reach it | an address like `https://pay.example.com`, without user, path or query |',
    );
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(5);
    expect(settingsTable()).not.toContain('undefined');
  });
});

describe('settings as somebody may see them', () => {
  it('are all there, what holds and whether it was given, and no secret among them', () => {
    const { told } = readConfig({ ...withTestKey, DATABASE_URL: 'postgresql://user:canary@db/holdfast', PORT: '5000' });
    expect(told.map(({ name }) => name)).toEqual(Object.keys(settings));
    expect(told).toContainEqual(expect.objectContaining({ name: 'PORT', value: '5000', isGiven: true, isSecret: false }));
    expect(told).toContainEqual(expect.objectContaining({ name: 'HOST', value: '127.0.0.1', isGiven: false }));
    expect(told).toContainEqual(expect.objectContaining({ name: 'STRIPE_SECRET_KEY', value: null, isGiven: true, isSecret: true }));
    expect(JSON.stringify(told)).not.toMatch(/canary|0123456789abcdef/);
  });
});
