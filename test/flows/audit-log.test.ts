import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { auditChain, sealAuditLog } from '../../src/access/audit/sealing.js';
import { auditBooks } from '../../src/app.js';
import { readConfig } from '../../src/base/config.js';
import { checkChain } from '../../src/db/chain.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { buyOffering, offer, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Entry {
  id: string;
  actor: string;
  actorName: string | null;
  role: string;
  action: string;
  subjectId: string;
  account: { displayName: string } | null;
  address: string | null;
  requestId: string;
  changes: { field: string; before: string | null; after: string | null }[];
}

let world: TestWorld;
let luna: Api;
let sol: Api;
let admin: Api;
let superuser: pg.Client;

beforeAll(async () => {
  world = await openWorld();
  luna = await readySeller(world, 'Luna');
  sol = await readySeller(world, 'Sol');
  admin = await signInAsAdmin(world);
  superuser = new pg.Client({ connectionString: world.databaseUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await world.close();
});

async function read(reader: Api, filter = ''): Promise<Entry[]> {
  const { auditLog } = await reader.run<{ auditLog: { nodes: Entry[] } }>(
    `{ auditLog(first: 100${filter}) { nodes {
      id actor actorName role action subjectId account { displayName } address requestId changes { field before after }
    } } }`,
  );
  return auditLog.nodes;
}

const setCommission = (percentageFee: number) =>
  admin.run('mutation ($input: SetCommissionPlanInput!) { setCommissionPlan(input: $input) { userErrors { message } } }', {
    input: { accountId: luna.accountId, percentageFee, fixedFee: 0, vatRate: 0, feeMode: 'INCLUDED' },
  });

describe('the audit log', () => {
  it('tells who changed what from what to what, from where, and in which request', async () => {
    await setCommission(700);
    await luna.run('mutation ($id: ID!) { setOneTimePrice(input: { accountId: $id, amount: 4200, currency: "USD" }) { userErrors { message } } }', {
      id: luna.accountId,
    });
    const [price, plan] = await read(admin, `, accountId: "${luna.accountId}"`);
    expect(price).toMatchObject({
      actorName: 'Luna',
      role: 'SELLER',
      action: 'account.changed',
      subjectId: luna.accountId,
      account: { displayName: 'Luna' },
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      changes: [{ field: 'one_time_price_minor', before: '2500', after: '4200' }],
    });
    expect(plan).toMatchObject({ actorName: 'Administrator', role: 'ADMIN', action: 'commission_plan.created' });
    expect(plan?.changes).toContainEqual({ field: 'percentage_bps', before: null, after: '700' });
  });

  it('is kept with the change: what is refused leaves nothing', async () => {
    const before = (await read(admin)).length;
    await luna.run('mutation ($id: ID!) { setOneTimePrice(input: { accountId: $id, amount: 1, currency: "USD" }) { userErrors { message } } }', {
      id: luna.accountId,
    });
    expect(await read(admin)).toHaveLength(before);
  });

  it('tells of programs by their keys, and shows no secret and no address of anybody', async () => {
    const { createApiKey: made } = await luna.run<{ createApiKey: { id: string; secret: string } }>(
      'mutation { createApiKey(input: { name: "Shop", scopes: ["prices:write"] }) { id secret } }',
    );
    await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${made.secret}` },
      body: JSON.stringify({
        query: `mutation { setOneTimePrice(input: { accountId: "${luna.accountId}", amount: 4300 }) { userErrors { code } } }`,
      }),
    });
    const [change] = await read(admin, `, actor: "${made.id}"`);
    expect(change).toMatchObject({ actorName: 'Shop', role: 'PARTNER', action: 'account.changed' });
    const [creation] = await read(luna, `, subjectId: "${made.id}"`);
    expect(creation?.changes).toContainEqual({ field: 'secret_sha256', before: null, after: '[hidden]' });
    const { rows } = await superuser.query<{ text: string }>('select audit_entry::text as text from audit_entry');
    expect(rows.filter(({ text }) => /@|argon2|password_hash":\s*"(?!\[hidden)/.test(text))).toEqual([]);
  });

  it('tells of every sign-in, and of every sign-out', async () => {
    const { rows } = await superuser.query<{ id: string }>(`select id from person where email_key = 'admin@demo.test'`);
    const another = await signInAsAdmin(world);
    await fetch(`${world.url}/api/auth/sign-out`, { method: 'POST', headers: { cookie: another.cookie as string } });
    const [out, into] = await read(admin, `, actor: "${rows[0]?.id}"`);
    expect(into).toMatchObject({ action: 'sign_in_session.created', role: 'ADMIN', address: expect.any(String) });
    expect(out).toMatchObject({ action: 'sign_in_session.changed', changes: [{ field: 'revoked_at', before: null }] });
  });

  it('leaves out what happens by itself', async () => {
    const { id } = await offer(luna, { unitPrice: 5000, inDays: 10 });
    const before = (await read(admin)).length;
    await buyOffering(world, id, 2);
    await workThrough(world);
    expect(await read(admin)).toHaveLength(before);
  });

  it('is for sellers as far as it is about their account, without staff’s names and addresses', async () => {
    const own = await read(luna);
    expect(own.length).toBeGreaterThan(2);
    expect(new Set(own.map(({ account }) => account?.displayName))).toEqual(new Set(['Luna']));
    expect(own.find(({ role }) => role === 'ADMIN')).toMatchObject({ actorName: null, address: null });
    expect(await luna.codes(`{ auditLog(accountId: "${sol.accountId}") { nodes { id } } }`)).toEqual(['NOT_FOUND']);
  });

  it('is changed by nobody: not by the application, not by the owner of the tables', async () => {
    const as = async (role: string, statement: string) => {
      const client = new pg.Client({ connectionString: world.databaseUrl, options: `-c role=${role}` });
      await client.connect();
      const code = await client.query(statement).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
      await client.end();
      return code;
    };
    for (const statement of ["update audit_entry set actor = 'x'", 'delete from audit_entry', 'truncate audit_entry cascade']) {
      for (const role of ['holdfast_app', 'holdfast_worker', 'holdfast_read']) expect(await as(role, statement)).toBe('42501');
      expect(await as('holdfast_owner', statement)).toBe('23001');
    }
    const forged = "insert into audit_entry (actor, action, subject_id) values ('per_x', 'account.changed', 'acc_x')";
    for (const role of ['holdfast_app', 'holdfast_worker']) expect(await as(role, forged)).toBe('42501');
  });

  it('is sealed by one of several workers, and shows the first entry that is not what it was', async () => {
    const work = world.app.openWork();
    await Promise.all([1, 2, 3].map(() => sealAuditLog(work, 1_000)));
    while ((await sealAuditLog(work, 1_000)) > 0);
    const { head, broken } = await checkChain(work, auditChain);
    expect(broken).toBe(null);
    expect(head.number).toBeGreaterThan(5);
    const [newest] = (await admin.run<{ auditLog: { nodes: object[] } }>('{ auditLog(first: 1) { nodes { sealed } } }')).auditLog.nodes;
    expect(newest).toEqual({ sealed: true });

    const forge = (actor: string) =>
      superuser.query(`set session_replication_role = replica;
        update audit_entry set actor = '${actor}' where id = (select entry_id from audit_link where number = 3);
        set session_replication_role = origin`);
    const { rows } = await superuser.query<{ actor: string }>(
      'select actor from audit_entry join audit_link on entry_id = audit_entry.id where number = 3',
    );
    await forge('per_somebody_else');
    expect((await checkChain(work, auditChain)).broken).toMatchObject({ number: 3 });
    const { chains } = await auditBooks(readConfig({ NODE_ENV: 'test' }), world.databaseUrl, false);
    expect(chains).toMatchObject([
      { name: 'ledger', broken: null },
      { name: 'audit', broken: { number: 3 } },
    ]);
    await forge(rows[0]?.actor as string);
    expect((await checkChain(work, auditChain)).broken).toBe(null);
  });
});
