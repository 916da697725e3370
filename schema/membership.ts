import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { BillingInterval as Interval } from '../src/accounts/account.js';
import { maskEmail } from '../src/base/email.js';
import { pageRequest, type TimeOrder } from '../src/db/paging.js';
import { cancelMembership } from '../src/payments/canceling.js';
import { isActive, type MembershipRow, type MembershipStatus as Status } from '../src/payments/membership.js';
import { listMemberships } from '../src/payments/reading.js';
import { AccountObject, accountNode } from './account.js';
import {
  answer,
  type Connection,
  connectionOf,
  connectionTypes,
  enumOf,
  MoneyObject,
  money,
  NodeObject,
  TimeOrderName,
  UserErrorObject,
} from './common.js';
import type { Context } from './context.js';
import { seesEmails } from './guarding.js';
import { CurrencyCode, DateTime } from './scalars.js';

export const BillingInterval = enumOf('BillingInterval', 'How often a member pays.', {
  WEEK: 'Every week.',
  MONTH: 'Every month.',
  YEAR: 'Every year.',
} satisfies Record<Interval, string>);

export const MembershipStatus = enumOf('MembershipStatus', 'Stripe’s word on a subscription.', {
  INCOMPLETE: 'The first payment has not gone through.',
  INCOMPLETE_EXPIRED: 'The first payment never went through; over.',
  TRIALING: 'In a trial.',
  ACTIVE: 'Paid for.',
  PAST_DUE: 'A renewal failed; Stripe tries again, and the member keeps access meanwhile.',
  UNPAID: 'Renewals failed for good; not canceled.',
  PAUSED: 'Paused.',
  CANCELED: 'Over.',
} satisfies Record<Status, string>);

@ObjectType('Membership', { implements: NodeObject, description: 'A buyer’s subscription to a seller.', simpleResolvers: true })
export class MembershipObject extends NodeObject {
  @Field(() => MembershipStatus, { description: 'Stripe’s word; CANCELED at once where the seller left.' })
  status!: Status;
  @Field(() => Boolean, { description: 'Whether the member has access: active, in a trial, or past due.' })
  active!: boolean;
  @Field(() => MoneyObject, { description: 'What is paid per interval.' })
  price!: MoneyObject;
  @Field(() => BillingInterval, { description: 'How often.' })
  interval!: Interval;
  @Field(() => DateTime, { nullable: true, description: 'Until when it is paid for; null before the first payment.' })
  currentPeriodEnd!: Date | null;
  @Field(() => Boolean, { description: 'Whether it ends when the period is over.' })
  cancelAtPeriodEnd!: boolean;
  @Field(() => DateTime, { nullable: true, description: 'When it was canceled; null where it was not.' })
  canceledAt!: Date | null;
  @Field(() => String, { description: 'Stripe’s id, sub_….' })
  stripeSubscriptionId!: string;
  @Field(() => DateTime, { description: 'When it was first recorded here.' })
  createdAt!: Date;
  nodeType!: 'Membership';
  row!: MembershipRow;
}

export const MembershipConnection = connectionTypes('Membership', 'memberships', () => MembershipObject);

export function membershipNode(row: MembershipRow): MembershipObject {
  const { id, status, interval, currentPeriodEnd, cancelAtPeriodEnd, canceledAt, stripeSubscriptionId, createdAt } = row;
  return {
    nodeType: 'Membership',
    row,
    id,
    status,
    interval,
    currentPeriodEnd,
    cancelAtPeriodEnd,
    canceledAt,
    stripeSubscriptionId,
    createdAt,
    active: isActive(row),
    price: money(row.priceMinor, row.currency),
  };
}

@InputType('CancelMembershipInput', { description: 'Which membership to end, and when.' })
export class CancelMembershipInput {
  @Field(() => ID, { description: 'The membership.' })
  membershipId!: string;
  @Field(() => Boolean, { nullable: true, description: 'True to let it run until the period that is paid for is over; at once where absent.' })
  atPeriodEnd?: boolean | null;
  @Field(() => String, { nullable: true, description: 'Canceling is safe to repeat with or without one.' })
  idempotencyKey?: string | null;
}

@ObjectType('MembershipPayload', { description: 'The membership after a change, or why there was none.', simpleResolvers: true })
export class MembershipPayload {
  @Field(() => MembershipObject, { nullable: true, description: 'Null where the change was refused.' })
  membership!: MembershipObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => MembershipObject)
export class MembershipResolver {
  @Query(() => MembershipConnection, {
    description: 'Memberships, newest first where no order is given: a seller’s own, or for staff those of any account.',
  })
  async memberships(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id of ours or Stripe’s, or the member’s whole e-mail address.' }) search:
      | string
      | null,
    @Arg('status', () => [MembershipStatus], { nullable: true, description: 'Only memberships in one of these.' }) status: Status[] | null,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'Only memberships in this currency.' }) currency: string | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only memberships begun then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only memberships begun before then.' }) until: Date | null,
    @Arg('order', () => TimeOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: TimeOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<MembershipObject>> {
    const filter = { accountId, search, status, currency, from, until, order };
    return connectionOf(await listMemberships(work, viewer, filter, pageRequest({ first, after })), membershipNode);
  }

  @Mutation(() => MembershipPayload, {
    description: 'Ends a membership, at once or when its period is over. Refuses with: STRIPE_UNAVAILABLE, STRIPE_REFUSED.',
  })
  cancelMembership(
    @Arg('input', () => CancelMembershipInput, { description: 'Which, and when.' }) { membershipId, atPeriodEnd }: CancelMembershipInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ membership: null as MembershipObject | null }, async () => ({
      membership: membershipNode(await cancelMembership(work, viewer, { membershipId, atPeriodEnd: atPeriodEnd ?? false })),
    }));
  }

  @FieldResolver(() => AccountObject, { description: 'The seller.' })
  async account(@Root() { row }: MembershipObject, @Ctx() { loaders }: Context): Promise<AccountObject> {
    return accountNode(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => String, { description: 'The member’s address; shortened for those who need not know it.' })
  buyerEmail(@Root() { row }: MembershipObject, @Ctx() { viewer }: Context): string {
    return seesEmails(viewer, row) ? row.email : maskEmail(row.email);
  }
}
