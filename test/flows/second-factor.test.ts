import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { at, secondMs, systemClock } from '../../src/base/clock.js';
import { Api, joinStaff, signInAsAdmin, signUp } from '../support/api.js';
import { codeOf as deviceCode, enrol } from '../support/one-time-codes.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

const halfMinuteMs = 30 * secondMs;
let nowMs = Math.floor(systemClock.now().getTime() / halfMinuteMs) * halfMinuteMs;
const clock = { now: () => at(nowMs++) }; // goes a millisecond each time it is looked at, so that no half minute turns between a code and its use
let world: TestWorld;
let database: pg.Client;
let luna: Api;
let email: string;

beforeAll(async () => {
  world = await openWorld({}, { works: false, clock });
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await world.close();
});
beforeEach(async () => {
  luna = await signUp(world, 'Luna');
  ({ email } = (await luna.run<{ viewer: { email: string } }>('{ viewer { email } }')).viewer);
});

const password = 'a quiet moon rises';
const post = (path: string, body: object, cookie = '') =>
  fetch(`${world.url}/api/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', cookie }, body: JSON.stringify(body) });
const cookieOf = (answer: Response) => (answer.headers.getSetCookie()[0] ?? '').split(';')[0] as string;
const start = 'mutation { startSecondFactor { secret uri userErrors { code path } } }';
const confirm = 'mutation ($code: String!) { confirmSecondFactor(input: { code: $code }) { recoveryCodes userErrors { code path } } }';
const stepUp = 'mutation ($input: StepUpInput!) { stepUp(input: $input) { userErrors { code path } } }';
const remove = 'mutation { removeSecondFactor { removed userErrors { code path } } }';

const codeOf = (secret: string, steps = 0) => deviceCode(world, secret, steps);
const wrong = async (secret: string) => ((await codeOf(secret)) === '000000' ? '000001' : '000000');

/** Gives the password, and then the code: the session that came of it, or the status it was refused with. */
async function signIn(code: string): Promise<Api | number> {
  const half = await post('sign-in/email', { email, password });
  const answer = await post('sign-in/code', { code }, cookieOf(half));
  return answer.ok ? new Api(world, cookieOf(answer), luna.accountId) : answer.status;
}
const whoIs = async (person: Api) => (await person.run<{ viewer: object | null }>('{ viewer { role } }')).viewer;

describe('one-time codes', () => {
  it('are asked for at sign-in once a first one has confirmed them: the password alone opens nothing', async () => {
    const { startSecondFactor } = await luna.run<{ startSecondFactor: { secret: string; uri: string } }>(start);
    expect(startSecondFactor.uri).toMatch(new RegExp(`^otpauth://totp/.*secret=${startSecondFactor.secret}`));
    expect(await whoIs(new Api(world, cookieOf(await post('sign-in/email', { email, password }))))).toEqual({ role: 'SELLER' });
    expect(await told(luna, confirm, { code: await wrong(startSecondFactor.secret) })).toBe('INVALID code');
    const { secret } = await enrol(luna);
    expect(await told(luna, start)).toBe('CONFLICT');

    const half = await post('sign-in/email', { email, password });
    expect(await half.json()).toEqual({ viewer: null });
    expect(await whoIs(new Api(world, cookieOf(half)))).toBeNull();
    const page = await fetch(`${world.url}/connect`, { redirect: 'manual', headers: { cookie: cookieOf(half) } });
    expect(page.headers.get('location')).toBe('/sign-in?to=%2Fconnect');
    expect(await signIn(await wrong(secret))).toBe(401);
    expect(await whoIs((await signIn(await codeOf(secret))) as Api)).toEqual({ role: 'SELLER' });
  });

  it('are each taken once, also of two at once, and none from before the last', async () => {
    const { secret } = await enrol(luna);
    const code = await codeOf(secret, 1);
    const outcomes = await Promise.all([signIn(code), signIn(code)]);
    expect(outcomes.filter((outcome) => outcome === 401)).toHaveLength(1);
    expect(await signIn(code)).toBe(401);
    expect(await signIn(await codeOf(secret))).toBe(401);
    expect(await signIn(await codeOf(secret, 5))).toBe(401);
  });

  it('are replaced, where the device is lost, by codes that are kept as hashes and work once', async () => {
    const { secret, recoveryCodes } = await enrol(luna);
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = '', second = '', third = ''] = recoveryCodes;
    expect(await signIn(first)).toBeInstanceOf(Api);
    expect(await signIn(first)).toBe(401);
    const again = (await signIn(second.toLowerCase().replaceAll('-', ' '))) as Api;
    const { renewRecoveryCodes } = await again.run<{ renewRecoveryCodes: { recoveryCodes: string[] } }>(
      'mutation { renewRecoveryCodes { recoveryCodes userErrors { code } } }',
    );
    expect(await signIn(third)).toBe(401);
    expect(await signIn(renewRecoveryCodes.recoveryCodes[0] as string)).toBeInstanceOf(Api);
    const { rows } = await database.query<{ text: string }>(
      'select t::text as text from recovery_code t union all select t::text from second_factor t union all select t::text from audit_entry t',
    );
    const kept = rows.map(({ text }) => text).join('\n');
    expect([secret, third, third.replaceAll('-', '')].filter((part) => kept.includes(part))).toEqual([]);
  });

  it('are guessed by nobody who has the password: ten tries, however they come', async () => {
    const { secret } = await enrol(luna);
    await database.query('delete from request_count');
    const code = await wrong(secret);
    const half = cookieOf(await post('sign-in/email', { email, password }));
    const outcomes = await Promise.all(Array.from({ length: 12 }, async () => (await post('sign-in/code', { code }, half)).status));
    expect(outcomes.filter((outcome) => outcome === 429)).toHaveLength(2);
  });

  it('are what is asked for again before what moves money or rights, in place of the password', async () => {
    const { secret } = await enrol(luna);
    await database.query(`update sign_in_session set created_at = created_at - interval '6 minutes'`);
    expect(await luna.codes(remove)).toEqual(['FORBIDDEN']);
    expect(await told(luna, stepUp, { input: { password } })).toBe('INVALID code');
    expect(await told(luna, stepUp, { input: { code: await codeOf(secret, 1) } })).toBe('done');
    expect(await told(luna, remove)).toBe('done');
    expect(await whoIs(new Api(world, cookieOf(await post('sign-in/email', { email, password }))))).toEqual({ role: 'SELLER' });
  });

  it('do not keep a stranger’s half sign-in alive: ten minutes after the password, it is given again', async () => {
    const { secret } = await enrol(luna);
    const half = cookieOf(await post('sign-in/email', { email, password }));
    await database.query('update sign_in_session set expires_at = created_at where code_due');
    expect((await post('sign-in/code', { code: await codeOf(secret) }, half)).status).toBe(401);
    expect((await post('sign-in/code', { code: await codeOf(secret) })).status).toBe(401);
    expect(await signIn(await codeOf(secret))).toBeInstanceOf(Api);
  });
});

