import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type CheckoutStarted, createMembershipCheckout, createPaymentCheckout } from '../src/payments/checkout.js';
import { syncCheckoutSession } from '../src/payments/syncing.js';
import { answer, MoneyObject, money, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { MembershipObject, membershipNode } from './membership.js';
import { PaymentObject, paymentNode } from './payment.js';

@InputType('CreateCheckoutInput', { description: 'Who wants to pay whom.' })
export class CreateCheckoutInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => String, { description: 'The buyer’s e-mail address.' })
  email!: string;
  @Field(() => String, {
    nullable: true,
    description: 'A repeat under the same key within 24 hours answers the same session; or send the Idempotency-Key header.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('CheckoutPayload', { description: 'Where to send the buyer, or why nowhere.', simpleResolvers: true })
export class CheckoutPayload {
  @Field(() => String, { nullable: true, description: 'Stripe’s id of the session, for syncCheckoutSession. Null where it was refused.' })
  checkoutSessionId!: string | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s page on which this buyer pays; send them there at once. Null where it was refused.' })
  checkoutUrl!: string | null;
  @Field(() => MoneyObject, { nullable: true, description: 'What the buyer will be charged. Null where it was refused.' })
  total!: MoneyObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@InputType('SyncCheckoutSessionInput', { description: 'Which checkout to look at.' })
export class SyncCheckoutSessionInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => String, { description: 'The session, as createPaymentCheckout or createMembershipCheckout answered it.' })
  checkoutSessionId!: string;
}

@ObjectType('SyncCheckoutSessionPayload', {
  description: 'What a checkout has come to; both null while the buyer has not paid.',
  simpleResolvers: true,
})
export class SyncCheckoutSessionPayload {
  @Field(() => PaymentObject, { nullable: true, description: 'The payment; for a membership, its latest one.' })
  payment!: PaymentObject | null;
  @Field(() => MembershipObject, { nullable: true, description: 'The membership, where one was bought.' })
  membership!: MembershipObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it could not be looked at; empty where it could.' })
  userErrors!: UserErrorObject[];
}

export const nowhere = { checkoutSessionId: null as string | null, checkoutUrl: null as string | null, total: null as MoneyObject | null };

@Resolver()
export class CheckoutResolver {
  @Mutation(() => CheckoutPayload, {
    description:
      'Sends a buyer to Stripe to join a seller as a member. Where the marketplace asks strangers for a captcha, its answer goes in the header captcha-response. Refuses with: EMAIL_INVALID, INVALID, ACCOUNT_NOT_READY, PRICE_NOT_SET, STRIPE_UNAVAILABLE, STRIPE_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  createMembershipCheckout(
    @Arg('input', () => CreateCheckoutInput, { description: 'Who pays whom.' }) input: CreateCheckoutInput,
    @Ctx() context: Context,
  ) {
    return answer(nowhere, async () => started(await createMembershipCheckout(context.work, context.viewer, asked(input, context))));
  }

  @Mutation(() => CheckoutPayload, {
    description:
      'Sends a buyer to Stripe to pay a seller once. Where the marketplace asks strangers for a captcha, its answer goes in the header captcha-response. Refuses with: EMAIL_INVALID, INVALID, ACCOUNT_NOT_READY, PRICE_NOT_SET, STRIPE_UNAVAILABLE, STRIPE_REFUSED, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  createPaymentCheckout(
    @Arg('input', () => CreateCheckoutInput, { description: 'Who pays whom.' }) input: CreateCheckoutInput,
    @Ctx() context: Context,
  ) {
    return answer(nowhere, async () => started(await createPaymentCheckout(context.work, context.viewer, asked(input, context))));
  }

  @Mutation(() => SyncCheckoutSessionPayload, {
    description:
      'Looks at Stripe what a checkout has come to and records it, once however often it is asked. NOT_FOUND for a session of another account. Refuses with: STRIPE_UNAVAILABLE.',
  })
  syncCheckoutSession(
    @Arg('input', () => SyncCheckoutSessionInput, { description: 'Which checkout.' }) input: SyncCheckoutSessionInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ payment: null as PaymentObject | null, membership: null as MembershipObject | null }, async () => {
      const { payment, membership } = await syncCheckoutSession(work, viewer, input, 'RETURN');
      return { payment: payment && paymentNode(payment), membership: membership && membershipNode(membership) };
    });
  }
}

function asked({ accountId, email, idempotencyKey }: CreateCheckoutInput, context: Context) {
  return { accountId, email, idempotencyKey: idempotencyKey ?? context.idempotencyKey };
}

export function started({ checkoutSessionId, checkoutUrl, totalMinor, currency }: CheckoutStarted) {
  return { checkoutSessionId, checkoutUrl, total: money(totalMinor, currency) };
}
