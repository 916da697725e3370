import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lookUp } from '../../src/attention/looking-up.js';
import { dayMs } from '../../src/base/clock.js';
import { emailKey } from '../../src/base/email.js';
import { idPrefixes, newPublicId } from '../../src/base/ids.js';
import { demoPassword } from '../../src/demo/cast.js';
import { type Play, type Played, setStage } from '../../src/demo/playing.js';
import { Stage } from '../../src/demo/stage.js';
import { schedule } from '../../src/jobs/schedule.js';
import { readStatement } from '../../src/settlements/statement.js';
import { reachInto } from '../support/looking.js';
import { workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

const demo = { casts: 1, isWhole: false, only: ['kiln', 'northpier', 'wildfern', 'kettle', 'mossgate'] };

const rights = { role: 'ADMIN', steppedUp: false, hasSecondFactor: false, mustEnrol: false, tenantId: null, accountId: null } as const;
const looking = { kind: 'PERSON', personId: 'per_1', email: '', name: '', ...rights } as const;

/** Ids that lead nowhere: of letters, which hold addresses and are shown to nobody; of requests, which are in the log; and of what is no object of its own. */
const withoutPage = new Set(['letter.id', 'audit_entry.request_id', 'operation_attempt.stripe_request_id', 'balance_cursor.newest_id']);

const id = (prefix: string) => `'${prefix}_${'1'.repeat(26)}'`;
const whatNoDemoHas = `
  insert into api_key (id, name, scopes, secret_sha256, created_by, created_at) values (${id('key')}, 'x', '{payments:read}', repeat('a', 64), 'x', now());
  insert into invitation (id, email, email_key, role, token_sha256, invited_by, created_at, expires_at) values (${id('inv')}, 'x', 'x', 'VIEWER', 'x', 'x', now(), now());
  insert into commission_plan (id, tenant_id, account_id, percentage_bps, fixed_fee_minor, vat_bps, fee_mode, valid_from, created_by)
    select ${id('cpl')}, tenant_id, id, 800, 0, 0, 'ADDED', now(), 'x' from account limit 1;
  insert into bulk_retry (id, cause, reason, started_by, started_at, ended_at) values (${id('blk')}, 'x', 'to see', 'x', now(), now());
  insert into halt (id, reason, detail, raised_at, cleared_at, cleared_by, cleared_because) values (${id('hlt')}, 'x', 'x', now(), now(), 'x', 'x');
  insert into webhook_endpoint (id, url, name, topics, created_by, created_at, disabled_at, disabled_because) values (${id('whe')}, 'x', 'x', '{}', 'x', now(), now(), 'ASKED');
  insert into webhook_delivery (id, endpoint_id, subject_id, sequence, topic, tenant_id, account_id, recorded_at, state, next_attempt_at, concluded_at)
    select ${id('whd')}, ${id('whe')}, subject_id, sequence, topic, tenant_id, account_id, now(), 'FAILED', now(), now() from outbox_event limit 1`;

describe('the demo of a first start', () => {
  let world: TestWorld;
  let played: Played | null;
  beforeAll(async () => {
    world = await openWorld({ CAPTCHA: 'turnstile', CAPTCHA_SITE_KEY: 'site', CAPTCHA_SECRET: 'a secret of theirs' }, { demo }); // which strangers solve, and nobody in it
    played = await (world.app.demo as Play).done;
    await workThrough(world);
  });
  afterAll(() => world.close()); // which audits the books

  it('has something of everything its sellers are for, so that each page has something to show', async () => {
    const { read } = world.app.openWork();
    const found = (rows: object[]) => [...new Set(rows.flatMap((row) => Object.values(row)))];
    const expectAll = (rows: object[], ...words: string[]) => expect(found(rows)).toEqual(expect.arrayContaining(words));
    const settlements = await read.selectFrom('settlement').select(['status', 'failureCode']).execute();
    expectAll(settlements, 'SETTLED', 'PENDING', 'ACCOUNT_DISCONNECTED', 'ACCOUNT_RESTRICTED', 'VERIFICATION_REQUIRED');
    expectAll(await read.selectFrom('dispute').select('status').execute(), 'NEEDS_RESPONSE', 'LOST');
    expectAll(await read.selectFrom('membership').select('endedBecause').execute(), 'DISCONNECTED');
    expectAll(await read.selectFrom('refund').select('status').execute(), 'SUCCEEDED', 'FAILED');
    expectAll(await read.selectFrom('inboxEvent').select('state').execute(), 'APPLIED', 'PARKED');
    expectAll(await read.selectFrom('payment').select('kind').execute(), 'MEMBERSHIP_INVOICE', 'OFFERING', 'ONE_TIME');
    expect(await read.selectFrom('sellerDebt').select('id').execute()).not.toEqual([]);
  });

  it('reaches months back, and ends now', async () => {
    const { read, clock, wallClock } = world.app.openWork();
    const { first, last } = await read
      .selectFrom('payment')
      .select((row) => [row.fn.min('paidAt').as('first'), row.fn.max('paidAt').as('last')])
      .executeTakeFirstOrThrow();
    const daysFrom = (from: Date) => (clock.now().getTime() - from.getTime()) / dayMs;
    expect(daysFrom(first)).toBeGreaterThan(120);
    expect(daysFrom(last)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(clock.now().getTime() - wallClock.now().getTime())).toBeLessThan(2_000);
  });

  it('knows, of every kind of id there is in its tables, which page it leads to', async () => {
    const work = world.app.openWork();
    await schedule['take in the balance']?.run(work);
    const database = reachInto(world.databaseUrl, 1);
    await database.query(whatNoDemoHas);
    const { rows: columns } = await database.query<{ place: string; table: string; column: string }>(
      `select table_name || '.' || column_name as place, table_name as table, column_name as column from information_schema.columns
         join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and table_type = 'BASE TABLE' and (column_name = 'id' or column_name like '%\\_id') and data_type = 'text'`,
    );
    const lost: string[] = [];
    const prefixes = new Set<string>();
    for (const { place, table, column } of columns.filter((one) => !withoutPage.has(one.place))) {
      const { rows } = await database.query<{ id: string }>(
        `select distinct on (split_part(${column}, '_', 1)) ${column} as id from ${table} where ${column} ~ '^[a-z]+_\\w+$'`,
      );
      for (const { id } of rows) {
        prefixes.add(id.replace(/_.*/, ''));
        if ((await lookUp(work, looking, id)) === null) lost.push(`${place} ${id}`);
      }
    }
    await database.end();
    expect(lost).toEqual([]);
    const never = Object.entries(idPrefixes).filter(([noun, prefix]) => !prefixes.has(prefix) && noun !== 'letter');
    expect(never.map(([noun]) => noun)).toEqual([]);
    for (const stripes of ['acct', 'sub', 'pi', 'ch', 'cs', 'in', 're', 'dp', 'tr', 'evt', 'fee', 'txn']) expect([...prefixes]).toContain(stripes);
    for (const nobodys of ['pay_1', 'evt_nobody', 'sk_test_1', '__proto___1', newPublicId('payment')])
      expect(await lookUp(work, looking, nobodys)).toBeNull();
  });

  it('has a statement for every settlement whose rows sum to what was sent, and to what is left of it', async () => {
    const work = world.app.openWork();
    const settlements = await work.read.selectFrom('settlement').selectAll().execute();
    for (const { id, amountMinor, reversedMinor } of settlements) {
      const { sentMinor, leftMinor, afterwards } = await readStatement(work, looking, id);
      if (amountMinor !== null) expect({ id, sentMinor, left: leftMinor }).toEqual({ id, sentMinor: amountMinor, left: sentMinor - reversedMinor });
      if (reversedMinor > 0) expect(afterwards).not.toEqual([]);
    }
    expect(settlements.some(({ deductedMinor }) => deductedMinor > 0) || settlements.some(({ reversedMinor }) => reversedMinor > 0)).toBe(true);
  });

  it('lets whoever looks sign in as each of its sellers', async () => {
    const { read } = world.app.openWork();
    expect(played?.sellerCount).toBe(demo.only.length);
    const people = await read.selectFrom('person').select('emailKey').execute();
    expect(people.map((person) => person.emailKey)).toEqual(expect.arrayContaining(demo.only.map((login) => emailKey(`${login}@demo.test`))));
    const seller = await world.browse().open('/sign-in');
    await seller.submit({ email: 'northpier@demo.test', password: demoPassword });
    expect(seller.text()).toContain('North Pier Cinema');
  });

  it('is played once: nothing is added where there is a seller', async () => {
    const count = () => world.app.openWork().read.selectFrom('purchaseSession').select('id').execute();
    const before = await count();
    const stage = new Stage(
      () => world.app.openWork(),
      async () => undefined,
    );
    expect(await setStage(stage, demo)).toBeNull();
    expect(await count()).toEqual(before);
  });
});
