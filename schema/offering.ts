import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { createOffering } from '../src/offerings/creation.js';
import { isOpen, type OfferingRow, settlesAt } from '../src/offerings/offering.js';
import { findPublicOffering, readOffering } from '../src/offerings/reading.js';
import { createOfferingCheckout } from '../src/payments/checkout.js';
import { totalOfOffering } from '../src/payments/quoting.js';
import { AccountObject, accountNode } from './account.js';
import { CheckoutPayload, nowhere, started } from './checkout.js';
import { answer, connectionTypes, MoneyObject, money, NodeObject, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { PublicAccountObject, publicAccountOf } from './public-account.js';
import { CurrencyCode, DateTime, MinorUnits } from './scalars.js';

@ObjectType('Offering', {
  implements: NodeObject,
  description: 'Something a seller delivers later. Buyers pay the platform, which settles the seller after delivery and the refund window.',
  simpleResolvers: true,
})
export class OfferingObject extends NodeObject {
  @Field(() => String, { description: 'What buyers see.' })
  title!: string;
  @Field(() => MoneyObject, { description: 'The price of one, before a fee on top.' })
  unitPrice!: MoneyObject;
  @Field(() => DateTime, { description: 'When it is delivered; sales end then.' })
  deliversAt!: Date;
  @Field(() => DateTime, { description: 'Until when buyers may be refunded as a matter of course.' })
  refundableUntil!: Date;
  @Field(() => DateTime, { description: 'The first moment its seller may be settled; later where the money is available later.' })
  settlesAt!: Date;
  @Field(() => DateTime, { description: 'When it was put on sale.' })
  createdAt!: Date;
  nodeType!: 'Offering';
  row!: OfferingRow;
}

export const OfferingConnection = connectionTypes('Offering', 'offerings', () => OfferingObject);

export function offeringNode(row: OfferingRow): OfferingObject {
  const { id, title, currency, deliversAt, refundableUntil, createdAt } = row;
  const unitPrice = money(row.unitPriceMinor, currency);
  return { nodeType: 'Offering', row, id, title, unitPrice, deliversAt, refundableUntil, settlesAt: settlesAt(row), createdAt };
}

@ObjectType('PublicOffering', { description: 'What a buyer may see of an offering.', simpleResolvers: true })
export class PublicOfferingObject {
  @Field(() => ID, { description: 'The offering’s id.' })
  id!: string;
  @Field(() => String, { description: 'What it is.' })
  title!: string;
  @Field(() => MoneyObject, { description: 'The price of one, before a fee on top.' })
  unitPrice!: MoneyObject;
  @Field(() => DateTime, { description: 'When it is delivered; sales end then.' })
  deliversAt!: Date;
  row!: OfferingRow;
}

@InputType('CreateOfferingInput', { description: 'What to put on sale.' })
export class CreateOfferingInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => String, { description: '1 to 200 characters.' })
  title!: string;
  @Field(() => MinorUnits, { description: 'The price of one.' })
  unitPrice!: number;
  @Field(() => CurrencyCode, { description: 'Its currency.' })
  currency!: string;
  @Field(() => DateTime, { description: 'When it is delivered: in the future, within three years.' })
  deliversAt!: Date;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when refunds are a matter of course; the delivery where absent, at most 180 days after it.',
  })
  refundableUntil?: Date | null;
}

@ObjectType('OfferingPayload', { description: 'The offering after a change, or why there was none.', simpleResolvers: true })
export class OfferingPayload {
  @Field(() => OfferingObject, { nullable: true, description: 'Null where it was refused.' })
  offering!: OfferingObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@InputType('CreateOfferingCheckoutInput', { description: 'Who wants to buy how many.' })
export class CreateOfferingCheckoutInput {
  @Field(() => ID, { description: 'The offering.' })
  offeringId!: string;
  @Field(() => String, { description: 'The buyer’s e-mail address.' })
  email!: string;
  @Field(() => Int, { description: 'How many; 1 to 10000.' })
  quantity!: number;
  @Field(() => String, {
    nullable: true,
    description: 'A repeat under the same key within 24 hours answers the same session; or send the Idempotency-Key header.',
  })
  idempotencyKey?: string | null;
}

@Resolver(() => OfferingObject)
export class OfferingResolver {
  @Query(() => OfferingObject, { nullable: true, description: 'One offering, for its seller and for staff. NOT_FOUND for any other.' })
  async offering(@Arg('id', () => ID, { description: 'The offering’s id.' }) id: string, @Ctx() { work, viewer }: Context): Promise<OfferingObject> {
    return offeringNode(await readOffering(work, viewer, id));
  }

