import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import type { HaltRow } from '../src/operations/halt.js';
import { type CheckResult, clearHalt, type MoneyAudit, readAudit } from '../src/reconciliation/audit.js';
import { answer, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

@ObjectType('MoneyCheck', { description: 'One promise of the books.', simpleResolvers: true })
export class MoneyCheckObject {
  @Field(() => String, { description: 'The check’s name: a view of the database that shows what breaks it.' })
  name!: string;
  @Field(() => Boolean, { description: 'Whether it holds.' })
  ok!: boolean;
  @Field(() => String, { description: 'What it promises, and what breaks it.' })
  detail!: string;
}

@ObjectType('Halt', { description: 'Why no money leaves.', simpleResolvers: true })
export class HaltObject {
  @Field(() => String, { description: 'MONEY_AUDIT or UNKNOWN_TRANSFER. More may be added.' })
  reason!: string;
  @Field(() => String, { description: 'What was found.' })
  detail!: string;
  @Field(() => DateTime, { description: 'Since when.' })
  raisedAt!: Date;
}

@ObjectType('MoneyAudit', { description: 'The invariants of the money, recomputed from the records when asked.', simpleResolvers: true })
export class MoneyAuditObject {
  @Field(() => Boolean, { description: 'Whether all of them hold.' })
  ok!: boolean;
  @Field(() => DateTime, { description: 'When they were recomputed.' })
  checkedAt!: Date;
  @Field(() => [MoneyCheckObject], { description: 'Each of them.' })
  checks!: MoneyCheckObject[];
  @Field(() => HaltObject, { nullable: true, description: 'Why no money leaves; null while it does.' })
  halt!: HaltObject | null;
}

@InputType('ClearHaltInput', { description: 'Why money may leave again.' })
export class ClearHaltInput {
  @Field(() => String, { description: 'For the record: 3 to 500 characters.' })
  reason!: string;
}

@ObjectType('ClearHaltPayload', { description: 'The books after a halt was cleared, or why it was not.', simpleResolvers: true })
export class ClearHaltPayload {
  @Field(() => MoneyAuditObject, { nullable: true, description: 'Null where it was refused.' })
  moneyAudit!: MoneyAuditObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class MoneyAuditResolver {
  @Query(() => MoneyAuditObject, { description: 'Whether the books are right, for staff.' })
  async moneyAudit(@Ctx() { work, viewer }: Context): Promise<MoneyAuditObject> {
    return auditObject(await readAudit(work, viewer));
  }

  @Mutation(() => ClearHaltPayload, { description: 'Lets money out again after a halt. Administrators only. Refuses with: INVALID, CONFLICT.' })
  clearHalt(@Arg('input', () => ClearHaltInput, { description: 'Why.' }) { reason }: ClearHaltInput, @Ctx() { work, viewer }: Context) {
    return answer({ moneyAudit: null as MoneyAuditObject | null }, async () => ({ moneyAudit: auditObject(await clearHalt(work, viewer, reason)) }));
  }
}

function auditObject({ ok, checkedAt, checks, halt }: MoneyAudit): MoneyAuditObject {
  return { ok, checkedAt, checks: checks.map(checkObject), halt: halt && haltObject(halt) };
}

function checkObject({ name, ok, promise, offenders }: CheckResult): MoneyCheckObject {
  const broken = offenders.map(({ id, detail }) => `${id}: ${detail}`).join('; ');
  return { name, ok, detail: ok ? promise : `${promise} Broken by ${broken}.` };
}

export function haltObject({ reason, detail, raisedAt }: HaltRow): HaltObject {
  return { reason, detail, raisedAt };
}
