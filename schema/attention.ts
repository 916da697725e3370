import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type Attention, type DisputesToAnswer, type FailedGroup, readAttention } from '../src/attention/attention.js';
import { readHeldMoney } from '../src/attention/held.js';
import { lookUp, type Place } from '../src/attention/looking-up.js';
import { type Actor, remedyOf } from '../src/settlements/explaining.js';
import type { FailureCode as Code } from '../src/stripe/result.js';
import { enumOf, MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { HaltObject, haltObject } from './money-audit.js';
import { DateTime } from './scalars.js';
import { ActorName, FailureCode } from './settlement.js';

@ObjectType('FailedSettlements', { description: 'Settlements of one cause and one currency that could not be paid.', simpleResolvers: true })
export class FailedSettlementsObject {
  @Field(() => FailureCode, { description: 'The cause.' })
  code!: Code;
  @Field(() => Int, { description: 'How many.' })
  count!: number;
  @Field(() => MoneyObject, { description: 'What their sellers wait for.' })
  total!: MoneyObject;
  @Field(() => DateTime, { description: 'Since when the oldest of them is due.' })
  oldestDueAt!: Date;
  @Field(() => Boolean, { description: 'Whether they are tried again by themselves; still somebody may have to mend the cause.' })
  waits!: boolean;
  @Field(() => String, { description: 'The next thing to do.' })
  remedy!: string;
  @Field(() => ActorName, { description: 'Who can do it.' })
  whoCanAct!: Actor;
}

@ObjectType('DisputesToAnswer', { description: 'Disputes of one currency that wait for evidence.', simpleResolvers: true })
export class DisputesToAnswerObject {
  @Field(() => Int, { description: 'How many.' })
  count!: number;
  @Field(() => MoneyObject, { description: 'What the banks ask for.' })
  total!: MoneyObject;
  @Field(() => DateTime, { nullable: true, description: 'Until when the first of them takes evidence; null where no time is named.' })
  firstDueBy!: Date | null;
}

@ObjectType('Attention', { description: 'What needs a person now; cheap enough to ask every few seconds.', simpleResolvers: true })
export class AttentionObject {
  @Field(() => DateTime, { description: 'When it was looked up.' })
  checkedAt!: Date;
  @Field(() => HaltObject, { nullable: true, description: 'Why no money leaves; null while it does.' })
  halt!: HaltObject | null;
  @Field(() => [FailedSettlementsObject], { description: 'Settlements that could not be paid, by cause, the most urgent first.' })
  failedSettlements!: FailedSettlementsObject[];
  @Field(() => [DisputesToAnswerObject], { description: 'Disputes that wait for evidence, by currency.' })
  disputesToAnswer!: DisputesToAnswerObject[];
  @Field(() => Int, { description: 'Events of Stripe’s that could not be applied, until somebody replays or ignores them.' })
  parkedEvents!: number;
  @Field(() => Int, { description: 'Events of Stripe’s that wait to be applied.' })
  waitingEvents!: number;
  @Field(() => Int, { description: 'Webhook endpoints at Stripe that miss events; see eventEndpoints.' })
  silentEndpoints!: number;
  @Field(() => Int, { description: 'Streams of events whose last poll failed; see eventStreams.' })
  failingStreams!: number;
  @Field(() => Int, { description: 'Partners’ endpoints that took nothing for three days, or wanted no more.' })
  disabledWebhookEndpoints!: number;
}

@ObjectType('HeldMoney', { description: 'What the platform holds for its sellers in one currency.', simpleResolvers: true })
export class HeldMoneyObject {
  @Field(() => MoneyObject, { description: 'Paid by buyers and not settled yet, per the ledger.' })
  held!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What of it is due within seven days, or already.' })
  dueSoon!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What sellers owe; later settlements keep it back.' })
  owedBySellers!: MoneyObject;
}

export const PlaceKind = enumOf('PlaceKind', 'Which kind of page something has.', {
  account: 'A seller’s.',
  payment: 'A payment’s.',
  membership: 'Of memberships, searched for one.',
  settlement: 'A settlement’s.',
  bulkRetry: 'A bulk retry’s.',
  event: 'An event’s of Stripe’s.',
  events: 'Of Stripe’s events, searched for what they are about.',
  webhookEndpoint: 'A partner’s endpoint’s, with what it was told.',
  changes: 'Of changes, searched for what was changed or who changed it.',
  halt: 'Where all stands that needs somebody.',
} satisfies Record<Place['kind'], string>);

@ObjectType('Place', { description: 'A thing that has a page of its own.', simpleResolvers: true })
export class PlaceObject {
  @Field(() => PlaceKind, { description: 'What it is.' })
  kind!: Place['kind'];
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
}

@Resolver()
export class AttentionResolver {
  @Query(() => AttentionObject, { description: 'What needs a person now, for staff.' })
  async attention(@Ctx() { work, viewer }: Context): Promise<AttentionObject> {
    return attentionObject(await readAttention(work, viewer));
  }

  @Query(() => [HeldMoneyObject], { description: 'What is held for all sellers, by currency; for staff.' })
  async heldMoney(@Ctx() { work, viewer }: Context): Promise<HeldMoneyObject[]> {
    const rows = await readHeldMoney(work, viewer);
    return rows.map(({ currency, heldMinor, dueSoonMinor, owedMinor }) => ({
      held: money(heldMinor, currency),
      dueSoon: money(dueSoonMinor, currency),
      owedBySellers: money(owedMinor, currency),
    }));
  }

  @Query(() => PlaceObject, {
    nullable: true,
    description: 'What a whole id of ours or of Stripe’s belongs to, for staff; null for one that nobody here knows.',
  })
  lookUp(
    @Arg('id', () => String, { description: 'Such as pay_…, stl_…, evn_…, pi_…, tr_…, evt_… or acct_….' }) id: string,
    @Ctx() { work, viewer }: Context,
  ) {
    return lookUp(work, viewer, id);
  }
}

function attentionObject({ checkedAt, halt, failed, disputes, events }: Attention): AttentionObject {
  return {
    checkedAt,
    halt: halt && haltObject(halt),
    failedSettlements: failed.map(failedObject),
    disputesToAnswer: disputes.map(disputesObject),
    parkedEvents: events.inbox.parked,
    waitingEvents: events.inbox.received,
    silentEndpoints: events.silentEndpoints,
    failingStreams: events.failingStreams,
    disabledWebhookEndpoints: events.disabledEndpoints,
  };
}

function failedObject({ code, currency, count, amountMinor, oldestDueAt, waits }: FailedGroup): FailedSettlementsObject {
  const { remedy, whoCanAct } = remedyOf(code);
  return { code, count, total: money(amountMinor, currency), oldestDueAt, waits, remedy, whoCanAct };
}

function disputesObject({ currency, count, amountMinor, firstDueBy }: DisputesToAnswer): DisputesToAnswerObject {
  return { count, total: money(amountMinor, currency), firstDueBy };
}
