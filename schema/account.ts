import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { AccountRow, BillingInterval as Interval } from '../src/accounts/account.js';
import { startOnboarding } from '../src/accounts/onboarding.js';
import { setMembershipPrice, setOneTimePrice } from '../src/accounts/pricing.js';
import {
  canBePaidOut,
  canCharge,
  canReceiveTransfers,
  isMembershipEnabled,
  isOnboardingInProgress,
  isOneTimeEnabled,
  isReady,
  type AccountStatus as Status,
  statusOf,
} from '../src/accounts/readiness.js';
import { type AccountOrder, listAccounts, readAccount } from '../src/accounts/reading.js';
import { setAccountProfile } from '../src/accounts/setup.js';
import { syncOnboarding } from '../src/accounts/syncing.js';
import { pageRequest } from '../src/db/paging.js';
import { disconnectAccount } from '../src/payments/disconnecting.js';
import type { MembershipStatus as MemberStatus } from '../src/payments/membership.js';
import type { PaymentStatus as PaidStatus } from '../src/payments/reading.js';
import {
  type Answered,
  answer,
  type Connection,
  connectionOf,
  connectionTypes,
  enumOf,
  MoneyObject,
  money,
  NodeObject,
  UserErrorObject,
} from './common.js';
import type { Context } from './context.js';
import { BillingInterval, MembershipConnection, type MembershipObject, MembershipStatus, membershipNode } from './membership.js';
import { PaymentConnection, type PaymentObject, PaymentStatus, paymentNode } from './payment.js';
import { pricesOf } from './public-account.js';
import { CurrencyCode, DateTime, MinorUnits } from './scalars.js';
import { AccountCapabilitiesObject, RevenueObject, StripeAccountObject, stripeAccountNode } from './stripe-account.js';

export const AccountStatus = enumOf('AccountStatus', 'How far a seller is; exactly one holds.', {
  NOT_CONNECTED: 'Never connected to Stripe, or disconnected.',
  ONBOARDING: 'Stripe still asks for something before the first payment.',
  RESTRICTED: 'Onboarding was finished, but Stripe does not accept charges now.',
  READY: 'Stripe accepts charges.',
} satisfies Record<Status, string>);

export const AccountOrderName = enumOf('AccountOrder', 'In which order accounts are listed.', {
  NEWEST: 'The newest first.',
  OLDEST: 'The oldest first.',
  NAME: 'By the names that buyers see.',
} satisfies Record<AccountOrder, string>);

/** What a type of the API keeps of its row, for the edges. */
interface AccountNode {
  nodeType: 'Account';
  row: AccountRow;
}

@ObjectType('Account', {
  implements: NodeObject,
  description: 'A seller. Buyers may see its name, prices and whether they can pay; the rest is for the seller and staff.',
  simpleResolvers: true,
})
export class AccountObject extends NodeObject {
  @Field(() => String, { description: 'The name buyers see.' })
  displayName!: string;
  @Field(() => MoneyObject, { nullable: true, description: 'What a membership costs per interval; null where none is offered.' })
  membershipPrice!: MoneyObject | null;
  @Field(() => BillingInterval, { nullable: true, description: 'How often members pay; null where no membership is offered.' })
  membershipInterval!: Interval | null;
  @Field(() => MoneyObject, { nullable: true, description: 'What paying once costs; null where it is not offered.' })
  oneTimePrice!: MoneyObject | null;
  @Field(() => DateTime, { description: 'When the seller signed up.' })
  createdAt!: Date;
  nodeType!: 'Account';
  row!: AccountRow;
}

export function accountNode(row: AccountRow): AccountObject {
  return {
    nodeType: 'Account',
    row,
    id: row.id,
    displayName: row.displayName,
    ...pricesOf(row),
    createdAt: row.createdAt,
  };
}

@ObjectType('AccountPayload', { description: 'The account after a change, or why there was none.', simpleResolvers: true })
export class AccountPayload {
  @Field(() => AccountObject, { nullable: true, description: 'Null where the change was refused.' })
  account!: AccountObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('StartOnboardingPayload', { description: 'The way to Stripe’s onboarding, or why there is none.', simpleResolvers: true })
export class StartOnboardingPayload {
  @Field(() => AccountObject, { nullable: true, description: 'Null where it was refused.' })
  account!: AccountObject | null;
  @Field(() => String, {
    nullable: true,
    description: 'Stripe’s page for this seller: works once, for minutes. Send the seller there at once; never store it. Null where it was refused.',
  })
  onboardingUrl!: string | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@InputType({ description: 'What buyers see of an account, and whether its seller has shared it; what is absent stays.' })
export class SetAccountProfileInput {
  @Field(() => ID, { description: 'The account.' }) accountId!: string;
  @Field(() => String, { nullable: true, description: 'The name that buyers see: 1 to 200 characters in one line.' }) displayName?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'True: the seller has shared their page. The first time is kept.' }) shared?: boolean | null;
}