describe('the pages', () => {
  it('set one-time codes up with a picture, sign in with them, and ask for them again', async () => {
    const browser = await (await world.browse().open('/sign-in')).submit({ email, password });
    await (await browser.open('/security')).submit({}, '/security/codes');
    expect(browser.html).toMatch(/<svg/);
    const secret = /<code>([A-Z2-7]{32})<\/code>/.exec(browser.html)?.[1] as string;
    await browser.submit({ code: await wrong(secret) }, '/security/confirm-codes');
    expect(browser.text()).toContain('This code is wrong, or was used.');
    await browser.submit({ code: await codeOf(secret, -1) }, '/security/confirm-codes');
    const [recovery = ''] = /[A-Z2-9]{4}(-[A-Z2-9]{4}){3}/.exec(browser.html) ?? [];

    const other = await (await world.browse().open('/sign-in?to=%2Fsecurity')).submit({ email, password });
    expect(new URL(other.address).pathname).toBe('/sign-in/code');
    expect((await other.submit({ code: await wrong(secret) })).status).toBe(401);
    await other.submit({ code: await codeOf(secret) });
    expect([new URL(other.address).pathname, other.text()]).toEqual([
      '/security',
      expect.stringContaining('You are asked for a code of your device'),
    ]);
    await database.query(`update sign_in_session set created_at = created_at - interval '6 minutes'`);
    await other.submit({}, '/security/remove-codes');
    expect(other.text()).toContain('Give a one-time code to go on');
    await other.submit({ againProof: recovery });
    expect(other.text()).toContain('You sign in without one-time codes.');
  });

  it('change a password, and sign out another browser', async () => {
    const browser = await (await world.browse().open('/sign-in')).submit({ email, password });
    await (await browser.open('/security')).submit(
      { currentPassword: 'not this one at all', newPassword: 'another sun rises' },
      '/security/password',
    );
    expect([browser.status, browser.text()]).toEqual([422, expect.stringContaining('This is not your present password.')]);
    expect(await whoIs(luna)).not.toBeNull();
    const [other = ''] = [...browser.html.matchAll(/name="session" value="(\w+)"/g)].map(([, id]) => id).slice(-1);
    await browser.submit({ session: other }, '/security/sign-out');
    expect([browser.text(), await whoIs(luna)]).toEqual([expect.stringContaining('Signed out there.'), null]);
    await browser.submit({ currentPassword: password, newPassword: 'another sun rises' }, '/security/password');
    expect(browser.text()).toContain('Your password is changed');
  });
});

describe('staff who must have one-time codes', () => {
  it('do nothing without them, and all their role allows with them', async () => {
    const strict = await openWorld({ STAFF_SECOND_FACTOR: 'required' }, { works: false, clock });
    try {
      const admin = await signInAsAdmin(strict);
      expect(await told(admin, '{ accounts { nodes { id } } }')).toBe('FORBIDDEN');
      const page = await fetch(`${strict.url}/admin`, { redirect: 'manual', headers: { cookie: admin.cookie as string } });
      expect(page.headers.get('location')).toBe('/security');
      await enrol(admin);
      expect(await told(admin, '{ accounts { nodes { id } } }')).toBe('done');
      expect(await told(admin, remove)).toBe('CONFLICT');
      const viewer = await joinStaff(admin, 'VIEWER');
      expect(await told(viewer, '{ accounts { nodes { id } } }')).toBe('FORBIDDEN');
      expect(await told(await signUp(strict), '{ payments { nodes { id } } }')).toBe('done');
    } finally {
      await strict.close();
    }
  });
});
