import { syncOnboarding } from '../accounts/syncing.js';
import { known } from '../base/assert.js';
import { hourMs, later } from '../base/clock.js';
import { cancelMembership } from '../payments/canceling.js';
import { disconnectAccount } from '../payments/disconnecting.js';
import type { PaymentRow } from '../payments/payment.js';
import { refundPayment } from '../payments/refunding.js';
import { settleDue } from '../settlements/settling.js';
import { buyerNamed, cast } from './cast.js';
import { buy, offer, onboard, type Playing } from './deeds.js';
import type { Deed } from './plan.js';
import type { Stage } from './stage.js';

const day = 24;

/** What goes wrong, and what people then do, so that every state of the product has something to show. */
export function troubles(endsAt: Date, of: (login: string) => Playing): Deed[] {
  return [
    ...unpaidEvening(endsAt, 40, () => of('papertrail'), { kind: 'refuse', code: 'account_closed' }),
    ...unpaidEvening(endsAt, 33, () => of('sunday'), { kind: 'refuse', code: 'some_code_nobody_knows' }),
    ...unpaidEvening(endsAt, 27, () => of('kettle'), { kind: 'server_error_stored' }),
    ...unpaidEvening(endsAt, 6, () => of('wildfern'), null),
    ...unpaidEvening(endsAt, 5, () => of('kiln'), null),
    ...disputes(of),
    ...refunds(of),
    ...memberships(of),
    ...departures(of),
  ];
}

/** Something delivered that is not paid: Stripe refuses the transfer once, or the seller cannot have it. It stays so until a person acts. */
function unpaidEvening(endsAt: Date, daysAgo: number, playing: () => Playing, fault: object | null): Deed[] {
  const made = { id: '' };
  return [
    {
      hoursAgo: (daysAgo + 12) * day,
      isAlone: true,
      run: async (stage) => {
        const asked = { title: 'A private evening', minor: 12_000, deliversAt: later(endsAt, -daysAgo * day * hourMs), refundableForDays: 0 };
        made.id = (await offer(stage, playing(), asked)).id;
      },
    },
    ...[8, 6].map((before) => ({
      hoursAgo: (daysAgo + before) * day,
      run: async (stage: Stage) =>
        void (await buy(stage, playing(), { kind: 'OFFERING', offeringId: made.id, quantity: 1 }, buyerNamed(before * daysAgo))),
    })),
    {
      hoursAgo: daysAgo * day + 1,
      isAlone: true,
      run: async (stage) => {
        await settleAll(stage); // whatever else is due is not to be refused with it
        await stage.turnTo(later(endsAt, -(daysAgo * day - 1) * hourMs));
        if (fault) await stage.control('faults', { method: 'POST', path: '/v1/transfers', times: 1, ...fault });
        await settleAll(stage);
        await stage.control('faults/clear');
      },
    },
  ];
}

/** Pays everything that is due, as the worker does. */
export async function settleAll(stage: Stage): Promise<void> {
  while ((await settleDue(stage.openWork(), 50)) > 0);
}

/** Banks take charges back: some are being looked at, one was won, one lost before the seller was paid and one after. */
function disputes(of: (login: string) => Playing): Deed[] {
  return [
    ...dispute(90, () => earliest(of('luna'), 'OFFERING'), { reason: 'product_not_received', closes: [60, 'won'] }),
    ...dispute(50, () => earliest(of('northpier'), 'OFFERING'), { reason: 'fraudulent', closes: [20, 'lost'] }),
    ...dispute(12, () => earliest(of('brume'), 'ONE_TIME'), { reason: 'duplicate', answered: true }),
    ...dispute(4, () => latest(of('northpier'), 'OFFERING'), { reason: 'fraudulent' }),
    ...dispute(3, () => latest(of('luna'), 'ONE_TIME'), { reason: 'product_unacceptable' }),
  ];
}

function dispute(
  daysAgo: number,
  find: () => PaymentRow | undefined,
  { reason, closes, answered }: { reason: string; closes?: [daysAgo: number, outcome: 'won' | 'lost']; answered?: boolean },
): Deed[] {
  const opened = { id: '' };
  const opens: Deed = {
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const payment = find();
      if (!payment) return;
      opened.id = String((await stage.control(`charges/${payment.chargeId}/dispute`, { reason }))['id']);
      if (answered)
        await stage.atStripe(
          `/v1/disputes/${opened.id}`,
          { 'evidence[uncategorized_text]': 'It was asked for twice.' },
          await ownerOf(stage, payment),
        );
    },
  };
  if (!closes) return [opens];
  const [closedDaysAgo, outcome] = closes;
  return [
    opens,
    {
      hoursAgo: closedDaysAgo * day,
      run: async (stage) => {
        if (opened.id) await stage.control(`disputes/${opened.id}/close`, { outcome });
      },
    },
  ];
}

/** The Stripe account whose charge a payment is; the platform's own where null. */
async function ownerOf(stage: Stage, { connectedAccountId }: PaymentRow): Promise<string | null> {
  if (connectedAccountId === null) return null;
  const { stripeAccountId } = await stage
    .openWork()
    .read.selectFrom('connectedAccount')
    .select('stripeAccountId')
    .where('id', '=', connectedAccountId)
    .executeTakeFirstOrThrow();
  return stripeAccountId;
}