@InputType('StartOnboardingInput', { description: 'Whose onboarding to begin or resume.' })
export class StartOnboardingInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => String, { nullable: true, description: 'Two letters, such as DE; US where absent. Fixed once Stripe’s account is made.' })
  country?: string | null;
}

@InputType('AccountInput', { description: 'One account.' })
export class AccountInput {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;
}

@InputType('SetMembershipPriceInput', { description: 'The price of a membership.' })
export class SetMembershipPriceInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => MinorUnits, { nullable: true, description: 'The price per interval; null stops offering memberships.' })
  amount?: number | null;
  @Field(() => CurrencyCode, { nullable: true, description: 'Where absent: the present price’s, else the Stripe account’s, else USD.' })
  currency?: string | null;
  @Field(() => BillingInterval, { nullable: true, description: 'Where absent: as before, at first a month.' })
  interval?: Interval | null;
}

@InputType('SetOneTimePriceInput', { description: 'The price of paying once.' })
export class SetOneTimePriceInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => MinorUnits, { nullable: true, description: 'The price; null stops offering it.' })
  amount?: number | null;
  @Field(() => CurrencyCode, { nullable: true, description: 'Where absent: the present price’s, else the Stripe account’s, else USD.' })
  currency?: string | null;
}

export const AccountConnection = connectionTypes('Account', 'accounts', () => AccountObject);

@Resolver(() => AccountObject)
export class AccountResolver {
  @Query(() => AccountObject, { nullable: true, description: 'One account, for its seller and for staff. NOT_FOUND for any other.' })
  async account(@Arg('id', () => ID, { description: 'The account’s id.' }) id: string, @Ctx() { work, viewer }: Context): Promise<AccountObject> {
    return accountNode(await readAccount(work, viewer, id));
  }

