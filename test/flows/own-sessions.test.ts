import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, signUp } from '../support/api.js';
import { told } from '../support/refused.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let luna: Api;
let email: string;

beforeAll(async () => {
  world = await openWorld();
  luna = await signUp(world, 'Luna');
  ({
    viewer: { email },
  } = await luna.run<{ viewer: { email: string } }>('{ viewer { email } }'));
});
afterAll(() => world.close());

interface Session {
  id: string;
  current: boolean;
}

const present = 'a quiet moon rises';

async function signIn(password = present): Promise<Api> {
  const answer = await fetch(`${world.url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return new Api(world, (answer.headers.getSetCookie()[0] ?? '').split(';')[0] as string);
}

const sessions = async (of: Api) => (await of.run<{ sessions: Session[] }>('{ sessions { id current lastSeenAt createdAt expiresAt } }')).sessions;
const isIn = async (browser: Api) => (await browser.run<{ viewer: object | null }>('{ viewer { role } }')).viewer !== null;
const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { sessions { id } userErrors { code path message } } }';

describe('a person', () => {
  it('sees where they are signed in, and which one is here', async () => {
    const other = await signIn();
    const found = await sessions(luna);
    expect(found).toHaveLength(2);
    expect(found.filter(({ current }) => current)).toHaveLength(1);
    const here = (list: Session[]) => list.find(({ current }) => current)?.id;
    expect(here(await sessions(other))).not.toBe(here(found));
    expect(JSON.stringify(found)).not.toContain((luna.cookie as string).split('=')[1]);
  });

  it('signs out a browser they left behind, and nobody else’s', async () => {
    const left = await signIn();
    const stranger = await signUp(world, 'Sol');
    const id = (await sessions(left)).find(({ current }) => current)?.id;
    const revoke = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { sessions { id } userErrors { code } } }';
    await stranger.run(revoke, { id });
    expect(await isIn(left)).toBe(true);
    for (let times = 0; times < 2; times++) await luna.run(revoke, { id });
    expect([await isIn(left), await isIn(luna), await isIn(stranger)]).toEqual([false, true, true]);
  });

  it('changes their password with the present one, and is signed out everywhere else', async () => {
    const other = await signIn();
    expect(await told(luna, change, { input: { currentPassword: 'not this one at all', newPassword: 'another sun rises' } })).toBe(
      'INVALID currentPassword',
    );
    expect(await told(luna, change, { input: { currentPassword: present, newPassword: 'short' } })).toBe('INVALID newPassword');
    expect([await isIn(other), await isIn(luna)]).toEqual([true, true]);
    expect(await told(luna, change, { input: { currentPassword: present, newPassword: 'another sun rises' } })).toBe('done');
    expect([await isIn(other), await isIn(luna)]).toEqual([false, true]);
    await expect(signIn()).rejects.toThrow('401');
    expect(await isIn(await signIn('another sun rises'))).toBe(true);
  });

  it('who left their browser open loses no password to somebody who guesses', async () => {
    const guess = () => told(luna, change, { input: { currentPassword: 'some guess or other', newPassword: 'another sun rises' } });
    const answers = [];
    for (let times = 0; times < 10; times++) answers.push(await guess());
    expect(answers).toContain('RATE_LIMITED');
    expect(await told(luna, change, { input: { currentPassword: 'another sun rises', newPassword: present } })).toBe('RATE_LIMITED');
  });
});
