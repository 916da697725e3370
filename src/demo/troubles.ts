import { hourMs, later } from '../base/clock.js';
import { cancelMembership } from '../payments/canceling.js';
import { disconnectAccount } from '../payments/disconnecting.js';
import type { PaymentRow } from '../payments/payment.js';
import { refundPayment } from '../payments/refunding.js';
import { buyerNamed, type Part } from './cast.js';
import { buy, offer, onboard, type Playing } from './deeds.js';
import type { Deed } from './plan.js';
import type { Stage } from './stage.js';

const day = 24;

/** What goes wrong with a seller, and what people then do, so that every state of the product has something to show. */
export function troublesOf({ login, closedDaysAgo = 0 }: Part, endsAt: Date, playing: () => Playing): Deed[] {
  const evening = (daysAgo: number, fault: object | null) => unpaidEvening(endsAt, daysAgo, playing, fault);
  const troubled = new Set<string>(); // each trouble has a payment to itself: what is refunded cannot be disputed as well
  const take = (choose: (payments: PaymentRow[]) => PaymentRow | undefined, kind: PaymentRow['kind']) => () => {
    const payment = choose(playing().payments.filter(({ id, kind: of }) => of === kind && !troubled.has(id)));
    if (payment) troubled.add(payment.id);
    return payment;
  };
  const first = (kind: PaymentRow['kind']) => take((payments) => payments[0], kind);
  const last = (kind: PaymentRow['kind']) => take((payments) => payments.at(-1), kind);
  const refunded = (daysAgo: number, find: Find, amountMinor: number | null) => refund(daysAgo, playing, find, amountMinor);
  const deeds: Record<string, Deed[]> = {
    luna: [
      ...dispute(90, first('OFFERING'), { reason: 'product_not_received', closes: [60, 'won'] }),
      ...dispute(3, last('ONE_TIME'), { reason: 'product_unacceptable' }),
      refunded(70, first('ONE_TIME'), null),
      refunded(30, first('OFFERING'), 1_000),
      cardFails(75, playing, 0),
      cardFails(6, playing, 1),
      memberLeaves(7, playing, 2, true),
    ],
    brume: [
      ...dispute(12, first('ONE_TIME'), { reason: 'duplicate', answered: true }),
      refunded(45, last('ONE_TIME'), 1_500),
      cardFails(2, playing, 0),
      memberLeaves(40, playing, 1, false),
    ],
    kiln: [
      ...evening(5, null),
      refundComesBack(16, playing, last('OFFERING')),
      { hoursAgo: closedDaysAgo * day, isAlone: true, run: (stage) => onboard(stage, playing(), 'restricted') },
    ],
    hoshizora: [refunded(6, last('ONE_TIME'), null), cardFails(4, playing, 0), memberLeaves(5, playing, 1, true)],
    northpier: [
      atStripe(50 * day + 1, playing, 'payout'), // so that what a bank takes back next day is owed
      ...dispute(50, first('OFFERING'), { reason: 'fraudulent', closes: [20, 'lost'] }),
      ...dispute(4, last('OFFERING'), { reason: 'fraudulent' }),
      refunded(38, last('OFFERING'), null),
    ],
    papertrail: evening(40, { kind: 'refuse', code: 'account_closed' }),
    sunday: evening(33, { kind: 'refuse', code: 'some_code_nobody_knows' }),
    kettle: evening(27, { kind: 'server_error_stored' }),
    wildfern: [...evening(6, null), atStripe(closedDaysAgo * day, playing, 'deauthorize')],
    mossgate: [
      {
        hoursAgo: closedDaysAgo * day,
        isAlone: true,
        run: async (stage) => {
          const { viewer } = playing();
          await disconnectAccount(stage.as(viewer), viewer, viewer.accountId);
        },
      },
    ],
  };
  return deeds[login] ?? [];
}

type Find = () => PaymentRow | undefined;

/** What the seller's Stripe account does by itself, or the seller with it. */
function atStripe(hoursAgo: number, playing: () => Playing, what: 'payout' | 'deauthorize'): Deed {
  return {
    hoursAgo,
    isAlone: true,
    run: async (stage) => {
      await stage.control(`accounts/${playing().stripeAccountId}/${what}`);
    },
  };
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
      run: (stage: Stage) => buy(stage, playing(), { kind: 'OFFERING', offeringId: made.id, quantity: 1 }, buyerNamed(before * daysAgo)),
    })),
    {
      hoursAgo: daysAgo * day + 1,
      isAlone: true,
      run: async (stage) => {
        await stage.follow(); // whatever else is due is not to be refused with it
        await stage.turnTo(later(endsAt, -(daysAgo * day - 1) * hourMs));
        if (fault) await stage.control('faults', { method: 'POST', path: '/v1/transfers', times: 1, ...fault });
        await stage.follow();
        await stage.control('faults/clear');
      },
    },
  ];
}

/** A bank takes a charge back; where it is answered, the seller has sent evidence; where it closes, the bank has decided. */
function dispute(
  daysAgo: number,
  find: Find,
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

/** A refund that the buyer's bank sends back: a person has to say what becomes of it. */
function refundComesBack(daysAgo: number, playing: () => Playing, find: Find): Deed {
  return {
    hoursAgo: daysAgo * day,
    isAlone: true,
    run: async (stage) => {
      const payment = find();
      if (!payment) return;
      await giveBack(stage, playing(), payment, null);
      const made = await stage.openWork().read.selectFrom('refund').select('stripeRefundId').where('paymentId', '=', payment.id).executeTakeFirst();
      if (made?.stripeRefundId) await stage.control(`refunds/${made.stripeRefundId}/fail`);
    },
  };
}

function refund(daysAgo: number, seller: () => Playing, find: Find, amountMinor: number | null): Deed {
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

/** A member's card fails with a renewal: Stripe tries it again for two weeks, and then ends the membership. */
function cardFails(daysAgo: number, playing: () => Playing, nth: number): Deed {
  return {
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const membership = playing().memberships.at(nth);
      if (!membership) return;
      await stage.control(`subscriptions/${membership.stripeSubscriptionId}/card`, { card: 'failing' });
      await stage.control(`subscriptions/${membership.stripeSubscriptionId}/renew`, { outcome: 'failed' });
    },
  };
}

function memberLeaves(daysAgo: number, playing: () => Playing, nth: number, atPeriodEnd: boolean): Deed {
  return {
    hoursAgo: daysAgo * day,
    run: async (stage) => {
      const { memberships, viewer } = playing();
      const membership = memberships.at(nth);
      if (membership) await cancelMembership(stage.as(viewer), viewer, { membershipId: membership.id, atPeriodEnd });
    },
  };
}
