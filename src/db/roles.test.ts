import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openBareDatabase, openTestDatabase } from '../../test/support/database.js';
import { ensureRoles } from './roles.js';

const processRoles = ['holdfast_app', 'holdfast_worker', 'holdfast_read'];
const moneyTables = ['payment', 'refund', 'commission_snapshot', 'purchase_session', 'membership', 'operation', 'operation_attempt'];
const notPermitted = { code: '42501' };

describe('the roles', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  async function as(role: string, statement: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: database.url, options: `-c role=${role}` });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  for (const role of processRoles) {
    it(`${role} cannot delete or truncate what is known of money`, async () => {
      for (const table of moneyTables) {
        await expect(as(role, `delete from ${table}`)).rejects.toMatchObject(notPermitted);
        await expect(as(role, `truncate ${table} cascade`)).rejects.toMatchObject(notPermitted);
      }
    });

    it(`${role} cannot change a snapshot of the commission, nor switch off its trigger`, async () => {
      await expect(as(role, 'update commission_snapshot set quantity = 2')).rejects.toMatchObject(notPermitted);
      await expect(as(role, 'alter table commission_snapshot disable trigger all')).rejects.toMatchObject(notPermitted);
      await expect(as(role, 'set session_replication_role = replica')).rejects.toMatchObject(notPermitted);
    });
  }

  it('holdfast_read only looks', async () => {
    await expect(as('holdfast_read', 'select from payment')).resolves.toEqual([]);
    await expect(as('holdfast_read', `insert into refund (id) values ('x')`)).rejects.toMatchObject(notPermitted);
    await expect(as('holdfast_read', 'update payment set refunded_minor = 0')).rejects.toMatchObject(notPermitted);
  });

  it('are made by several processes at once, and again, without a failure', async () => {
    const bare = await openBareDatabase();
    const clients = [1, 2, 3, 4].map(() => new pg.Client({ connectionString: bare.url }));
    try {
      await Promise.all(clients.map((client) => client.connect()));
      await Promise.all(clients.map((client) => ensureRoles(client)));
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await bare.close();
    }
  });
});
