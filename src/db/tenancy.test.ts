import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import pg from 'pg';
import { openGround, type TestGround } from '../../test/support/ground.js';
import type { Entered } from './database.js';
import { admit, atomically, confine, entering, type Work } from './work.js';

let ground: TestGround;
let one: { tenantId: string; accountId: string };
let other: { tenantId: string; accountId: string };

beforeAll(async () => {
  ground = await openGround();
  one = await ground.connected('acct_one');
  other = await ground.connected('acct_other');
});
afterAll(() => ground.close());

/** A unit of work for these tenants alone. */
function workFor(...tenants: string[]): Work {
  const work = ground.open();
  confine(work, tenants);
  return work;
}

const tables = ['tenant', 'seat', 'account', 'connectedAccount', 'person', 'signInSession'] as const;

async function seen(work: Work): Promise<Record<string, number>> {
  const counts = await Promise.all(
    tables.map(async (table) => {
      const { count } = await work.read
        .selectFrom(table)
        .select((row) => row.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return [table, Number(count)];
    }),
  );
  return Object.fromEntries(counts) as Record<string, number>;
}

const each = (count: number) => Object.fromEntries(tables.map((table) => [table, count]));

describe('a unit of work', () => {
  it('sees the rows of its tenants and no other, however much is asked for', async () => {
    expect(await seen(workFor(one.tenantId))).toEqual(each(1));
    expect(await seen(workFor(one.tenantId, other.tenantId))).toEqual(each(2));
    expect(await seen(ground.work)).toEqual(each(2));
  });

  it('sees nothing where it is nobody’s', async () => {
    expect(await seen(workFor())).toEqual(each(0));
  });

  it.each(['*', '', '%', 'ten_1', `${'ten_'.padEnd(30, '0')},*`])('is never for what is no tenant: %j', (text) => {
    expect(() => workFor(text)).toThrow('is no tenant');
    expect(() => admit(workFor(), text)).toThrow('is no tenant');
  });

  it('sees one tenant more from where it was let in on, and is never let out of what it is confined to', async () => {
    const work = workFor(one.tenantId);
    expect((await seen(work))['account']).toBe(1);
    admit(work, other.tenantId);
    expect((await seen(work))['account']).toBe(2);
    expect(() => confine(work, [other.tenantId])).toThrow('confined already');
  });

  it('finds out whose a thing is beyond its tenants, and sees no more for it before it is let in', async () => {
    const work = workFor(one.tenantId);
    const found = await entering<Entered & { tenantId: string }>(work, 'enter_shop', [other.accountId, one.tenantId]);
    expect(found).toEqual({ tenants: `${one.tenantId},${other.tenantId}`, tenantId: other.tenantId });
    expect((await seen(work))['account']).toBe(1);
  });

  it('changes nothing of another tenant’s, and writes nothing in its name', async () => {
    const work = workFor(one.tenantId);
    const changed = await atomically(work, (tx) =>
      tx.sql.updateTable('account').set({ displayName: 'Mine' }).where('id', '=', other.accountId).executeTakeFirst(),
    );
    expect(changed.numUpdatedRows).toBe(0n);
    const moved = atomically(work, (tx) => tx.sql.updateTable('account').set({ tenantId: other.tenantId }).where('id', '=', one.accountId).execute());
    await expect(moved).rejects.toThrow('violates row-level security policy');
    const written = atomically(work, (tx) =>
      tx.sql.insertInto('seat').values({ tenantId: other.tenantId, personId: 'per_x', role: 'OWNER', createdAt: tx.clock.now() }).execute(),
    );
    await expect(written).rejects.toThrow('violates row-level security policy');
  });

  it('never shares what it sees with the next one on its connection, whatever that was told, and also where telling it failed', async () => {
    const [mine, others] = [[one.accountId], [other.accountId]];
    const expected = Array.from({ length: 60 }, (_, i) => [mine, others, [], [...mine, ...others].sort()][i % 4] as string[]);
    const found = await Promise.all(
      expected.map(async (_, i) => {
        const work = [workFor(one.tenantId), workFor(other.tenantId), workFor(), ground.open()][i % 4] as Work;
        if (i % 3 === 0) await entering(work, 'enter_shop', [[one, other][i % 2]?.accountId, '']);
        if (i % 5 === 0) await expect(entering(work, 'enter_nowhere', [])).rejects.toThrow('does not exist');
        const accounts = await work.read.selectFrom('account').select('id').execute();
        return accounts.map(({ id }) => id).sort();
      }),
    );
    expect(found).toEqual(expected);
  });
});

describe('the reads of a request', () => {
  it('wait for each other over one connection, and go on after one that failed', async () => {
    const work = ground.open({ readsInTurn: true });
    confine(work, [one.tenantId]);
    const backend = sql<number>`pg_backend_pid()`.as('pid');
    const asked = Array.from({ length: 5 }, (_, i) =>
      work.read
        .selectFrom('account')
        .select([backend, i === 2 ? sql`1 / 0`.as('wrong') : 'id'])
        .execute()
        .then(
          ([row]) => row?.pid ?? null,
          () => 'failed',
        ),
    );
    const [first, second, third, ...rest] = await Promise.all(asked);
    expect(first).toEqual(expect.any(Number));
    expect([second, third, ...rest]).toEqual([first, 'failed', first, first]);
  });
});

describe('a connection that was told nothing', () => {
  it('shows nothing, and takes nothing', async () => {
    const client = new pg.Client({ connectionString: ground.url, options: '-c role=holdfast_app' });
    await client.connect();
    const { rows } = await client.query('select count(*)::int as count from account');
    expect(rows).toEqual([{ count: 0 }]);
    await expect(client.query(`insert into tenant values ('ten_x', 'x', now())`)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });
});

describe('the keys of the tables', () => {
  it('hold a child to a parent of its own tenant, whoever writes it', async () => {
    const foreign = ground.rows(
      `insert into offering (id, tenant_id, account_id, title, unit_price_minor, currency, delivers_at, refundable_until, created_at)
       values ('off_x', $1, $2, 'x', 100, 'USD', now(), now(), now())`,
      [one.tenantId, other.accountId],
    );
    await expect(foreign).rejects.toMatchObject({ code: '23503', constraint: 'an_offering_is_of_its_account' });
  });
});

describe('the balances and the audit log', () => {
  it('are kept for every tenant by the database itself, whoever’s transaction it is', async () => {
    const work = workFor(one.tenantId);
    const { rows } = await atomically(work, (tx) => sql<{ carried: number }>`select app.carry_balances(10) as carried`.execute(tx.sql));
    expect(rows).toEqual([{ carried: 0 }]);
  });
});
