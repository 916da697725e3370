import { Arg, Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { pageRequest } from '../src/db/paging.js';
import type { SettlementStatus as Status } from '../src/settlements/settlement.js';
import { AccountObject } from './account.js';
import { type Connection, connectionOf, MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { OfferingConnection, OfferingObject, offeringNode } from './offering.js';
import { PaymentObject } from './payment.js';
import { SettlementConnection, SettlementObject, SettlementStatus, settlementNode } from './settlement.js';

@ObjectType('AccountBalance', {
  description: 'What the platform holds for, owes to, or is owed by the seller, per the ledger.',
  simpleResolvers: true,
})
export class AccountBalanceObject {
  @Field(() => MoneyObject, { description: 'Paid by buyers and not settled yet.' })
  held!: MoneyObject;
  @Field(() => MoneyObject, { description: 'Settled so far, less what was taken back.' })
  settled!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the seller owes; later settlements keep it back.' })
  owedByAccount!: MoneyObject;
}

/** What offerings and settlements add to a payment. */
@Resolver(() => PaymentObject)
export class PaymentEdgesResolver {
  @FieldResolver(() => OfferingObject, { nullable: true, description: 'What was bought, where it is delivered later; null otherwise.' })
  async offering(@Root() { row }: PaymentObject, @Ctx() { loaders }: Context): Promise<OfferingObject | null> {
    return row.offeringId === null ? null : offeringNode(await loaders.offering.load(row.offeringId));
  }

  @FieldResolver(() => SettlementObject, {
    nullable: true,
    description: 'The settlement that pays its seller; null for a direct charge, which needs none.',
  })
  async settlement(@Root() { row }: PaymentObject, @Ctx() { loaders }: Context): Promise<SettlementObject | null> {
    if (row.chargeModel === 'DIRECT') return null;
    const settlement = await loaders.settlementOfPayment.load(row.id);
    return settlement && settlementNode(settlement);
  }
}

/** What settlements add to an offering. */
@Resolver(() => OfferingObject)
export class OfferingEdgesResolver {
  @FieldResolver(() => [SettlementObject], {
    description: 'Its settlements, newest first: one collects; others follow for what is sold after it closed.',
  })
  async settlements(@Root() { id }: OfferingObject, @Ctx() { loaders }: Context): Promise<SettlementObject[]> {
    return (await loaders.settlementsOfOffering.load(id)).map(settlementNode);
  }
}

/** What offerings and settlements add to an account. */
@Resolver(() => AccountObject)
export class AccountEdgesResolver {
  @FieldResolver(() => OfferingConnection, { description: 'What it offers, newest first.' })
  async offerings(
    @Root() { id }: AccountObject,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<OfferingObject>> {
    return connectionOf(await loaders.offerings(pageRequest({ first, after })).load(id), offeringNode);
  }

  @FieldResolver(() => SettlementConnection, { description: 'Its settlements, newest first.' })
  async settlements(
    @Root() { id }: AccountObject,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('status', () => [SettlementStatus], { nullable: true, description: 'Only settlements in one of these.' }) status: Status[] | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<SettlementObject>> {
    return connectionOf(await loaders.settlements({ ...pageRequest({ first, after }), status }).load(id), settlementNode);
  }

  @FieldResolver(() => AccountBalanceObject, { description: 'Where its money stands, in the currency it was last settled in.' })
  async balance(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<AccountBalanceObject> {
    const { currency, heldMinor, settledMinor, owedMinor } = await loaders.accountBalance.load(id);
    return { held: money(heldMinor, currency), settled: money(settledMinor, currency), owedByAccount: money(owedMinor, currency) };
  }
}
