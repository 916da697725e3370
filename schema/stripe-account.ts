import { Field, Int, ObjectType } from 'type-graphql';
import { type ConnectedAccountRow, stillActive } from '../src/accounts/connected-account.js';
import { MoneyObject } from './common.js';
import { DateTime } from './scalars.js';

@ObjectType('StripeRequirements', { description: 'What Stripe asks of a seller, in Stripe’s field names.', simpleResolvers: true })
export class StripeRequirementsObject {
  @Field(() => [String], { description: 'Needed to keep the account as it is.' })
  currentlyDue!: string[];
  @Field(() => [String], { description: 'Needed, and late: something is switched off until they come.' })
  pastDue!: string[];
  @Field(() => [String], { description: 'Needed at some later time.' })
  eventuallyDue!: string[];
  @Field(() => String, { nullable: true, description: 'Why Stripe has switched something off; null where it has not.' })
  disabledReason!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When the currently due become past due; null where Stripe names no time.' })
  currentDeadline!: Date | null;
}

@ObjectType('StripeAccount', { description: 'An account’s Stripe account, present or past, as Stripe last described it.', simpleResolvers: true })
export class StripeAccountObject {
  @Field(() => String, { description: 'Stripe’s id, acct_….' })
  stripeId!: string;
  @Field(() => Boolean, { description: 'Whether the seller has answered all that onboarding asks.' })
  detailsSubmitted!: boolean;
  @Field(() => Boolean, { description: 'Whether Stripe accepts charges.' })
  chargesEnabled!: boolean;
  @Field(() => Boolean, { description: 'Whether Stripe pays out to the seller’s bank.' })
  payoutsEnabled!: boolean;
  @Field(() => StripeRequirementsObject, { description: 'What Stripe asks for.' })
  requirements!: StripeRequirementsObject;
  @Field(() => Boolean, { description: 'Whether it is the one in use.' })
  active!: boolean;
  @Field(() => DateTime, { description: 'When its use ended; the end of the year 9999 while it is in use.' })
  activeUntil!: Date;
  @Field(() => DateTime, { description: 'When it was connected.' })
  connectedAt!: Date;
}

@ObjectType('AccountCapabilities', { description: 'What Stripe lets an account do, one by one.', simpleResolvers: true })
export class AccountCapabilitiesObject {
  @Field(() => Boolean, { description: 'Take direct charges; the same as `ready`.' })
  canCharge!: boolean;
  @Field(() => Boolean, { description: 'Receive transfers from the platform.' })
  canReceiveTransfers!: boolean;
  @Field(() => Boolean, { description: 'Have its balance paid out to a bank.' })
  canBePaidOut!: boolean;
}

@ObjectType('Revenue', { description: 'What an account has taken so far, in the currency of most of its payments.', simpleResolvers: true })
export class RevenueObject {
  @Field(() => MoneyObject, { description: 'All that buyers paid.' })
  gross!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the platform took of it, less what it gave back with refunds.' })
  platformFees!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What went back to buyers.' })
  refunded!: MoneyObject;
  @Field(() => MoneyObject, { description: 'Gross less fees and refunds.' })
  net!: MoneyObject;
  @Field(() => Int, { description: 'Memberships that are active now.' })
  activeMembers!: number;
  @Field(() => Int, { description: 'Payments so far.' })
  paymentCount!: number;
}

export function stripeAccountNode(connected: ConnectedAccountRow): StripeAccountObject {
  const {
    stripeAccountId,
    detailsSubmitted,
    chargesEnabled,
    payoutsEnabled,
    requirements,
    disabledReason,
    currentDeadline,
    activeUntil,
    connectedAt,
    createdAt,
  } = connected;
  return {
    stripeId: stripeAccountId ?? '',
    detailsSubmitted,
    chargesEnabled,
    payoutsEnabled,
    requirements: { ...requirements, disabledReason, currentDeadline },
    active: activeUntil.getTime() === stillActive.getTime(),
    activeUntil,
    connectedAt: connectedAt ?? createdAt,
  };
}
