import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { AccountRow, BillingInterval as Interval } from '../src/accounts/account.js';
import { isMembershipEnabled, isOneTimeEnabled } from '../src/accounts/readiness.js';
import { findPublicAccount } from '../src/accounts/reading.js';
import { MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { BillingInterval } from './membership.js';

/** An account's prices, as everybody sees them. */
export function pricesOf(row: AccountRow) {
  const price = (minor: number | null, currency: string | null) => (minor === null || currency === null ? null : money(minor, currency));
  const membershipPrice = price(row.membershipPriceMinor, row.membershipCurrency);
  return {
    membershipPrice,
    membershipInterval: membershipPrice ? row.membershipInterval : null,
    oneTimePrice: price(row.oneTimePriceMinor, row.oneTimeCurrency),
  };
}

@ObjectType('PublicAccount', { description: 'What a buyer may see of a seller.', simpleResolvers: true })
export class PublicAccountObject {
  @Field(() => ID, { description: 'The account’s id.' })
  id!: string;
  @Field(() => String, { description: 'The name buyers see.' })
  displayName!: string;
  @Field(() => MoneyObject, { nullable: true, description: 'What a membership costs per interval; null where none is offered.' })
  membershipPrice!: MoneyObject | null;
  @Field(() => BillingInterval, { nullable: true, description: 'How often members pay; null where no membership is offered.' })
  membershipInterval!: Interval | null;
  @Field(() => MoneyObject, { nullable: true, description: 'What paying once costs; null where it is not offered.' })
  oneTimePrice!: MoneyObject | null;
  row!: AccountRow;
}

/** What buyers see of a seller. */
export function publicAccountOf(row: AccountRow): PublicAccountObject {
  return { row, id: row.id, displayName: row.displayName, ...pricesOf(row) };
}

@Resolver(() => PublicAccountObject)
export class PublicAccountResolver {
  @Query(() => PublicAccountObject, { nullable: true, description: 'What anybody may see of a seller; null where there is none.' })
  async publicAccount(
    @Arg('id', () => ID, { description: 'The account’s id.' }) id: string,
    @Ctx() { work }: Context,
  ): Promise<PublicAccountObject | null> {
    const row = await findPublicAccount(work, id);
    return row && publicAccountOf(row);
  }

  @FieldResolver(() => Boolean, { description: 'Whether a buyer can join now.' })
  async membershipEnabled(@Root() { row }: PublicAccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isMembershipEnabled(row, await loaders.connection.load(row.id));
  }

  @FieldResolver(() => Boolean, { description: 'Whether a buyer can pay once now.' })
  async oneTimeEnabled(@Root() { row }: PublicAccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isOneTimeEnabled(row, await loaders.connection.load(row.id));
  }
}
