import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { openTestDatabase } from '../../test/support/database.js';
import { boundless } from '../../test/support/gateway.js';
import { lookInto } from '../../test/support/looking.js';
import { signUp } from '../accounts/sign-up.js';
import { at, dayMs, hourMs, minuteMs, secondMs, TurnableClock } from '../base/clock.js';
import { readConfig } from '../base/config.js';
import { sha256 } from '../base/ids.js';
import { openLog } from '../base/log.js';
import { Secret } from '../base/secret.js';
import { type Database, openDatabase } from '../db/database.js';
import { openWork, type Work } from '../db/work.js';
import { entities } from '../entities.js';
import { openStripe } from '../stripe/client.js';
import { ensureAdministrator, findViewer, signIn, signOut } from './sessions.js';

let temporary: Awaited<ReturnType<typeof openTestDatabase>>;
let database: Database;
let looking: pg.Pool;
let clock: TurnableClock;
let work: Work;
let token: string;
let people = 0;

const startMs = 1_795_000_000_000;
const password = 'a quiet moon rises';

beforeAll(async () => {
  temporary = await openTestDatabase();
  database = openDatabase({ url: temporary.url, role: 'holdfast_app', applicationName: 'sessions test', entities: [...entities] });
  looking = lookInto(temporary.url);
});
afterAll(async () => {
  await looking.end();
  await database.close();
  await temporary.close();
});
beforeEach(async () => {
  clock = new TurnableClock(at(startMs));
  const config = readConfig({ NODE_ENV: 'test', ADMIN_EMAIL: 'Chief@Example.com', ADMIN_PASSWORD: 'the chief’s own words' });
  const stripe = openStripe({ secretKey: new Secret('sk_test_sim_none'), apiBase: 'http://127.0.0.1:1', budget: boundless });
  work = openWork({ database, clock, config, log: openLog('silent') }, { stripe });
  token = (await signUp(work, { name: 'Venue Luna', email: `luna${++people}@example.com`, password })).token;
});

const kind = async () => (await findViewer(work, token)).kind;

describe('a session', () => {
  it('is that of the person who signed up, with their tenant and account', async () => {
    expect(await findViewer(work, token)).toMatchObject({
      kind: 'PERSON',
      role: 'SELLER',
      name: 'Venue Luna',
      accountId: expect.stringMatching(/^acc_/),
    });
  });

  it('is kept as a hash alone', async () => {
    const { rows } = await looking.query<{ row: string }>('select row_to_json(s)::text as row from sign_in_session s');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ row }) => row.includes(token))).toEqual([]);
  });

  it('ends at once when its person signs out, and signing out again changes nothing', async () => {
    await signOut(work, token);
    await signOut(work, token);
    expect(await kind()).toBe('ANONYMOUS');
  });

  it('ends after seven days without use', async () => {
    clock.advance(7 * dayMs - secondMs);
    expect(await kind()).toBe('PERSON');
    clock.advance(7 * dayMs + secondMs);
    expect(await kind()).toBe('ANONYMOUS');
  });

  it('ends after thirty days however much it is used', async () => {
    for (let day = 0; day < 29; day++) {
      clock.advance(dayMs);
      expect(await kind()).toBe('PERSON');
    }
    clock.advance(dayMs);
    expect(await kind()).toBe('ANONYMOUS');
  });

  it.each([
    ['half an hour without use', 30, 1],
    ['twelve hours however much it is used', 25, 29],
  ])('of staff ends after %s', async (_, stepMinutes, times) => {
    await ensureAdministrator(work);
    const staffs = await signIn(work, { email: 'chief@example.com', password: 'the chief’s own words' });
    for (let time = 0; time < times; time++) {
      expect((await findViewer(work, staffs.token)).kind).toBe('PERSON');
      clock.advance(stepMinutes * minuteMs);
    }
    expect((await findViewer(work, staffs.token)).kind).toBe('ANONYMOUS');
  });

  it('notes its last use once a minute, not at every request', async () => {
    const seen = async () => {
      const found = await looking.query<{ seen: Date }>('select last_seen_at as seen from sign_in_session where token_sha256 = $1', [sha256(token)]);
      return ((found.rows[0]?.seen.getTime() ?? 0) - startMs) / secondMs;
    };
    clock.advance(30 * secondMs);
    await kind();
    expect(await seen()).toBe(0);
    clock.advance(minuteMs);
    await kind();
    expect(await seen()).toBe(90);
  });

  it('is found while somebody else holds its row, and waits for nobody to note that it was used', async () => {
    clock.advance(2 * minuteMs);
    const somebody = await looking.connect();
    await somebody.query('begin');
    await somebody.query('select from sign_in_session where token_sha256 = $1 for update', [sha256(token)]);
    expect(await kind()).toBe('PERSON');
    await somebody.query('commit');
    somebody.release();
  });

  it.each([null, '', 'forged', 'a'.repeat(43), 'a'.repeat(100_000), '\u0000'])('is nobody’s for a forged token', async (forged) => {
    expect(await findViewer(work, forged)).toEqual({ kind: 'ANONYMOUS' });
  });
});

