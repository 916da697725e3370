import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendDueLetters } from '../../src/access/mail/sending.js';
import { letterToMember, manageLink } from '../../src/payments/managing.js';
import { recordSubscription } from '../../src/payments/membership-recording.js';
import type { Browser } from '../support/browser.js';
import { openMailbox } from '../support/mailbox.js';
import { workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('a member, without signing in', () => {
  let mailbox: Awaited<ReturnType<typeof openMailbox>>;
  let world: TestWorld;
  let payPath: string;
  let member: Browser;
  let link: string;

  beforeAll(async () => {
    mailbox = await openMailbox();
    world = await openWorld({ SMTP_URL: mailbox.url, MAIL_FROM: 'pay@market.example' }, { works: false });
    const { app } = world;
    const seller = await world.browse().open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: 'luna@example.com', password: 'a quiet moon rises' });
    await sendDueLetters(app.openWork(), 20, { MEMBERSHIPS: letterToMember });
    await seller.open(linkIn(mailbox.letters.splice(0)[0]?.text));
    await seller.submit({ password: 'a quiet moon rises' });
    await seller.submit({ country: 'US' }, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    await seller.submit({ amount: '10', currency: 'USD', interval: 'MONTH' }, 'membership-price');
    payPath = new URL(/href="([^"]*\/c\/acc_[^"]*)"/.exec(seller.html)?.[1] as string).pathname;
    member = await world.browse().open(payPath);
    await member.submit({ email: 'Ada@example.com', kind: 'membership' });
    await member.submit({ email: 'Ada@example.com', card: 'ok', do: 'pay' });
  });
  afterAll(async () => {
    await world.close();
    await mailbox.close();
  });

  const linkIn = (text = '') => /^https?:\S+/m.exec(text)?.[0] as string;
  const ask = async (email: string) => {
    await (await world.browse().open('/m')).submit({ email });
    await sendDueLetters(world.app.openWork(), 20, { MEMBERSHIPS: letterToMember });
    return mailbox.letters.splice(0);
  };
  const membership = () => world.app.openWork().read.selectFrom('membership').selectAll().executeTakeFirstOrThrow();

  it('is shown from the page they come back to what they pay, when next, and what they have paid', async () => {
    link = /href="([^"]*\/m\/[^"]+)"/.exec(member.html)?.[1] as string;
    await member.open(link);
    expect(member.text()).toMatch(/Venue Luna You are a member since \S+, for \$10\.00 a month\. The next payment is on \S+\./);
    expect(member.text()).toMatch(/What you paid \S+ \$10\.00 paid/);
  });

  it('is sent the way there, at their address alone; whoever else asks is told the same', async () => {
    const [letter, ...more] = await ask('ada@example.com');
    expect(more).toEqual([]);
    expect(letter?.text).toContain('Venue Luna, $10.00:');
    expect((await world.browse().open(linkIn(letter?.text))).text()).toContain('You are a member since');
    expect(await ask('nobody@example.com')).toEqual([]);
    const [one, other] = await Promise.all(
      ['ada@example.com', 'nobody@example.com'].map(async (email) =>
        (await (await world.browse().open('/m')).submit({ email })).text().replace(email, ''),
      ),
    );
    expect(one).toBe(other);
  });

  /** Somebody else reads it at Stripe while it is being ended there. */
  const readWhileEnding = async () => {
    const work = world.app.openWork();
    const isSent = () =>
      work.read.selectFrom('operation').select('id').where('kind', '=', 'SUBSCRIPTION_END').where('sendCount', '>', 0).executeTakeFirst();
    while (!(await isSent())) await new Promise(setImmediate);
    const { connectedAccountId, stripeSubscriptionId } = await membership();
    const connected = await work.read.selectFrom('connectedAccount').selectAll().where('id', '=', connectedAccountId).executeTakeFirstOrThrow();
    await recordSubscription(work, connected, stripeSubscriptionId);
    expect(await membership()).toMatchObject({ cancelAtPeriodEnd: false });
  };

  it('ends it with one click, also while somebody else reads it, keeps what is paid for, and may click again', async () => {
    await member.open(link);
    await world.control('faults', { kind: 'delay', method: 'POST', path: '/v1/subscriptions/*', delayMs: 700 });
    await Promise.all([member.submit({}), readWhileEnding()]);
    expect(member.text()).toContain('Done. Your membership is not renewed.');
    expect(member.text()).toMatch(/It ends on \S+: nothing more is charged\./);
    await member.open(link);
    expect(member.html).not.toContain('End my membership');
    await workThrough(world);
    expect(await membership()).toMatchObject({ status: 'ACTIVE', cancelAtPeriodEnd: true });
    const { subscriptions } = (await world.stripeState()) as unknown as { subscriptions: { status: string }[] };
    expect(subscriptions).toMatchObject([{ status: 'active' }]);
  });

  it('is shown nothing by a link that is over, was changed, or was made by somebody else', async () => {
    const row = await membership();
    const work = world.app.openWork();
    const past = { ...work, wallClock: { now: () => new Date(work.wallClock.now().getTime() - 31 * 60_000) } };
    for (const bad of [manageLink(past, row), `${link}x`, link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), '/m/deadbeef.AAAA', '/m/x'])
      expect([bad, (await world.browse().open(bad)).status]).toEqual([bad, 404]);
  });
});
