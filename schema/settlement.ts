import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { pageRequest } from '../src/db/paging.js';
import { proveSettlement } from '../src/reconciliation/proving.js';
import { type Actor, actionsOn, type Explained, explain, type Reason, remedyOf } from '../src/settlements/explaining.js';
import { listSettlements, readSettlement, type SettlementAttempt, type SettlementOrder } from '../src/settlements/reading.js';
import { retrySettlement, settleNow } from '../src/settlements/retrying.js';
import type { SettlementRow, SettlementStatus as Status } from '../src/settlements/settlement.js';
import { adoptTransfer, sendAgain, verifySettlement } from '../src/settlements/verification.js';
import type { FailureCode as Code } from '../src/stripe/result.js';
import { AccountObject, accountNode } from './account.js';
import { answer, type Connection, connectionOf, connectionTypes, enumOf, MoneyObject, money, NodeObject, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { OfferingObject, offeringNode } from './offering.js';
import { PaymentConnection, type PaymentObject, paymentNode } from './payment.js';
import { CurrencyCode, DateTime } from './scalars.js';

export const SettlementStatus = enumOf('SettlementStatus', 'What has become of a settlement.', {
  PENDING: 'Collecting purchases, or waiting to be paid.',
  SETTLING: 'Being paid right now.',
  SETTLED: 'The seller has been paid.',
  FAILED: 'It could not be paid; a person is asked.',
  REVERSED: 'All of it was taken back.',
  CANCELED: 'Everything in it was given back to buyers.',
} satisfies Record<Status, string>);

export const FailureCode = enumOf('FailureCode', 'Why a settlement could not be paid.', {
  ACCOUNT_DISCONNECTED: 'The seller has no Stripe account connected.',
  ACCOUNT_RESTRICTED: 'Stripe does not let the seller receive transfers.',
  INSUFFICIENT_BALANCE: 'The platform’s available balance is too low.',
  INVALID_ACCOUNT: 'Stripe does not know the seller’s account, or it is closed.',
  PLATFORM_NOT_ALLOWED: 'Stripe refuses the platform’s key.',
  VERIFICATION_REQUIRED: 'Whether it was paid is unknown; somebody looks first.',
  ATTEMPTS_EXHAUSTED: 'Stripe turned every attempt away; none of them ran.',
  UNCLASSIFIED: 'Stripe refused for another reason.',
} satisfies Record<Code, string>);

export const ActorName = enumOf('Actor', 'Who can do something about it.', {
  NOBODY: 'Nobody needs to.',
  SELLER: 'The seller.',
  OPERATOR: 'Staff who act.',
  ADMINISTRATOR: 'An administrator.',
} satisfies Record<Actor, string>);

export const SettlementOrderName = enumOf('SettlementOrder', 'In which order settlements are listed.', {
  NEWEST: 'Those that began last first.',
  OLDEST: 'Those that began first first.',
  DUE_FIRST: 'Those due first first.',
  DUE_LAST: 'Those due last first.',
} satisfies Record<SettlementOrder, string>);

@ObjectType('SettlementFailure', { description: 'Why it failed or what it waits for, and the next thing to do.', simpleResolvers: true })
export class SettlementFailureObject {
  @Field(() => FailureCode, { description: 'For programs.' })
  code!: Code;
  @Field(() => String, { description: 'For people.' })
  message!: string;
  @Field(() => String, { description: 'The next thing to do.' })
  remedy!: string;
  @Field(() => Boolean, { description: 'Whether it is tried again by itself.' })
  retriesAutomatically!: boolean;
  @Field(() => String, { nullable: true, description: 'Stripe’s own code; null where Stripe gave none.' })
  stripeCode!: string | null;
  @Field(() => String, { nullable: true, description: 'What Stripe said, keys and addresses taken out.' })
  stripeMessage!: string | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s id of the request, for its support.' })
  stripeRequestId!: string | null;
}

@ObjectType('SettlementAttempt', { description: 'One request to Stripe to pay a settlement.', simpleResolvers: true })
export class SettlementAttemptObject {
  @Field(() => Int, { description: 'Counts the requests under one key from 1.' })
  number!: number;
  @Field(() => DateTime, { description: 'When it left.' })
  startedAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When its answer came; null while none has.' })
  endedAt!: Date | null;
  @Field(() => String, { description: 'SUCCEEDED, REFUSED, NOT_RUN, UNKNOWN, or RUNNING while no answer has come.' })
  outcome!: string;
  @Field(() => String, { nullable: true, description: 'What went wrong; null where nothing did.' })
  error!: string | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s id of the request.' })
  stripeRequestId!: string | null;
  @Field(() => String, { description: 'The key it was sent under: the same key never pays twice.' })
  idempotencyKey!: string;
}

@ObjectType('AvailableAction', { description: 'What may be done with an object now, computed by the server.', simpleResolvers: true })
export class AvailableActionObject {
  @Field(() => String, { description: 'The mutation’s name.' })
  action!: string;
  @Field(() => Boolean, { description: 'Whether it can be done in the present state.' })
  enabled!: boolean;
  @Field(() => String, { nullable: true, description: 'Why it cannot; null where it can.' })
  disabledReason!: string | null;
  @Field(() => String, { nullable: true, description: 'What it would do.' })
  consequences!: string | null;
}

@ObjectType('Reason', { description: 'One step of an explanation.', simpleResolvers: true })
export class ReasonObject {
  @Field(() => String, { description: 'For programs. More may be added.' })
  code!: string;
  @Field(() => String, { description: 'For people.' })
  because!: string;
  @Field(() => MoneyObject, { nullable: true, description: 'The part of the amount it explains; negative for what is taken off.' })
  amount!: MoneyObject | null;
  @Field(() => ActorName, { description: 'Who can do something about it.' })
  whoCanAct!: Actor;
  @Field(() => DateTime, { nullable: true, description: 'When it happens or happened; null where that is not known.' })
  at!: Date | null;
}

@ObjectType('SettlementExplanation', { description: 'Why this amount, why then, and what is in the way.', simpleResolvers: true })
export class SettlementExplanationObject {
  @Field(() => [ReasonObject], { description: 'The parts of the amount; they sum to it.' })
  amount!: ReasonObject[];
  @Field(() => [ReasonObject], { description: 'What must have happened before it is due, earliest first.' })
  timing!: ReasonObject[];
  @Field(() => ReasonObject, { nullable: true, description: 'What it waits for; null where nothing is in the way.' })
  blocker!: ReasonObject | null;
}

@ObjectType('Settlement', {
  implements: NodeObject,
  description: 'The promise to pay a seller for what was bought of one offering.',
  simpleResolvers: true,
})
export class SettlementObject extends NodeObject {
  @Field(() => SettlementStatus, { description: 'What has become of it.' })
  status!: Status;
  @Field(() => MoneyObject, { description: 'What was taken back of it.' })
  reversedAmount!: MoneyObject;
  @Field(() => DateTime, { description: 'When it may be paid: after delivery, after the refund window, and when the money is available.' })
  dueAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it was last begun to be paid; null before.' })
  startedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was paid; null before.' })
  settledAt!: Date | null;
  @Field(() => SettlementFailureObject, { nullable: true, description: 'Why it failed or what it waits for; null where nothing is wrong.' })
  failure!: SettlementFailureObject | null;
  @Field(() => String, { nullable: true, description: 'Stripe’s transfer; null before it is paid, and where debts took all of it.' })
  stripeTransferId!: string | null;
  nodeType!: 'Settlement';
  row!: SettlementRow;
}

export const SettlementConnection = connectionTypes('Settlement', 'settlements', () => SettlementObject);

export function settlementNode(row: SettlementRow): SettlementObject {
  const { id, status, dueAt, startedAt, settledAt, stripeTransferId } = row;
  const reversedAmount = money(row.reversedMinor, row.currency);
  return { nodeType: 'Settlement', row, id, status, reversedAmount, dueAt, startedAt, settledAt, stripeTransferId, failure: failureObject(row) };
}

function failureObject({ failure }: SettlementRow): SettlementFailureObject | null {
  if (!failure) return null;
  const { code, message, stripeCode, stripeRequestId } = failure;
  const { remedy, retriesAutomatically } = remedyOf(code);
  return { code, message, remedy, retriesAutomatically, stripeCode, stripeMessage: stripeCode === null ? null : message, stripeRequestId };
}

@InputType('SettlementInput', { description: 'Which settlement.' })
export class SettlementInput {
  @Field(() => ID, { description: 'The settlement.' })
  settlementId!: string;
  @Field(() => String, {
    nullable: true,
    description: 'A repeat under the same key within 24 hours does nothing more; or send the Idempotency-Key header.',
  })
  idempotencyKey?: string | null;
}

@ObjectType('SettlementPayload', { description: 'The settlement after a change, or why there was none.', simpleResolvers: true })
export class SettlementPayload {
  @Field(() => SettlementObject, { nullable: true, description: 'Null where the change was refused.' })
  settlement!: SettlementObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@InputType('AdoptTransferInput', { description: 'Which transfer of Stripe’s is the one whose answer was lost.' })
export class AdoptTransferInput {
  @Field(() => ID, { description: 'The settlement.' })
  settlementId!: string;
  @Field(() => String, { description: 'Stripe’s transfer, as verifySettlement showed it.' })
  stripeTransferId!: string;
}

@InputType('SendAgainInput', { description: 'Which settlement to pay anew, and why.' })
export class SendAgainInput {
  @Field(() => ID, { description: 'The settlement.' })
  settlementId!: string;
  @Field(() => String, { description: 'For the record: 3 to 500 characters.' })
  reason!: string;
}

export const Verdict = enumOf('Verdict', 'What a look-up at Stripe told.', {
  FOUND: 'Stripe has made the transfer: adopt it.',
  NOT_FOUND: 'Stripe has not made it and never will: it can be sent again.',
  NOT_FOUND_YET: 'Stripe shows none, but may still carry it out: look again later.',
});

@ObjectType('VerifySettlementPayload', { description: 'What Stripe shows of a transfer whose outcome is unknown.', simpleResolvers: true })
export class VerifySettlementPayload {
  @Field(() => Verdict, { nullable: true, description: 'What was found; null where it could not be looked up.' })
  verdict!: keyof typeof Verdict | null;
  @Field(() => String, { nullable: true, description: 'The transfer that was found.' })
  stripeTransferId!: string | null;
  @Field(() => [UserErrorObject], { description: 'Why it was not looked up; empty where it was.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => SettlementObject)
export class SettlementResolver {
  @Query(() => SettlementObject, { nullable: true, description: 'One settlement, for its seller and for staff. NOT_FOUND for any other.' })
  async settlement(
    @Arg('id', () => ID, { description: 'The settlement’s id.' }) id: string,
    @Ctx() { work, viewer }: Context,
  ): Promise<SettlementObject> {
    return settlementNode(await readSettlement(work, viewer, id));
  }

  @Query(() => String, {
    description:
      'Why a settlement paid what it paid, as JSON that `npm run verify-proof` checks without this server. For its seller and for staff. BAD_USER_INPUT while it is not settled.',
  })
  async proveSettlement(@Arg('id', () => ID, { description: 'The settlement’s id.' }) id: string, @Ctx() { work, viewer }: Context): Promise<string> {
    return JSON.stringify(await proveSettlement(work, viewer, id));
  }

  @Query(() => SettlementConnection, {
    description: 'Settlements, newest first where no order is given: a seller’s own, or for staff those of any account.',
  })
  async settlements(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Arg('status', () => [SettlementStatus], { nullable: true, description: 'Only settlements in one of these.' }) status: Status[] | null,
    @Arg('cause', () => [FailureCode], { nullable: true, description: 'Only settlements that failed, or wait, for one of these.' }) cause:
      | Code[]
      | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id: the settlement’s, or its transfer’s at Stripe.' }) search: string | null,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'Only settlements in this currency.' }) currency: string | null,
    @Arg('dueFrom', () => DateTime, { nullable: true, description: 'Only settlements due then or later.' }) dueFrom: Date | null,
    @Arg('dueUntil', () => DateTime, { nullable: true, description: 'Only settlements due before then.' }) dueUntil: Date | null,
    @Arg('order', () => SettlementOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: SettlementOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<SettlementObject>> {
    const filter = { accountId, status, cause, search, currency, dueFrom, dueUntil, order };
    return connectionOf(await listSettlements(work, viewer, filter, pageRequest({ first, after })), settlementNode);
  }

  @Mutation(() => SettlementPayload, {
    description:
      'Pays a settlement now, also before it is due. Administrators only. Refuses with: ALREADY_IN_PROGRESS, NOT_RETRIABLE, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  settleNow(@Arg('input', () => SettlementInput, { description: 'Which.' }) input: SettlementInput, @Ctx() context: Context) {
    return changed(() => settleNow(context.work, context.viewer, keyed(input, context)));
  }

  @Mutation(() => SettlementPayload, {
    description:
      'Pays a failed settlement again, to the account the seller has now. Administrators only. Refuses with: NOT_RETRIABLE, VERIFICATION_REQUIRED, ALREADY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  retrySettlement(@Arg('input', () => SettlementInput, { description: 'Which.' }) input: SettlementInput, @Ctx() context: Context) {
    return changed(() => retrySettlement(context.work, context.viewer, keyed(input, context)));
  }

  @Mutation(() => VerifySettlementPayload, {
    description:
      'Looks up at Stripe what became of a transfer whose outcome is unknown; changes nothing. Refuses with: NOT_RETRIABLE, STRIPE_UNAVAILABLE.',
  })
  verifySettlement(
    @Arg('input', () => SettlementInput, { description: 'Which.' }) { settlementId }: SettlementInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ verdict: null as keyof typeof Verdict | null, stripeTransferId: null as string | null }, async () => {
      const { verdict, transfer } = await verifySettlement(work, viewer, settlementId);
      return { verdict, stripeTransferId: transfer?.id ?? null };
    });
  }

  @Mutation(() => SettlementPayload, {
    description:
      'Takes a transfer that Stripe has for the one whose answer was lost, or that a restored database has forgotten, while money is halted. Administrators only. Refuses with: CONFLICT, NOT_RETRIABLE, STRIPE_UNAVAILABLE.',
  })
  adoptTransfer(@Arg('input', () => AdoptTransferInput, { description: 'Which.' }) input: AdoptTransferInput, @Ctx() { work, viewer }: Context) {
    return changed(() => adoptTransfer(work, viewer, input));
  }

  @Mutation(() => SettlementPayload, {
    description:
      'Gives up a transfer that Stripe never made; the settlement is then paid by a new one. Administrators only. Refuses with: INVALID, VERIFICATION_REQUIRED, CONFLICT, NOT_RETRIABLE, STRIPE_UNAVAILABLE.',
  })
  sendAgain(@Arg('input', () => SendAgainInput, { description: 'Which, and why.' }) input: SendAgainInput, @Ctx() { work, viewer }: Context) {
    return changed(() => sendAgain(work, viewer, input));
  }

  @FieldResolver(() => AccountObject, { description: 'The seller.' })
  async account(@Root() { row }: SettlementObject, @Ctx() { loaders }: Context): Promise<AccountObject> {
    return accountNode(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => OfferingObject, { nullable: true, description: 'What was sold.' })
  async offering(@Root() { row }: SettlementObject, @Ctx() { loaders }: Context): Promise<OfferingObject> {
    return offeringNode(await loaders.offering.load(row.offeringId));
  }

  @FieldResolver(() => MoneyObject, { description: 'What is transferred; while it collects, what its purchases hold now.' })
  async amount(@Root() { row }: SettlementObject, @Ctx() { loaders }: Context): Promise<MoneyObject> {
    return money(row.amountMinor ?? (await loaders.settlementSum.load(row.id)).amountMinor, row.currency);
  }

  @FieldResolver(() => [SettlementAttemptObject], { description: 'Every request to Stripe to pay it, oldest first.' })
  async attempts(@Root() { id }: SettlementObject, @Ctx() { loaders }: Context): Promise<SettlementAttemptObject[]> {
    return (await loaders.attempts.load(id)).map(attemptObject);
  }

  @FieldResolver(() => PaymentConnection, { description: 'The purchases in it, newest first.' })
  async payments(
    @Root() { id }: SettlementObject,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Ctx() { loaders }: Context,
  ): Promise<Connection<PaymentObject>> {
    return connectionOf(await loaders.settlementPayments(pageRequest({ first, after })).load(id), paymentNode);
  }

  @FieldResolver(() => [AvailableActionObject], { description: 'What may be done with it in its present state.' })
  availableActions(@Root() { row }: SettlementObject, @Ctx() { work }: Context): AvailableActionObject[] {
    return actionsOn(row, work.clock.now());
  }

  @FieldResolver(() => SettlementExplanationObject, { description: 'Why this amount, why then, and what is in the way.' })
  async explanation(@Root() { row }: SettlementObject, @Ctx() { loaders, work }: Context): Promise<SettlementExplanationObject> {
    return explanationObject(explain(row, await loaders.settlementParts.load(row.id), work.clock.now()), row.currency);
  }
}

function keyed({ settlementId, idempotencyKey }: SettlementInput, context: Context) {
  return { settlementId, idempotencyKey: idempotencyKey ?? context.idempotencyKey };
}

function changed(run: () => Promise<SettlementRow>) {
  return answer({ settlement: null as SettlementObject | null }, async () => ({ settlement: settlementNode(await run()) }));
}

function attemptObject({ number, startedAt, endedAt, outcome, error, stripeRequestId, idempotencyKey }: SettlementAttempt): SettlementAttemptObject {
  return { number, startedAt, endedAt, outcome: outcome ?? 'RUNNING', error, stripeRequestId, idempotencyKey };
}

function explanationObject({ amount, timing, blocker }: Explained, currency: string): SettlementExplanationObject {
  const told = ({ amountMinor, ...reason }: Reason) => ({ ...reason, amount: amountMinor === null ? null : money(amountMinor, currency) });
  return { amount: amount.map(told), timing: timing.map(told), blocker: blocker && told(blocker) };
}
