import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { maskEmail } from '../src/base/email.js';
import type { FeeMode as Mode } from '../src/base/terms.js';
import { pageRequest } from '../src/db/paging.js';
import type { CommissionSnapshotRow } from '../src/payments/commission-snapshot.js';
import type { PaymentKind as Kind, PaymentRow } from '../src/payments/payment.js';
import type { ChargeModel as Model } from '../src/payments/purchase-session.js';
import { listPayments, type PaymentOrder, readPayment, type PaymentStatus as Status, statusOfPayment } from '../src/payments/reading.js';
import { refundPayment } from '../src/payments/refunding.js';
import { AccountObject, accountNode } from './account.js';
import { answer, type Connection, connectionOf, connectionTypes, enumOf, MoneyObject, money, NodeObject, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { seesEmails } from './guarding.js';
import { BasisPoints, CurrencyCode, DateTime, MinorUnits } from './scalars.js';

export const FeeMode = enumOf('FeeMode', 'Where the platform’s fee is.', {
  INCLUDED: 'Taken out of the price.',
  ADDED: 'Put on top of the price.',
} satisfies Record<Mode, string>);
export const PaymentKind = enumOf('PaymentKind', 'What was paid for.', {
  ONE_TIME: 'The seller’s one-time price.',
  MEMBERSHIP_INVOICE: 'One period of a membership.',
  OFFERING: 'Something delivered later.',
} satisfies Record<Kind, string>);
export const ChargeModel = enumOf('ChargeModel', 'Whose charge it is at Stripe.', {
  DIRECT: 'The seller’s own charge; the platform takes an application fee.',
  SEPARATE: 'The platform’s charge; the seller’s share is transferred later.',
} satisfies Record<Model, string>);
export const PaymentStatus = enumOf('PaymentStatus', 'What has become of a payment.', {
  PAID: 'Paid, nothing given back.',
  PARTIALLY_REFUNDED: 'A part was given back.',
  REFUNDED: 'All of it was given back.',
  DISPUTED: 'The buyer’s bank is asking for it back.',
  CHARGED_BACK: 'The buyer’s bank took it back.',
});

export const PaymentOrderName = enumOf('PaymentOrder', 'In which order payments are listed.', {
  NEWEST: 'Those recorded last first.',
  OLDEST: 'Those recorded first first.',
  LARGEST: 'By amount, the largest first; within one currency.',
  SMALLEST: 'By amount, the smallest first; within one currency.',
} satisfies Record<PaymentOrder, string>);

@ObjectType('CommissionSnapshot', {
  implements: NodeObject,
  description: 'How a payment was split, frozen when it was recorded; the database refuses to change it.',
  simpleResolvers: true,
})
export class CommissionSnapshotObject extends NodeObject {
  @Field(() => BasisPoints, { description: 'The platform’s share of the price.' })
  percentageFee!: number;
  @Field(() => MoneyObject, { description: 'The fee per unit beside it.' })
  fixedFee!: MoneyObject;
  @Field(() => MoneyObject, { nullable: true, description: 'The least the fee could come to; null where there was none.' })
  feeFloor!: MoneyObject | null;
  @Field(() => MoneyObject, { nullable: true, description: 'The most the fee could come to; null where there was none.' })
  feeCap!: MoneyObject | null;
  @Field(() => BasisPoints, { description: 'The tax contained in the fee.' })
  vatRate!: number;
  @Field(() => FeeMode, { description: 'Whether the fee was in the price or on top of it.' })
  feeMode!: Mode;
  @Field(() => Int, { description: 'Units bought.' })
  quantity!: number;
  @Field(() => MoneyObject, { description: 'The price of all units.' })
  subtotal!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the platform took.' })
  platformFee!: MoneyObject;
  @Field(() => MoneyObject, { description: 'The tax contained in it.' })
  vatAmount!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What is the seller’s.' })
  sellerTransfer!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the buyer paid: platformFee and sellerTransfer.' })
  totalCharged!: MoneyObject;
  @Field(() => DateTime, { description: 'When it was frozen.' })
  createdAt!: Date;
  nodeType!: 'CommissionSnapshot';
}

export function snapshotNode(row: CommissionSnapshotRow): CommissionSnapshotObject {
  const { id, currency, quantity, feeMode, createdAt } = row;
  return {
    nodeType: 'CommissionSnapshot',
    id,
    percentageFee: row.percentageBps,
    fixedFee: money(row.fixedFeeMinor, currency),
    feeFloor: row.feeFloorMinor === null ? null : money(row.feeFloorMinor, currency),
    feeCap: row.feeCapMinor === null ? null : money(row.feeCapMinor, currency),
    vatRate: row.vatBps,
    feeMode,
    quantity,
    subtotal: money(row.subtotalMinor, currency),
    platformFee: money(row.platformFeeMinor, currency),
    vatAmount: money(row.vatMinor, currency),
    sellerTransfer: money(row.sellerTransferMinor, currency),
    totalCharged: money(row.totalChargedMinor, currency),
    createdAt,
  };
}

@ObjectType('Payment', { implements: NodeObject, description: 'Money a buyer has paid.', simpleResolvers: true })
export class PaymentObject extends NodeObject {
  @Field(() => PaymentKind, { description: 'What was paid for.' })
  kind!: Kind;
  @Field(() => ChargeModel, { description: 'Whose charge it is.' })
  chargeModel!: Model;
  @Field(() => PaymentStatus, { description: 'What has become of it.' })
  status!: Status;
  @Field(() => Int, { description: 'Units bought.' })
  quantity!: number;
  @Field(() => MoneyObject, { description: 'What the buyer paid.' })
  amount!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What was given back so far.' })
  amountRefunded!: MoneyObject;
  @Field(() => String, { nullable: true, description: 'Stripe’s Checkout Session; null for renewals of a membership.' })
  stripeCheckoutSessionId!: string | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s PaymentIntent.' })
  stripePaymentIntentId!: string | null;
  @Field(() => DateTime, { description: 'When Stripe charged the buyer.' })
  paidAt!: Date;
  nodeType!: 'Payment';
  row!: PaymentRow;
}

export const PaymentConnection = connectionTypes('Payment', 'payments', () => PaymentObject);

export function paymentNode(row: PaymentRow): PaymentObject {
  const { id, kind, chargeModel, quantity, currency, paidAt } = row;
  return {
    nodeType: 'Payment',
    row,
    id,
    kind,
    chargeModel,
    status: statusOfPayment(row),
    quantity,
    amount: money(row.amountMinor, currency),
    amountRefunded: money(row.refundedMinor, currency),
    stripeCheckoutSessionId: row.checkoutSessionId,
    stripePaymentIntentId: row.paymentIntentId,
    paidAt,
  };
}

@ObjectType('FraudWarning', {
  description: 'A bank’s warning that a payment may be fraud. A dispute may follow; a refund before it may spare that.',
  simpleResolvers: true,
})
export class FraudWarningObject {
  @Field(() => String, { description: 'What kind of fraud, in Stripe’s word.' })
  type!: string;
  @Field(() => DateTime, { description: 'When the bank said so.' })
  warnedAt!: Date;
  @Field(() => Boolean, { description: 'Whether the payment is neither refunded nor disputed, so that something can be done about it.' })
  actionable!: boolean;
}

@InputType('RefundPaymentInput', { description: 'What to give back.' })
export class RefundPaymentInput {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string;
  @Field(() => MinorUnits, { nullable: true, description: 'How much; all that is left where absent.' })
  amount?: number | null;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Of a seller’s own charge: whether the platform’s share of its fee goes back to the seller with it; true where absent. Of the platform’s charges it always does.',
  })
  returnFee?: boolean | null;
  @Field(() => String, { nullable: true, description: 'For your records; at most 500 characters.' })
  reason?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'A repeat under the same key within 24 hours refunds nothing more; or send the Idempotency-Key header.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('PaymentPayload', { description: 'The payment after a change, or why there was none.', simpleResolvers: true })
