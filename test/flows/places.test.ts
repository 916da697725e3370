import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Api, accept, joinStaff, readySeller, signInAsAdmin, signUp, stranger } from '../support/api.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let admin: Api;
let luna: Api;
let sol: Api;
let database: pg.Client;

beforeAll(async () => {
  world = await openWorld();
  admin = await signInAsAdmin(world);
  luna = await readySeller(world, 'Luna');
  sol = await readySeller(world, 'Sol');
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await world.close();
});

interface Person {
  id: string;
  name: string;
  role: string;
}

const staff = async () => (await admin.run<{ staff: Person[] }>('{ staff { id name role email lastSeenAt } }')).staff;
const seats = async (owner: Api) =>
  (await owner.run<{ seats: Person[] }>('query ($id: ID!) { seats(accountId: $id) { id name role } }', { id: owner.accountId })).seats;
const idOf = async (name: string) => (await staff()).find((person) => person.name === name)?.id as string;
const setRole = 'mutation ($input: SetStaffRoleInput!) { setStaffRole(input: $input) { staff { name role } userErrors { code path message } } }';
const endSeat = 'mutation ($input: EndSeatInput!) { endSeat(input: $input) { seats { name } userErrors { code path message } } }';
const inviteToAccount =
  'mutation ($input: InviteToAccountInput!) { inviteToAccount(input: $input) { invitation { id } url userErrors { code path } } }';

async function invite(owner: Api, email: string, role: 'OWNER' | 'MEMBER'): Promise<string> {
  const { inviteToAccount: made } = await owner.run<{ inviteToAccount: { url: string } }>(inviteToAccount, {
    input: { accountId: owner.accountId, email, role },
  });
  return made.url;
}

