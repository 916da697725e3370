import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { openTestDatabase } from '../../../test/support/database.js';
import { type Gateway, openGateway } from '../../../test/support/gateway.js';
import type { Staff } from '../../access/viewer.js';
import { forgetView, keepView, listKeptViews } from './keeping.js';

const staff = (personId: string): Staff => ({
  kind: 'PERSON',
  personId,
  email: `${personId}@example.com`,
  name: personId,
  role: 'VIEWER',
  steppedUp: false,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
});
const [ada, ben] = [staff('per_ada'), staff('per_ben')];

describe('a view somebody keeps', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let gateway: Gateway;
  beforeAll(async () => {
    database = await openTestDatabase();
    gateway = openGateway({ apiBase: 'http://127.0.0.1:1', databaseUrl: database.url });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const { personId, email } of [ada, ben])
      await client.query(`insert into person (id, name, email, email_key, password_hash, created_at) values ($1, $1, $2, $2, 'none', now())`, [
        personId,
        email,
      ]);
    await client.end();
  });
  afterAll(async () => {
    await gateway.close();
    await database.close();
  });
  const keep = (viewer: Staff, name: string, query: string, list = '/payments') => keepView(gateway.work, viewer, { list, name, query });
  const names = async (viewer: Staff, list = '/payments') =>
    (await listKeptViews(gateway.work, viewer, list)).map(({ name, query }) => `${name}: ${query}`);

  it('is theirs alone, of one list, and takes the place of another of its name', async () => {
    await keep(ada, 'Large ones', 'order=LARGEST');
    await keep(ben, 'Large ones', 'currency=USD');
    await keep(ada, ' Large ones ', 'order=LARGEST&currency=EUR');
    await keep(ada, 'Large ones', 'status=FAILED', '/settlements');
    expect([await names(ada), await names(ben), await names(ada, '/settlements')]).toEqual([
      ['Large ones: order=LARGEST&currency=EUR'],
      ['Large ones: currency=USD'],
      ['Large ones: status=FAILED'],
    ]);
    expect(await forgetView(gateway.work, ben, { list: '/payments', name: 'Large ones' })).toEqual([]);
    expect(await names(ada)).toHaveLength(1);
  });

  it('is refused where it is no view of a list, and where there are too many to find one again', async () => {
    await expect(keep(ada, 'Elsewhere', 'x=1', 'https://example.com')).rejects.toThrow('There is no such list.');
    await expect(keep(ada, 'n'.repeat(41), 'x=1')).rejects.toThrow('The name has 41 characters.');
    await expect(keep(ada, 'Long', 'x'.repeat(501))).rejects.toThrow('The query has 501 characters.');
    for (let nth = 1; nth <= 30; nth++) await keep(ben, `View ${nth}`, 'x=1', '/events');
    await expect(keep(ben, 'One more', 'x=1', '/events')).rejects.toThrow('There are 30 views of this list already.');
    await keep(ben, 'View 1', 'x=2', '/events');
    expect((await names(ben, '/events'))[0]).toBe('View 1: x=2');
  });
});
