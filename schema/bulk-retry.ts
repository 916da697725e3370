import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { type BulkRetry, failedAgainOf, listBulkRetries, readBulkRetry } from '../src/settlements/bulk/reading.js';
import { startBulkRetry, stopBulkRetry } from '../src/settlements/bulk/retrying-all.js';
import type { FailureCode as Code } from '../src/stripe/result.js';
import { answer, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';
import { FailureCode, SettlementObject, settlementNode } from './settlement.js';

@ObjectType('BulkRetry', { description: 'Settlements retried together, and how far that has come.', simpleResolvers: true })
export class BulkRetryObject {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
  @Field(() => FailureCode, { description: 'For what cause they had failed.' })
  cause!: Code;
  @Field(() => String, { description: 'Why they are retried, as whoever began it said.' })
  reason!: string;
  @Field(() => DateTime, { description: 'When it began.' })
  startedAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'Since when none of them waits any more; null while some do.' })
  endedAt!: Date | null;
  @Field(() => Int, { description: 'How many there were when it began.' })
  total!: number;
  @Field(() => Int, { description: 'Not taken up; once it has ended, because it was stopped.' })
  waiting!: number;
  @Field(() => Int, { description: 'Put back to be paid, and not decided yet.' })
  underWay!: number;
  @Field(() => Int, { description: 'Paid by now.' })
  paid!: number;
  @Field(() => Int, { description: 'Failed again, as they stand now.' })
  failed!: number;
  @Field(() => Int, { description: 'Left alone: they had been paid, had changed or had emptied before their turn came.' })
  passedOver!: number;
  row!: BulkRetry;
}

@InputType('StartBulkRetryInput', { description: 'Which settlements to retry together, and why.' })
export class StartBulkRetryInput {
  @Field(() => FailureCode, { description: 'All that have failed for this.' })
  cause!: Code;
  @Field(() => String, { description: 'For the record: 3 to 500 characters.' })
  reason!: string;
  @Field(() => String, {
    nullable: true,
    description: 'A repeat under the same key within 24 hours begins no other; or send the Idempotency-Key header.',
  })
  idempotencyKey?: string | null;
}

@InputType('StopBulkRetryInput', { description: 'Which bulk retry.' })
export class StopBulkRetryInput {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
}

@ObjectType('BulkRetryPayload', { description: 'A bulk retry after a change, or why there was none.', simpleResolvers: true })
export class BulkRetryPayload {
  @Field(() => BulkRetryObject, { nullable: true, description: 'Null where the change was refused.' })
  bulkRetry!: BulkRetryObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => BulkRetryObject)
export class BulkRetryResolver {
  @Query(() => BulkRetryObject, { description: 'One bulk retry, for staff. NOT_FOUND for none.' })
  async bulkRetry(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() { work, viewer }: Context): Promise<BulkRetryObject> {
    return bulkRetryObject(await readBulkRetry(work, viewer, id));
  }

  @Query(() => [BulkRetryObject], { description: 'The last twenty bulk retries, newest first, for staff.' })
  async bulkRetries(@Ctx() { work, viewer }: Context): Promise<BulkRetryObject[]> {
    return (await listBulkRetries(work, viewer)).map(bulkRetryObject);
  }

  @Mutation(() => BulkRetryPayload, {
    description:
      'Retries every settlement that has failed for one cause, in the background; none is paid twice. Administrators only. Refuses with: INVALID, VERIFICATION_REQUIRED, NOT_RETRIABLE, ALREADY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_KEY_IN_USE.',
  })
  startBulkRetry(
    @Arg('input', () => StartBulkRetryInput, { description: 'Which, and why.' }) { idempotencyKey, ...input }: StartBulkRetryInput,
    @Ctx() { work, viewer, idempotencyKey: header }: Context,
  ) {
    return changed(() => startBulkRetry(work, viewer, { ...input, idempotencyKey: idempotencyKey ?? header }));
  }

  @Mutation(() => BulkRetryPayload, {
    description: 'Leaves those that wait in a bulk retry as they are. For staff who act. Refuses with: CONFLICT where it has ended.',
  })
  stopBulkRetry(@Arg('input', () => StopBulkRetryInput, { description: 'Which.' }) { id }: StopBulkRetryInput, @Ctx() { work, viewer }: Context) {
    return changed(() => stopBulkRetry(work, viewer, id));
  }

  @FieldResolver(() => String, { nullable: true, description: 'Who began it; null where the name may not be seen.' })
  startedBy(@Root() { row }: BulkRetryObject, @Ctx() { loaders }: Context): Promise<string | null> {
    return loaders.actorName.load(row.startedBy);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Who stopped it; null where nobody has.' })
  async stoppedBy(@Root() { row }: BulkRetryObject, @Ctx() { loaders }: Context): Promise<string | null> {
    return row.stoppedBy && ((await loaders.actorName.load(row.stoppedBy)) ?? row.stoppedBy);
  }

  @FieldResolver(() => [SettlementObject], { description: 'Those that have failed again, the first hundred.' })
  async failedSettlements(@Root() { id }: BulkRetryObject, @Ctx() { work }: Context): Promise<SettlementObject[]> {
    return (await failedAgainOf(work, id)).map(settlementNode);
  }
}

function bulkRetryObject(row: BulkRetry): BulkRetryObject {
  const { id, cause, reason, startedAt, endedAt, total, waiting, underWay, paid, failedAgain, passedOver } = row;
  return { id, cause, reason, startedAt, endedAt, total, waiting, underWay, paid, failed: failedAgain, passedOver, row };
}

function changed(run: () => Promise<BulkRetry>) {
  return answer({ bulkRetry: null as BulkRetryObject | null }, async () => ({ bulkRetry: bulkRetryObject(await run()) }));
}