describe('the staff', () => {
  it('may do what their role says, from the moment it is given until the moment it is taken', async () => {
    const vera = await joinStaff(admin, 'VIEWER');
    expect(await vera.run('{ viewer { role } accounts { nodes { displayName } } }')).toMatchObject({ viewer: { role: 'VIEWER' } });
    const halt = 'mutation { clearHalt(input: { reason: "looked at it" }) { userErrors { code } } }';
    expect(await told(vera, halt)).toBe('FORBIDDEN');
    await admin.run(setRole, { input: { personId: await idOf('VIEWER'), role: 'ADMIN' } });
    expect(await told(vera, halt)).toBe('CONFLICT');
    await admin.run(setRole, { input: { personId: await idOf('VIEWER'), role: null } });
    expect(await vera.run('{ viewer { role } }')).toEqual({ viewer: null });
    expect((await staff()).map(({ name }) => name)).toEqual(['Administrator']);
  });

  it('come back by another invitation, with the password they had', async () => {
    const [{ email = '' } = {}] = (await database.query<{ email: string }>(`select email from person where name = 'VIEWER'`)).rows;
    const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
      'mutation ($email: String!) { inviteStaff(input: { email: $email, role: OPERATOR }) { url } }',
      { email },
    );
    const wrong = await fetch(`${world.url}/api/auth/accept-invitation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: inviteStaff.url.split('/').at(-1), name: '', password: 'another sun rises' }),
    });
    expect(wrong.status).toBe(401);
    const back = await accept(world, inviteStaff.url, '');
    expect(await back.run('{ viewer { role email } }')).toEqual({ viewer: { role: 'OPERATOR', email } });
  });

  it('never change their own role', async () => {
    expect(await told(admin, setRole, { input: { personId: await idOf('Administrator'), role: 'VIEWER' } })).toBe('CONFLICT personId');
    expect(await told(admin, setRole, { input: { personId: await idOf('Administrator'), role: null } })).toBe('CONFLICT personId');
  });

  it('keep an administrator, whoever of two demotes the other first', async () => {
    const other = await joinStaff(admin, 'ADMIN');
    const [first, second] = [await idOf('Administrator'), await idOf('ADMIN')];
    const outcomes = await Promise.all([
      told(admin, setRole, { input: { personId: second, role: 'VIEWER' } }),
      told(other, setRole, { input: { personId: first, role: 'VIEWER' } }),
    ]);
    expect(outcomes).toContain('done');
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    const { rows } = await database.query(`select name from person where staff_role = 'ADMIN'`);
    expect(rows).toHaveLength(1);
    await expect(database.query(`update person set staff_role = null`)).rejects.toMatchObject({ constraint: 'the_last_administrator_stays' });
    await database.query(`update person set staff_role = 'ADMIN' where email_key = 'admin@demo.test'`);
    await admin.run(setRole, { input: { personId: second, role: null } });
  });

  it('are nobody a seller, a member or a program can make', async () => {
    const inviteStaff = 'mutation { inviteStaff(input: { email: "x@example.com", role: ADMIN }) { url } }';
    expect(await told(luna, inviteStaff)).toBe('FORBIDDEN');
    expect(await told(stranger(world), inviteStaff)).toBe('UNAUTHENTICATED');
    expect(await told(await joinStaff(admin, 'OPERATOR'), inviteStaff)).toBe('FORBIDDEN');
    expect(await told(luna, '{ staff { id } }')).toBe('FORBIDDEN');
  });
});

describe('an account', () => {
  it('has people: owners, and members who do all but its ways out, its keys and who is in it', async () => {
    const mona = await accept(world, await invite(luna, 'mona@example.com', 'MEMBER'), 'Mona');
    expect(await seats(luna)).toMatchObject([
      { name: 'Luna', role: 'OWNER' },
      { name: 'Mona', role: 'MEMBER' },
    ]);
    expect(await mona.run('{ viewer { role account { displayName } } }')).toEqual({ viewer: { role: 'SELLER', account: { displayName: 'Luna' } } });
    const price = 'mutation ($id: ID!) { setOneTimePrice(input: { accountId: $id, amount: 2600 }) { userErrors { code path } } }';
    expect(await told(mona, price, { id: luna.accountId })).toBe('done');
    const disconnect = 'mutation ($id: ID!) { disconnectAccount(input: { accountId: $id }) { userErrors { code } } }';
    expect(await told(mona, disconnect, { id: luna.accountId })).toBe('FORBIDDEN');
    expect(await told(mona, 'mutation { createApiKey(input: { name: "x", scopes: ["accounts:read"] }) { id } }')).toBe('FORBIDDEN');
    expect(await told(mona, inviteToAccount, { input: { accountId: luna.accountId, email: 'x@example.com', role: 'OWNER' } })).toBe('FORBIDDEN');
  });

  it('loses a person at once, signed out everywhere; others’ people are nobody', async () => {
    const otto = await accept(world, await invite(luna, 'otto@example.com', 'OWNER'), 'Otto');
    const id = (await seats(luna)).find(({ name }) => name === 'Otto')?.id;
    expect(await told(sol, endSeat, { input: { personId: id } })).toBe('NOT_FOUND');
    expect(await told(luna, endSeat, { input: { personId: id } })).toBe('done');
    expect(await otto.run('{ viewer { role } }')).toEqual({ viewer: null });
    expect((await seats(luna)).map(({ name }) => name)).toEqual(['Luna', 'Mona']);
  });

  it('keeps an owner, and nobody ends their own place', async () => {
    const [{ id } = { id: '' }] = await seats(sol);
    expect(await told(sol, endSeat, { input: { personId: id } })).toBe('CONFLICT personId');
    expect(await told(admin, endSeat, { input: { personId: id } })).toBe('CONFLICT personId');
    expect(await seats(sol)).toHaveLength(1);
    const rosa = await signUp(world, 'Rosa');
    const other = await accept(world, await invite(rosa, 'selma@example.com', 'OWNER'), 'Selma');
    const both = await seats(rosa);
    const end = (by: Api, whose: string) => told(by, endSeat, { input: { personId: both.find(({ name }) => name === whose)?.id } });
    await Promise.all([end(rosa, 'Selma'), end(other, 'Rosa')]);
    const { rows } = await database.query(`select from seat join account using (tenant_id) where account.id = $1 and role = 'OWNER'`, [
      rosa.accountId,
    ]);
    expect(rows).toHaveLength(1);
  });
});

describe('an invitation', () => {
  it('is taken up once, by one of several who hold its link', async () => {
    const url = await invite(luna, 'once@example.com', 'MEMBER');
    const taken = await Promise.allSettled([1, 2, 3].map((n) => accept(world, url, `Once ${n}`)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(accept(world, url, 'Again')).rejects.toThrow('There is no invitation');
  });

  it('is kept as a hash alone, and its link leaves no trace in the audit log', async () => {
    const token = (await invite(luna, 'hash@example.com', 'MEMBER')).split('/').at(-1) as string;
    const { rows } = await database.query<{ text: string }>(
      'select invitation::text as text from invitation union all select audit_entry::text from audit_entry',
    );
    expect(rows.filter(({ text }) => text.includes(token))).toEqual([]);
    const logged = rows.filter(({ text }) => text.includes('invitation.created'));
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.filter(({ text }) => text.includes('hash@example.com'))).toEqual([]);
  });

  it('is over once it is withdrawn, replaced by another, or a week old', async () => {
    const first = await invite(luna, 'over@example.com', 'MEMBER');
    const second = await invite(luna, 'over@example.com', 'MEMBER');
    await expect(accept(world, first, 'x')).rejects.toThrow('There is no invitation');
    const { invitations } = await luna.run<{ invitations: { id: string; email: string }[] }>('{ invitations { id email } }');
    const { id } = invitations.find(({ email }) => email === 'over@example.com') as { id: string };
    const withdraw = 'mutation ($id: ID!) { withdrawInvitation(input: { id: $id }) { invitation { withdrawnAt } userErrors { code path } } }';
    expect(await told(sol, withdraw, { id })).toBe('NOT_FOUND');
    for (let times = 0; times < 2; times++) expect(await told(luna, withdraw, { id })).toBe('done');
    await expect(accept(world, second, 'x')).rejects.toThrow('There is no invitation');
    const third = await invite(luna, 'over@example.com', 'MEMBER');
    await database.query(`update invitation set expires_at = now() where email_key = 'over@example.com'`);
    await expect(accept(world, third, 'x')).rejects.toThrow('There is no invitation');
    const page = await fetch(third.replace(/^https?:\/\/[^/]+/, world.url), { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('There is no such page')]);
  });

  it('gives nobody a second place', async () => {
    const seller = await signUp(world, 'Busy');
    const { viewer } = await seller.run<{ viewer: { email: string } }>('{ viewer { email } }');
    await expect(accept(world, await invite(luna, viewer.email, 'MEMBER'), 'Busy')).rejects.toThrow('has a place here already');
    const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
      'mutation ($email: String!) { inviteStaff(input: { email: $email, role: VIEWER }) { url } }',
      { email: viewer.email },
    );
    await expect(accept(world, inviteStaff.url, 'Busy')).rejects.toThrow('has a place here already');
  });
});