/** Money given back: in part and whole, of sellers' own charges and of held money, before and after the seller was paid; and one that the bank sends back. */
function refunds(of: (login: string) => Playing): Deed[] {
  return [
    refund(
      70,
      () => of('luna'),
      () => earliest(of('luna'), 'ONE_TIME'),
      null,
    ),
    refund(
      45,
      () => of('brume'),
      () => latest(of('brume'), 'ONE_TIME'),
      1_500,
    ),
    refund(
      38,
      () => of('northpier'),
      () => latest(of('northpier'), 'OFFERING'),
      null,
    ),
    refund(
      30,
      () => of('luna'),
      () => earliest(of('luna'), 'OFFERING', 1),
      1_000,
    ),
    refund(
      6,
      () => of('hoshizora'),
      () => latest(of('hoshizora'), 'ONE_TIME'),
      null,
    ),
    {
      hoursAgo: 16 * day,
      isAlone: true,
      run: async (stage) => {
        const payment = latest(of('kiln'), 'OFFERING');
        if (!payment) return;
        await giveBack(stage, of('kiln'), payment, null);
        const refund = await stage
          .openWork()
          .read.selectFrom('refund')
          .select('stripeRefundId')
          .where('paymentId', '=', payment.id)
          .executeTakeFirst();
        if (refund?.stripeRefundId) await stage.control(`refunds/${refund.stripeRefundId}/fail`);
      },
    },
  ];
}

function refund(daysAgo: number, seller: () => Playing, find: () => PaymentRow | undefined, amountMinor: number | null): Deed {
  return {
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const payment = find();
      if (payment) await giveBack(stage, seller(), payment, amountMinor);
    },
  };
}

async function giveBack(stage: Stage, { viewer }: Playing, { id: paymentId }: PaymentRow, amountMinor: number | null): Promise<void> {
  await refundPayment(stage.as(viewer), viewer, {
    paymentId,
    amountMinor,
    reason: 'The buyer could not come',
    returnsFee: true,
    idempotencyKey: null,
  });
}

/** Members whose card fails, and members who leave. */
function memberships(of: (login: string) => Playing): Deed[] {
  const cardFails = (daysAgo: number, login: string, nth: number): Deed => ({
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const membership = of(login).memberships.at(nth);
      if (!membership) return;
      await stage.control(`subscriptions/${membership.stripeSubscriptionId}/card`, { card: 'failing' });
      await stage.control(`subscriptions/${membership.stripeSubscriptionId}/renew`, { outcome: 'failed' });
    },
  });
  const leaves = (daysAgo: number, login: string, nth: number, atPeriodEnd: boolean): Deed => ({
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const { memberships, viewer } = of(login);
      const membership = memberships.at(nth);
      if (membership) await cancelMembership(stage.as(viewer), viewer, { membershipId: membership.id, atPeriodEnd });
    },
  });
  return [
    cardFails(75, 'luna', 0),
    cardFails(6, 'luna', 1),
    cardFails(2, 'brume', 0),
    cardFails(4, 'hoshizora', 0),
    leaves(40, 'brume', 1, false),
    leaves(7, 'luna', 2, true),
    leaves(5, 'hoshizora', 1, true),
  ];
}

/** Sellers whom Stripe restricts, sellers who leave, and one whose bank has it all before a dispute is lost: they owe it from then on. */
function departures(of: (login: string) => Playing): Deed[] {
  const closed = (login: string) => (cast.find((part) => part.login === login)?.closedDaysAgo ?? 0) * day;
  return [
    {
      hoursAgo: 1,
      isAlone: true,
      run: async (stage) => {
        await stage.control(`accounts/${of('northpier').stripeAccountId}/payout`);
      },
    },
    { hoursAgo: closed('kiln'), isAlone: true, run: (stage) => onboard(stage, of('kiln'), 'restricted') },
    {
      hoursAgo: closed('wildfern'),
      isAlone: true,
      run: async (stage) => {
        const { viewer, stripeAccountId } = of('wildfern');
        await stage.control(`accounts/${stripeAccountId}/deauthorize`);
        await syncOnboarding(stage.as(viewer), viewer, viewer.accountId);
      },
    },
    {
      hoursAgo: closed('mossgate'),
      isAlone: true,
      run: async (stage) => {
        const { viewer } = of('mossgate');
        await disconnectAccount(stage.as(viewer), viewer, viewer.accountId);
      },
    },
  ];
}

function earliest({ payments }: Playing, kind: PaymentRow['kind'], nth = 0): PaymentRow | undefined {
  return payments.filter((payment) => payment.kind === kind)[nth];
}

function latest({ payments }: Playing, kind: PaymentRow['kind']): PaymentRow | undefined {
  return payments.findLast((payment) => payment.kind === kind);
}

/** For the plan of a seller that is on the stage by then. */
export function present(playing: Playing | undefined): Playing {
  return known(playing, 'a seller who has signed up');
}
