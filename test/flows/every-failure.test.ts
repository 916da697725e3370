import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { dayMs, hourMs, later } from '../../src/base/clock.js';
import { remedyOf } from '../../src/settlements/explaining.js';
import type { FailureCode } from '../../src/stripe/result.js';
import type { Browser } from '../support/browser.js';
import { buyOffering, topUp, turnTo, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

let world: TestWorld;
let staff: Browser;
let seller: Browser;
let page: string;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  await topUp(world, 100_000);
});
afterAll(() => world.close());

const now = () => world.app.openWork().clock.now();
const wait = async (ms: number) => {
  await turnTo(world, later(now(), ms));
  await workThrough(world);
};
const fail = (kind: string, more: object = {}) => world.control('faults', { method: 'POST', path: '/v1/transfers', kind, times: 1, ...more });
const click = async (action: string, typed: Record<string, string> = {}) => {
  await staff.open(page);
  await staff.submit(typed, `${page}/${action}`);
};

/** What brings a settlement to fail so, what each person reads then, and the clicks that mend it. */
interface Story {
  happens: () => Promise<unknown>;
  staffRead: string;
  sellerReads: string;
  mends: () => Promise<unknown>;
}

const retried = () => click('retry');
const nothingToDo = 'the marketplace has been told. Nothing is lost.';

const stories: Record<FailureCode, Story> = {
  ACCOUNT_DISCONNECTED: {
    happens: async () => {
      await seller.open('/connect');
      await seller.submit({ sure: 'DISCONNECT' }, '/connect/disconnect');
    },
    staffRead: 'failed',
    sellerReads: 'Connect Stripe again to receive it. Nothing is lost.',
    mends: async () => {
      await seller.open('/connect');
      await seller.submit({ country: 'US' }, '/connect/start');
      await seller.submit({ outcome: 'complete' });
      await retried();
    },
  },
  ACCOUNT_RESTRICTED: {
    happens: () => fail('refuse', { code: 'insufficient_capabilities_for_transfer' }),
    staffRead: 'failed',
    sellerReads: 'Stripe asks you for something before you can receive it',
    mends: retried,
  },
  INVALID_ACCOUNT: {
    happens: () => fail('refuse', { code: 'account_closed' }),
    staffRead: 'failed',
    sellerReads: 'Stripe no longer knows your account: connect again to receive it.',
    mends: retried,
  },
  INSUFFICIENT_BALANCE: {
    happens: () => fail('refuse', { code: 'balance_insufficient' }),
    staffRead: 'waiting',
    sellerReads: 'Delayed a little; it is tried again by itself.',
    mends: () => click('settle-now'),
  },
  PLATFORM_NOT_ALLOWED: {
    happens: () => fail('forbidden'),
    staffRead: 'waiting',
    sellerReads: nothingToDo,
    mends: () => click('settle-now'),
  },
  VERIFICATION_REQUIRED: {
    happens: () => fail('server_error_stored'),
    staffRead: 'outcome unknown',
    sellerReads: 'Being checked by the marketplace. Nothing is lost.',
    mends: async () => {
      await click('verify');
      await staff.submit({ reason: 'Stripe shows none' }, `${page}/send-again`);
    },
  },
  ATTEMPTS_EXHAUSTED: {
    happens: async () => {
      await fail('rate_limit', { times: 10_000 });
      await wait(10 * dayMs);
      await wait(24 * hourMs);
      await world.control('faults/clear');
    },
    staffRead: 'failed',
    sellerReads: nothingToDo,
    mends: retried,
  },
  UNCLASSIFIED: {
    happens: () => fail('refuse', { code: 'some_code_nobody_knows' }),
    staffRead: 'failed',
    sellerReads: nothingToDo,
    mends: retried,
  },
};

describe('every reason a seller can go unpaid for', () => {
  let people = 0;
  beforeEach(async () => {
    staff = await world.browse().open('/sign-in');
    await staff.submit({ email: 'admin@demo.test', password: 'holdfast-demo' });
    seller = await world.browse().open('/sign-up');
    await seller.submit({ name: 'Venue Luna', email: `luna${++people}@example.com`, password: 'a quiet moon rises' });
    await seller.submit({ country: 'US' }, '/connect/start');
    await seller.submit({ outcome: 'complete' });
    const deliversAt = later(now(), dayMs).toISOString().slice(0, 16);
    await seller.submit({ title: 'A night', amount: '50.00', currency: 'USD', deliversAt, refundableUntil: '' }, '/connect/offering');
    const offeringId = /\/o\/(off_\w+)/.exec(seller.html)?.[1] as string;
    await buyOffering(world, offeringId);
    await workThrough(world);
    const { id } = await world.app
      .openWork()
      .read.selectFrom('settlement')
      .select('id')
      .where('offeringId', '=', offeringId)
      .executeTakeFirstOrThrow();
    page = `/admin/settlements/${id}`;
  });

  it.each(Object.entries(stories))('%s: staff and seller read what it is and who acts, and clicks alone pay the seller', async (code, story) => {
    await story.happens();
    await wait(10 * dayMs);
    await staff.open(page);
    expect(staff.text()).toMatch(new RegExp(`\\$50\\.00 to Venue Luna ${story.staffRead} `));
    expect(staff.text()).toContain(remedyOf(code as FailureCode).remedy);
    await staff.open('/admin');
    expect(staff.text()).toContain(remedyOf(code as FailureCode).remedy);
    await seller.open('/connect');
    expect(seller.text()).toContain(story.sellerReads);

    await story.mends();
    await workThrough(world);
    await staff.open(page);
    expect(staff.text()).toMatch(/\$50\.00 to Venue Luna settled /);
    await seller.open('/connect');
    expect(seller.text()).toMatch(/\$50\.00 settled \S+ Sent to your Stripe account on /);
  });
});
