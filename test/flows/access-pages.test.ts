import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, signUp } from '../support/api.js';
import type { Browser } from '../support/browser.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let luna: Api;
let email: string;
let owner: Browser;
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  luna = await signUp(world, 'Luna');
  ({ email } = (await luna.run<{ viewer: { email: string } }>('{ viewer { email } }')).viewer);
  owner = await (await world.browse().open('/sign-in')).submit({ email, password: 'a quiet moon rises' });
});
afterAll(() => world.close());

const whoIs = async (secret: string) => {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query: '{ viewer { role } }' }),
  });
  return answer.status;
};

describe('a seller, without scripts', () => {
  it('makes a key, sees it once, and revokes it', async () => {
    await (await owner.open('/connect/access')).submit({ name: 'Shop', 'may payments:read': 'on', 'may checkout:write': 'on' }, '/access/key');
    const [secret = ''] = /hf_test_[\w-]+/.exec(owner.html) ?? [];
    expect(await whoIs(secret)).toBe(200);
    await owner.open('/connect/access');
    expect(owner.html).not.toContain(secret);
    expect(owner.text()).toMatch(/Shop payments:read, checkout:write/);
    await owner.submit({}, '/access/revoke');
    expect([owner.text(), await whoIs(secret)]).toEqual([expect.stringContaining('its next request is refused'), 401]);
  });

  it('is told what is wrong beside what they typed', async () => {
    await (await owner.open('/connect/access')).submit({ name: 'Shop' }, '/access/key');
    expect([owner.status, owner.text()]).toEqual([422, expect.stringContaining('A key without scopes may do nothing.')]);
    await owner.submit({ email: 'nobody', role: 'MEMBER' }, '/access/invite');
    expect([owner.status, owner.html]).toEqual([422, expect.stringContaining('aria-invalid="true"')]);
  });

  it('invites somebody, who sees the page and may change nothing of it, and removes them', async () => {
    await (await owner.open('/connect/access')).submit({ email: 'mona@example.com', role: 'MEMBER' }, '/access/invite');
    const [link = ''] = /http[^<]*\/invitation\/[\w-]+/.exec(owner.html) ?? [];
    const mona = await (await world.browse().open(new URL(link).pathname)).submit({ name: 'Mona', password: 'another sun rises' });
    expect(new URL(mona.address).pathname).toBe('/connect');
    await mona.open('/connect/access');
    expect([mona.text().includes('Luna'), mona.html.includes('/connect/access/')]).toEqual([true, false]);
    const forbidden = await mona.fetch('/connect/access/key', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
    });
    expect(forbidden.status).toBe(403);
    await (await owner.open('/connect/access')).submit({}, '/access/end-seat');
    expect(owner.text()).toContain('They have no place here any more');
    expect(new URL((await mona.open('/connect/access')).address).pathname).toBe('/sign-in');
  });

  it('withdraws an invitation', async () => {
    await (await owner.open('/connect/access')).submit({ email: 'otto@example.com', role: 'OWNER' }, '/access/invite');
    const [link = ''] = /http[^<]*\/invitation\/[\w-]+/.exec(owner.html) ?? [];
    await owner.submit({}, '/access/withdraw');
    expect(owner.text()).toContain('The invitation is over.');
    expect((await world.browse().open(new URL(link).pathname)).status).toBe(404);
  });
});