  @Query(() => AccountConnection, { description: 'All accounts, newest first where no order is given; for staff.' })
  async accounts(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('search', () => String, { nullable: true, description: 'A part of the name, or a whole id of ours or Stripe’s.' }) search: string | null,
    @Arg('status', () => [AccountStatus], { nullable: true, description: 'Only accounts in one of these.' }) status: Status[] | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only accounts begun then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only accounts begun before then.' }) until: Date | null,
    @Arg('order', () => AccountOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: AccountOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<AccountObject>> {
    const filter = { search, status, from, until, order };
    return connectionOf(await listAccounts(work, viewer, filter, pageRequest({ first, after })), accountNode);
  }

  @Mutation(() => AccountPayload, {
    description: 'Changes the name that buyers see, and notes that the seller has shared their page; what is absent stays. Refuses with: INVALID.',
  })
  setAccountProfile(
    @Arg('input', () => SetAccountProfileInput, { description: 'What is to be another.' }) input: SetAccountProfileInput,
    @Ctx() { work, viewer }: Context,
  ) {
    const { accountId, displayName, shared } = input;
    return changed(() => setAccountProfile(work, viewer, { accountId, displayName: displayName ?? null, shared: shared ?? null }));
  }

  @Mutation(() => StartOnboardingPayload, {
    description:
      'Begins or resumes onboarding: makes the Stripe account on the first call, answers a fresh link on every call. Refuses with: INVALID, CONFLICT, STRIPE_UNAVAILABLE, STRIPE_REFUSED.',
  })
  startOnboarding(
    @Arg('input', () => StartOnboardingInput, { description: 'Whose.' }) { accountId, country }: StartOnboardingInput,
    @Ctx() { work, viewer }: Context,
  ): Promise<Answered<Omit<StartOnboardingPayload, 'userErrors'>>> {
    return answer({ account: null as AccountObject | null, onboardingUrl: null as string | null }, async () => {
      const started = await startOnboarding(work, viewer, { accountId, country: country ?? null });
      return { account: accountNode(started.account), onboardingUrl: started.onboardingUrl };
    });
  }

  @Mutation(() => AccountPayload, {
    description: 'Reads from Stripe again what the account may do and what is asked of it. Refuses with: NOT_CONNECTED, STRIPE_UNAVAILABLE.',
  })
  refreshOnboardingStatus(
    @Arg('input', () => AccountInput, { description: 'Which account.' }) { accountId }: AccountInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return changed(() => syncOnboarding(work, viewer, accountId));
  }

  @Mutation(() => AccountPayload, {
    description:
      'Ends every membership here and at Stripe, retires the Stripe account and deletes it where Stripe allows; payments stay. Refuses with: NOT_CONNECTED, STRIPE_UNAVAILABLE.',
  })
  disconnectAccount(
    @Arg('input', () => AccountInput, { description: 'Which account.' }) { accountId }: AccountInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return changed(() => disconnectAccount(work, viewer, accountId));
  }

  @Mutation(() => AccountPayload, {
    description:
      'Sets or clears the price of a membership; members keep theirs. Refuses with: AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED, INVALID.',
  })
  setMembershipPrice(
    @Arg('input', () => SetMembershipPriceInput, { description: 'The price.' }) input: SetMembershipPriceInput,
    @Ctx() { work, viewer }: Context,
  ) {
    const { accountId, amount, currency, interval } = input;
    return changed(() =>
      setMembershipPrice(work, viewer, { accountId, amountMinor: amount ?? null, currency: currency ?? null, interval: interval ?? null }),
    );
  }

  @Mutation(() => AccountPayload, {
    description: 'Sets or clears the price of paying once. Refuses with: AMOUNT_TOO_SMALL, AMOUNT_TOO_LARGE, CURRENCY_UNSUPPORTED, INVALID.',
  })
  setOneTimePrice(
    @Arg('input', () => SetOneTimePriceInput, { description: 'The price.' }) input: SetOneTimePriceInput,
    @Ctx() { work, viewer }: Context,
  ) {
    const { accountId, amount, currency } = input;
    return changed(() => setOneTimePrice(work, viewer, { accountId, amountMinor: amount ?? null, currency: currency ?? null }));
  }

  @FieldResolver(() => AccountStatus, { description: 'How far the seller is.' })
  async status(@Root() { id }: AccountNode & AccountObject, @Ctx() { loaders }: Context): Promise<Status> {
    return statusOf(await loaders.connection.load(id));
  }

  @FieldResolver(() => Boolean, { description: 'Onboarding is complete and Stripe accepts charges.' })
  async ready(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isReady(await loaders.connection.load(id));
  }

  @FieldResolver(() => Boolean, { description: 'Ready, and a membership price is set.' })
  async membershipEnabled(@Root() { row }: AccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isMembershipEnabled(row, await loaders.connection.load(row.id));
  }

  @FieldResolver(() => Boolean, { description: 'Ready, and a one-time price is set.' })
  async oneTimeEnabled(@Root() { row }: AccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isOneTimeEnabled(row, await loaders.connection.load(row.id));
  }

  @FieldResolver(() => Boolean, { description: 'Onboarding was started and is not finished.' })
  async onboardingInProgress(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return isOnboardingInProgress(await loaders.connection.load(id));
  }

  @FieldResolver(() => AccountCapabilitiesObject, { description: 'What Stripe lets it do, beside `ready`.' })
  async capabilities(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<AccountCapabilitiesObject> {
    const connected = await loaders.connection.load(id);
    return { canCharge: canCharge(connected), canReceiveTransfers: canReceiveTransfers(connected), canBePaidOut: canBePaidOut(connected) };
  }

  @FieldResolver(() => StripeAccountObject, {
    nullable: true,
    description: 'The Stripe account in use; null before the first onboarding and after a disconnection.',
  })
  async stripeAccount(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<StripeAccountObject | null> {
    const connected = await loaders.connection.load(id);
    return connected?.stripeAccountId ? stripeAccountNode(connected) : null;
  }

  @FieldResolver(() => [StripeAccountObject], { description: 'All Stripe accounts it has had, newest first.' })
  async stripeAccountHistory(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<StripeAccountObject[]> {
    return (await loaders.connectionHistory.load(id)).map(stripeAccountNode);
  }

  @FieldResolver(() => String, { description: 'The public page on which buyers pay.' })
  payUrl(@Root() { id }: AccountObject, @Ctx() { work }: Context): string {
    return `${work.config.publicUrl}/c/${id}`;
  }

  @FieldResolver(() => RevenueObject, { description: 'What it has taken so far.' })
  async revenue(@Root() { id }: AccountObject, @Ctx() { loaders }: Context): Promise<RevenueObject> {
    const { currency, grossMinor, platformFeesMinor, refundedMinor, netMinor, activeMemberCount, paymentCount } = await loaders.revenue.load(id);
    return {
      gross: money(grossMinor, currency),
      platformFees: money(platformFeesMinor, currency),
      refunded: money(refundedMinor, currency),
      net: money(netMinor, currency),
      activeMembers: activeMemberCount,
      paymentCount,
    };
  }

  @FieldResolver(() => PaymentConnection, { description: 'Its payments, newest first.' })
  async payments(
    @Root() { id }: AccountObject,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('status', () => [PaymentStatus], { nullable: true, description: 'Only payments in one of these.' }) status: PaidStatus[] | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<PaymentObject>> {
    return connectionOf(await loaders.payments({ ...pageRequest({ first, after }), status }).load(id), paymentNode);
  }

  @FieldResolver(() => MembershipConnection, { description: 'Its memberships, newest first.' })
  async memberships(
    @Root() { id }: AccountObject,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('status', () => [MembershipStatus], { nullable: true, description: 'Only memberships in one of these.' }) status: MemberStatus[] | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<MembershipObject>> {
    return connectionOf(await loaders.memberships({ ...pageRequest({ first, after }), status }).load(id), membershipNode);
  }
}

/** Runs a change of an account: the account after it, or why there was none. */
export function changed(run: () => Promise<AccountRow>): Promise<Answered<{ account: AccountObject | null }>> {
  return answer({ account: null as AccountObject | null }, async () => ({ account: accountNode(await run()) }));
}
