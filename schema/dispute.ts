import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { pageRequest } from '../src/db/paging.js';
import type { DisputeRow, DisputeStatus as Status } from '../src/disputes/dispute.js';
import { type DisputeOrder, listDisputes } from '../src/disputes/reading.js';
import { type Connection, connectionOf, connectionTypes, enumOf, MoneyObject, money, NodeObject } from './common.js';
import type { Context } from './context.js';
import { PaymentObject, paymentNode } from './payment.js';
import { CurrencyCode, DateTime } from './scalars.js';

export const DisputeStatus = enumOf('DisputeStatus', 'Where a dispute stands.', {
  NEEDS_RESPONSE: 'The bank waits for evidence.',
  UNDER_REVIEW: 'The bank decides.',
  WON: 'The money came back.',
  LOST: 'The money is gone.',
  CLOSED: 'Over without money having moved for good: an inquiry, or one that was prevented.',
} satisfies Record<Status, string>);

export const DisputeOrderName = enumOf('DisputeOrder', 'In which order disputes are listed.', {
  NEWEST: 'The newest first.',
  OLDEST: 'The oldest first.',
  DUE_FIRST: 'Those first whose evidence is due first; those last that take none.',
  LARGEST: 'The largest amount first.',
  SMALLEST: 'The smallest amount first.',
} satisfies Record<DisputeOrder, string>);

@ObjectType('Dispute', { implements: NodeObject, description: 'A buyer’s bank asking for a payment back.', simpleResolvers: true })
export class DisputeObject extends NodeObject {
  @Field(() => DisputeStatus, { description: 'Where it stands.' })
  status!: Status;
  @Field(() => MoneyObject, { description: 'What the bank asks for; may be more than was paid, where currencies have moved.' })
  amount!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What Stripe keeps for it, as its balance says; never assumed.' })
  fee!: MoneyObject;
  @Field(() => Boolean, { description: 'Whether the bank only asks, and no money has moved.' })
  inquiry!: boolean;
  @Field(() => String, { description: 'The bank’s reason, in Stripe’s word.' })
  reason!: string;
  @Field(() => DateTime, { nullable: true, description: 'Until when evidence is taken; null where none is.' })
  evidenceDueBy!: Date | null;
  @Field(() => String, { description: 'Stripe’s id of it.' })
  stripeDisputeId!: string;
  @Field(() => DateTime, { description: 'When the bank opened it.' })
  openedAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it was over; null while it is not.' })
  closedAt!: Date | null;
  nodeType!: 'Dispute';
  row!: DisputeRow;
}

export const DisputeConnection = connectionTypes('Dispute', 'disputes', () => DisputeObject);

export function disputeNode(row: DisputeRow): DisputeObject {
  const { id, status, currency, inquiry, reason, evidenceDueBy, stripeDisputeId, openedAt, closedAt } = row;
  const amount = money(row.amountMinor, currency);
  return {
    nodeType: 'Dispute',
    row,
    id,
    status,
    amount,
    fee: money(row.feeMinor, currency),
    inquiry,
    reason,
    evidenceDueBy,
    stripeDisputeId,
    openedAt,
    closedAt,
  };
}

@Resolver(() => DisputeObject)
export class DisputeResolver {
  @Query(() => DisputeConnection, {
    description: 'Disputes, newest first where no order is given: of a seller’s own payments, or for staff of any account’s.',
  })
  async disputes(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Arg('status', () => [DisputeStatus], { nullable: true, description: 'Only disputes in one of these.' }) status: Status[] | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id of ours or Stripe’s: the dispute’s, or our payment’s.' }) search:
      | string
      | null,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'Only disputes in this currency.' }) currency: string | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only disputes opened then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only disputes opened before then.' }) until: Date | null,
    @Arg('order', () => DisputeOrderName, { nullable: true, description: 'NEWEST where absent; by amount only with a currency.' })
    order: DisputeOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<DisputeObject>> {
    const filter = { accountId, status, search, currency, from, until, order };
    return connectionOf(await listDisputes(work, viewer, filter, pageRequest({ first, after })), disputeNode);
  }

  @FieldResolver(() => PaymentObject, { description: 'What it is about.' })
  async payment(@Root() { row }: DisputeObject, @Ctx() { loaders }: Context): Promise<PaymentObject> {
    return paymentNode(await loaders.payment.load(row.paymentId));
  }

  @FieldResolver(() => MoneyObject, { description: 'What was taken back from the seller for it and not given back.' })
  async transferReversed(@Root() { row }: DisputeObject, @Ctx() { loaders }: Context): Promise<MoneyObject> {
    return money(await loaders.reversedForDispute.load(row.id), row.currency);
  }
}

/** What disputes add to a payment. */
@Resolver(() => PaymentObject)
export class PaymentDisputesResolver {
  @FieldResolver(() => [DisputeObject], { description: 'What the buyer’s bank asked back of it, newest first.' })
  async disputes(@Root() { id }: PaymentObject, @Ctx() { loaders }: Context): Promise<DisputeObject[]> {
    return (await loaders.disputes.load(id)).map(disputeNode);
  }
}
