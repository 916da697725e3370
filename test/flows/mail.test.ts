import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sendDueLetters } from '../../src/access/mail/sending.js';
import { letterToMember } from '../../src/payments/managing.js';
import { Api, signInAsAdmin } from '../support/api.js';
import { openMailbox } from '../support/mailbox.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

let mailbox: Awaited<ReturnType<typeof openMailbox>>;
let world: TestWorld;
let database: pg.Client;
let people = 0;
let email: string;

beforeAll(async () => {
  mailbox = await openMailbox();
  world = await openWorld({ SMTP_URL: mailbox.url, MAIL_FROM: 'pay@market.example' }, { works: false });
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await world.close();
  await mailbox.close();
});
beforeEach(async () => {
  email = `luna${++people}@example.com`;
  mailbox.letters.length = 0;
  await database.query('delete from request_count; delete from letter');
});

const password = 'a quiet moon rises';
const another = 'another sun rises';
const send = async (path: string, body: object) =>
  fetch(`${world.url}/api/auth/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const signUp = (given: object = {}) => send('sign-up/email', { name: 'Luna', email, password, ...given });
const signIn = (given: object = {}) => send('sign-in/email', { email, password, ...given });
const forget = (address = email) => send('forgot-password', { email: address });
const cookieOf = (answer: Response) => (answer.headers.getSetCookie()[0] ?? '').split(';')[0] as string;
/** What the worker has sent since: the letters, as their reader gets them. */
async function post() {
  await sendDueLetters(world.app.openWork(), 20, { MEMBERSHIPS: letterToMember });
  return mailbox.letters.splice(0);
}
const linkIn = (text = '') => /^https?:\S+/m.exec(text)?.[0] as string;
/** Somebody who has signed up and confirmed their address. */
async function seller(): Promise<Api> {
  await signUp();
  const [letter] = await post();
  const browser = await (await world.browse().open(linkIn(letter?.text))).submit({ password });
  expect(browser.status).toBe(200);
  return new Api(world, cookieOf(await signIn()));
}
async function reset(): Promise<string> {
  await forget();
  const [letter] = await post();
  return linkIn(letter?.text);
}

describe('who signs up', () => {
  it('confirms their address first, with the link from the mail and the password they chose', async () => {
    const answer = await signUp();
    expect([answer.status, await answer.json(), answer.headers.getSetCookie()]).toEqual([202, { viewer: null }, []]);
    const [letter] = await post();
    expect(letter).toMatchObject({ to: email, subject: 'Confirm your e-mail address' });
    const browser = await world.browse().open(linkIn(letter?.text));
    expect((await browser.submit({ password: 'not the one chosen' })).status).toBe(401);
    await browser.submit({ password });
    expect([browser.status, new URL(browser.address).pathname]).toEqual([200, '/connect']);
    expect((await browser.open(linkIn(letter?.text))).status).toBe(404);
    expect((await signIn()).status).toBe(200);
  });

  it('is sent the link again where they sign in without it, and let in by no wrong password', async () => {
    await signUp();
    const [first] = await post();
    const answer = await signIn();
    expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
      401,
      'Your e-mail address is not confirmed. The link that does was sent to it again.',
    ]);
    const [second] = await post();
    expect(linkIn(second?.text)).not.toBe(linkIn(first?.text));
    expect((await world.browse().open(linkIn(first?.text))).status).toBe(404);
    expect(await (await signIn({ password: another })).text()).toContain('The e-mail address or the password is wrong.');
    expect(await post()).toEqual([]);
  });

  it('learns of nobody whether they have an account: the answer is the same, and only the owner of the address is told (A31)', async () => {
    await seller();
    const told = async (answer: Response) => [answer.status, await answer.text(), answer.headers.getSetCookie()];
    const [known, fresh] = [await told(await signUp({ password: another })), await told(await signUp({ email: `new-${email}`, password: another }))];
    expect(known).toEqual(fresh);
    expect((await post()).map(({ to, subject }) => [to, subject])).toEqual([
      [email, 'You have an account here already'],
      [`new-${email}`, 'Confirm your e-mail address'],
    ]);
    expect([(await signIn({ password: another })).status, (await signIn()).status]).toEqual([401, 200]);
  });
});

describe('a forgotten password', () => {
  it('is changed by the link from the mail, once, and everybody is signed out (A30)', async () => {
    const luna = await seller();
    const link = await reset();
    const browser = await world.browse().open(link);
    expect((await browser.submit({ password: 'short' })).status).toBe(422);
    await browser.submit({ password: another });
    expect([browser.status, new URL(browser.address).pathname]).toEqual([200, '/sign-in']);
    expect(await luna.run('{ viewer { role } }')).toEqual({ viewer: null });
    expect([(await signIn()).status, (await signIn({ password: another })).status]).toEqual([401, 200]);
    expect((await post()).map(({ subject }) => subject)).toEqual(['Your password was changed']);
    expect((await world.browse().open(link)).status).toBe(404);
    expect((await send('reset-password', { token: link.split('/').at(-1), password })).status).toBe(404);
  });

  it('keeps the password where the link is half an hour old, or was followed by another (A30)', async () => {
    await seller();
    const [first, second] = [await reset(), await reset()];
    await database.query(`update mailed_link set expires_at = created_at where used_at is null and purpose = 'RESET'`);
    for (const link of [first, second]) {
      const answer = await send('reset-password', { token: link.split('/').at(-1), password: another });
      expect([answer.status, ((await answer.json()) as { error: { message: string } }).error.message]).toEqual([
        404,
        'This link is over, or was used. Ask for another.',
      ]);
    }
    expect((await signIn()).status).toBe(200);
  });

  it('is changed by one of two at once (A30)', async () => {
    await seller();
    const token = (await reset()).split('/').at(-1);
    const statuses = await Promise.all(
      [password, another].map(async (one) => (await send('reset-password', { token, password: `${one} again` })).status),
    );
    expect(statuses.sort()).toEqual([200, 404]);
  });

  it('tells nobody who has an account: the same answer, made by the same single row for every address (A26)', async () => {
    await seller();
    const told = async (address: string) => {
      const answer = await forget(address);
      return [answer.status, await answer.text()];
    };
    expect(await told(email)).toEqual(await told(`nobody-${email}`));
    const { rows } = await database.query('select kind, email, sealed_link, tries from letter order by id');
    expect(rows).toEqual([email, `nobody-${email}`].map((one) => ({ kind: 'RESET', email: one, sealed_link: null, tries: 0 })));
    expect((await post()).map(({ to }) => to)).toEqual([email]);
  });

  it('fills nobody’s mailbox', async () => {
    const statuses = [];
    for (let times = 0; times < 7; times++) statuses.push((await forget()).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429]);
  });
});

describe('a letter', () => {
  it('brings an invitation, whose link stands in the database as nobody can read it', async () => {
    const admin = await signInAsAdmin(world);
    const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
      'mutation ($email: String!) { inviteStaff(input: { email: $email, role: VIEWER }) { url } }',
      { email },
    );
    const { rows } = await database.query<{ sealed: string }>('select sealed_link as sealed from letter');
    expect(rows[0]?.sealed).toMatch(/^[0-9a-f]{8}\.[\w-]{40,}$/);
    const [letter] = await post();
    expect([letter?.to, linkIn(letter?.text)]).toEqual([email, inviteStaff.url]);
  });

  it('is sent later where the mail server does not take it now, and then is gone', async () => {
    await forget('admin@demo.test');
    mailbox.refuse(1);
    expect(await post()).toEqual([]);
    expect(await post()).toEqual([]);
    await database.query('update letter set due_at = created_at');
    expect((await post()).map(({ to, subject }) => [to, subject])).toEqual([['admin@demo.test', 'Choose another password']]);
    expect((await database.query('select from letter')).rowCount).toBe(0);
  });

  it('tells whose password was changed', async () => {
    const luna = await seller();
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }';
    expect(await told(luna, change, { input: { currentPassword: password, newPassword: another } })).toBe('done');
    expect((await post()).map(({ to, subject }) => [to, subject])).toEqual([[email, 'Your password was changed']]);
  });
});