  @Query(() => PublicOfferingObject, { nullable: true, description: 'What anybody may see of an offering; null where there is none.' })
  async publicOffering(
    @Arg('id', () => ID, { description: 'The offering’s id.' }) id: string,
    @Ctx() { work }: Context,
  ): Promise<PublicOfferingObject | null> {
    const row = await findPublicOffering(work, id);
    return row && { row, id: row.id, title: row.title, unitPrice: money(row.unitPriceMinor, row.currency), deliversAt: row.deliversAt };
  }

  @Mutation(() => OfferingPayload, {
    description:
      'Puts something on sale that is delivered later. Refuses with: INVALID, DATE_INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED.',
  })
  createOffering(
    @Arg('input', () => CreateOfferingInput, { description: 'What to put on sale.' }) { unitPrice, refundableUntil, ...input }: CreateOfferingInput,
    @Ctx() { work, viewer }: Context,
  ) {
    const asked = { ...input, unitPriceMinor: unitPrice, refundableUntil: refundableUntil ?? null };
    return answer({ offering: null as OfferingObject | null }, async () => ({ offering: offeringNode(await createOffering(work, viewer, asked)) }));
  }

  @Mutation(() => CheckoutPayload, {
    description:
      'Sends a buyer to Stripe to buy an offering. Where the marketplace asks strangers for a captcha, its answer goes in the header captcha-response. Refuses with: EMAIL_INVALID, INVALID, OFFERING_CLOSED, QUANTITY_INVALID, AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, STRIPE_UNAVAILABLE, STRIPE_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  createOfferingCheckout(
    @Arg('input', () => CreateOfferingCheckoutInput, { description: 'Who buys how many.' }) input: CreateOfferingCheckoutInput,
    @Ctx() { work, viewer, idempotencyKey }: Context,
  ) {
    const asked = { ...input, idempotencyKey: input.idempotencyKey ?? idempotencyKey };
    return answer(nowhere, async () => started(await createOfferingCheckout(work, viewer, asked)));
  }

  @FieldResolver(() => AccountObject, { description: 'The seller.' })
  async account(@Root() { row }: OfferingObject, @Ctx() { loaders }: Context): Promise<AccountObject> {
    return accountNode(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is still sold.' })
  open(@Root() { row }: OfferingObject, @Ctx() { work }: Context): boolean {
    return isOpen(row, work.clock.now());
  }

  @FieldResolver(() => String, { description: 'The public page on which buyers pay.' })
  payUrl(@Root() { id }: OfferingObject, @Ctx() { work }: Context): string {
    return `${work.config.publicUrl}/o/${id}`;
  }

  @FieldResolver(() => Int, { description: 'Units bought so far, those refunded in full left out.' })
  sold(@Root() { id }: OfferingObject, @Ctx() { loaders }: Context): Promise<number> {
    return loaders.sold.load(id);
  }
}

@Resolver(() => PublicOfferingObject)
export class PublicOfferingResolver {
  @FieldResolver(() => PublicAccountObject, { description: 'Who sells it.' })
  async seller(@Root() { row }: PublicOfferingObject, @Ctx() { loaders }: Context): Promise<PublicAccountObject> {
    return publicAccountOf(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => MoneyObject, { description: 'What that many cost, fee included. BAD_USER_INPUT for a quantity that cannot be bought.' })
  async totalFor(
    @Root() { row }: PublicOfferingObject,
    @Arg('quantity', () => Int, { description: 'How many.' }) quantity: number,
    @Ctx() { work }: Context,
  ): Promise<MoneyObject> {
    return money(await totalOfOffering(work, row, quantity), row.currency);
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is still sold.' })
  open(@Root() { row }: PublicOfferingObject, @Ctx() { work }: Context): boolean {
    return isOpen(row, work.clock.now());
  }
}