export class PaymentPayload {
  @Field(() => PaymentObject, { nullable: true, description: 'Null where the change was refused.' })
  payment!: PaymentObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => PaymentObject)
export class PaymentResolver {
  @Query(() => PaymentObject, { nullable: true, description: 'One payment, for its seller and for staff. NOT_FOUND for any other.' })
  async payment(@Arg('id', () => ID, { description: 'The payment’s id.' }) id: string, @Ctx() { work, viewer }: Context): Promise<PaymentObject> {
    return paymentNode(await readPayment(work, viewer, id));
  }

  @Query(() => PaymentConnection, {
    description: 'Payments, newest first where no order is given: a seller’s own, or for staff those of any account.',
  })
  async payments(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id of ours or Stripe’s, or the buyer’s whole e-mail address.' }) search:
      | string
      | null,
    @Arg('status', () => [PaymentStatus], { nullable: true, description: 'Only payments in one of these.' }) status: Status[] | null,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'Only payments in this currency.' }) currency: string | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only payments made then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only payments made before then.' }) until: Date | null,
    @Arg('order', () => PaymentOrderName, { nullable: true, description: 'NEWEST where absent; by amount only with a currency.' })
    order: PaymentOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<PaymentObject>> {
    const filter = { accountId, search, status, currency, from, until, order };
    return connectionOf(await listPayments(work, viewer, filter, pageRequest({ first, after })), paymentNode);
  }

  @Mutation(() => PaymentPayload, {
    description:
      'Gives a buyer money back, with the platform’s share of its fee unless told otherwise. Refuses with: NOT_REFUNDABLE, AMOUNT_TOO_SMALL, INVALID, STRIPE_REFUSED, STRIPE_UNAVAILABLE, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  refundPayment(@Arg('input', () => RefundPaymentInput, { description: 'What to give back.' }) input: RefundPaymentInput, @Ctx() context: Context) {
    const { paymentId, amount, returnFee, reason, idempotencyKey } = input;
    const asked = {
      paymentId,
      amountMinor: amount ?? null,
      reason: reason ?? null,
      returnsFee: returnFee ?? true,
      idempotencyKey: idempotencyKey ?? context.idempotencyKey,
    };
    return answer({ payment: null as PaymentObject | null }, async () => ({
      payment: paymentNode(await refundPayment(context.work, context.viewer, asked)),
    }));
  }

  @FieldResolver(() => AccountObject, { description: 'The seller.' })
  async account(@Root() { row }: PaymentObject, @Ctx() { loaders }: Context): Promise<AccountObject> {
    return accountNode(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => String, { description: 'The buyer’s address; shortened for those who need not know it.' })
  buyerEmail(@Root() { row }: PaymentObject, @Ctx() { viewer }: Context): string {
    return seesEmails(viewer, row) ? row.email : maskEmail(row.email);
  }

  @FieldResolver(() => FraudWarningObject, {
    nullable: true,
    description: 'What the buyer’s bank suspects, where it said so; null where it did not. No money moves with it.',
  })
  fraudWarning(@Root() { row }: PaymentObject): FraudWarningObject | null {
    if (row.fraudWarnedAt === null || row.fraudType === null) return null;
    return { type: row.fraudType, warnedAt: row.fraudWarnedAt, actionable: statusOfPayment(row) === 'PAID' };
  }

  @FieldResolver(() => CommissionSnapshotObject, { description: 'How it was split.' })
  async snapshot(@Root() { id }: PaymentObject, @Ctx() { loaders }: Context): Promise<CommissionSnapshotObject> {
    return snapshotNode(await loaders.snapshot.load(id));
  }
}