describe('signing in', () => {
  it('opens a new session each time, whatever the letters of the address', async () => {
    const [one, two] = [
      await signIn(work, { email: `LUNA${people}@Example.com`, password }),
      await signIn(work, { email: `luna${people}@example.com`, password }),
    ];
    expect(new Set([token, one.token, two.token]).size).toBe(3);
    expect(one.token).toMatch(/^[\w-]{43}$/);
    expect({ ...two.viewer, sessionId: '' }).toEqual({ ...(await findViewer(work, token)), sessionId: '' });
  });

  it('is refused in the same words for a wrong password and an unknown address', async () => {
    const refusals = await Promise.allSettled([
      signIn(work, { email: `luna${people}@example.com`, password: 'a loud sun sets' }),
      signIn(work, { email: 'nobody@example.com', password }),
      signIn(work, { email: '', password: '' }),
    ]);
    const told = refusals.map((one) => (one.status === 'rejected' ? (one.reason as { code: string; message: string }) : null));
    expect(new Set(told.map((one) => `${one?.code} ${one?.message}`))).toEqual(
      new Set(['UNAUTHENTICATED The e-mail address or the password is wrong.']),
    );
  });
});

describe('signing up', () => {
  it('makes one of ten who come at once with one address, and half of nobody', async () => {
    const email = `rush${people}@example.com`;
    const came = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => signUp(work, { name: `Rush ${i}`, email: i % 2 ? email : email.toUpperCase(), password })),
    );
    const refused = came
      .filter((one): one is PromiseRejectedResult => one.status === 'rejected')
      .map(({ reason }) => (reason as { code: string }).code);
    expect(refused).toEqual(Array(9).fill('EMAIL_INVALID'));
    const counted = await looking.query<{ tenants: number; accounts: number }>(
      `select (select count(*) from tenant where name like 'Rush%') as tenants, (select count(*) from account where display_name like 'Rush%') as accounts`,
    );
    expect(counted.rows[0]).toEqual({ tenants: 1, accounts: 1 });
  });
});

describe('the administrator of the settings', () => {
  it('is made once by however many processes start, and keeps the password they had', async () => {
    await Promise.all([ensureAdministrator(work), ensureAdministrator(work), ensureAdministrator(work)]);
    const { viewer } = await signIn(work, { email: 'chief@example.com', password: 'the chief’s own words' });
    expect(viewer).toMatchObject({ role: 'ADMIN', tenantId: null, accountId: null });
    clock.advance(hourMs);
    await ensureAdministrator(work);
    const { rows } = await looking.query<{ count: number }>(`select count(*) from person where email_key = 'chief@example.com'`);
    expect(rows[0]?.count).toBe(1);
  });
});
