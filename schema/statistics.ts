import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { type Day, readStatistics, type Statistics } from '../src/attention/statistics.js';
import { addMinor } from '../src/base/money.js';
import type { SettlementStatus as Status } from '../src/settlements/settlement.js';
import { MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { CurrencyCode, DateTime } from './scalars.js';
import { SettlementStatus } from './settlement.js';

@ObjectType('DayFigures', { description: 'What one day brought, in UTC, by when it was recorded here.', simpleResolvers: true })
export class DayFiguresObject {
  @Field(() => DateTime, { description: 'When the day began.' })
  day!: Date;
  @Field(() => MoneyObject, { description: 'Paid to sellers’ own accounts.' })
  direct!: MoneyObject;
  @Field(() => MoneyObject, { description: 'Paid to the platform, which holds it for sellers.' })
  held!: MoneyObject;
  @Field(() => MoneyObject, { description: 'The platform’s fees of it.' })
  fees!: MoneyObject;
  @Field(() => Int, { description: 'How many payments.' })
  paymentCount!: number;
  @Field(() => Int, { description: 'How many disputes were heard of.' })
  disputeCount!: number;
}

@ObjectType('PeriodFigures', { description: 'The sums of a period.', simpleResolvers: true })
export class PeriodFiguresObject {
  @Field(() => MoneyObject, { description: 'What buyers paid.' })
  gross!: MoneyObject;
  @Field(() => MoneyObject, { description: 'The platform’s fees of it.' })
  fees!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What of it was given back so far.' })
  refunded!: MoneyObject;
  @Field(() => Int, { description: 'How many payments.' })
  paymentCount!: number;
  @Field(() => Int, { description: 'How many disputes were heard of.' })
  disputeCount!: number;
}

@ObjectType('SettlementOutcome', { description: 'How many settlements that fell due in the period stand so now.', simpleResolvers: true })
export class SettlementOutcomeObject {
  @Field(() => SettlementStatus, { description: 'Where they stand.' })
  status!: Status;
  @Field(() => Int, { description: 'How many.' })
  count!: number;
}

@ObjectType('FailedRequests', { description: 'Requests to Stripe that did not do what they were sent for.', simpleResolvers: true })
export class FailedRequestsObject {
  @Field(() => String, { description: 'Stripe’s code; where it gave none, REFUSED, NOT_RUN or UNKNOWN.' })
  code!: string;
  @Field(() => Int, { description: 'How many, in all currencies.' })
  count!: number;
}

@ObjectType('OverdueMoney', { description: 'What sellers wait for longer than it was due.', simpleResolvers: true })
export class OverdueMoneyObject {
  @Field(() => Int, { description: 'Due since at least so many days; the next entry says until how many.' })
  fromDays!: number;
  @Field(() => Int, { description: 'How many settlements.' })
  count!: number;
  @Field(() => MoneyObject, { description: 'What they come to.' })
  total!: MoneyObject;
}

@ObjectType('BookCheck', { description: 'What the last audit on time found.', simpleResolvers: true })
export class BookCheckObject {
  @Field(() => DateTime, { description: 'When.' })
  checkedAt!: Date;
  @Field(() => Int, { description: 'How many promises of the books were looked at.' })
  promiseCount!: number;
  @Field(() => Int, { description: 'How many of them were broken.' })
  brokenCount!: number;
}

@ObjectType('Statistics', { description: 'How the marketplace went over some days, in one currency.', simpleResolvers: true })
export class StatisticsObject {
  @Field(() => CurrencyCode, { description: 'The currency of all amounts.' })
  currency!: string;
  @Field(() => [CurrencyCode], { description: 'Those in which anything was paid, the most used first.' })
  currencies!: string[];
  @Field(() => [DayFiguresObject], { description: 'Each day, oldest first.' })
  days!: DayFiguresObject[];
  @Field(() => PeriodFiguresObject, { description: 'All of them together.' })
  period!: PeriodFiguresObject;
  @Field(() => PeriodFiguresObject, { description: 'As many days before them.' })
  before!: PeriodFiguresObject;
  @Field(() => [SettlementOutcomeObject], { description: 'Settlements that fell due, by what became of them.' })
  outcomes!: SettlementOutcomeObject[];
  @Field(() => [FailedRequestsObject], { description: 'What went wrong at Stripe, the most frequent first, eight at most.' })
  failures!: FailedRequestsObject[];
  @Field(() => [OverdueMoneyObject], { description: 'What is due now and not paid, by for how long.' })
  overdue!: OverdueMoneyObject[];
  @Field(() => Int, { description: 'How far behind the stream of Stripe’s events is that was read longest ago.' })
  lagSeconds!: number;
  @Field(() => BookCheckObject, { nullable: true, description: 'What the last audit on time found; null before the first.' })
  books!: BookCheckObject | null;
}

@Resolver()
export class StatisticsResolver {
  @Query(() => StatisticsObject, { description: 'How the marketplace went, for staff. BAD_USER_INPUT other than 1 to 90 days.' })
  async statistics(
    @Arg('days', () => Int, { nullable: true, description: 'The last so many days, 1 to 90; 30 where absent.' }) days: number | null,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'The most used one where absent.' }) currency: string | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<StatisticsObject> {
    return statisticsObject(await readStatistics(work, viewer, { days: days ?? 30, currency: currency ?? null }));
  }
}

function statisticsObject({ days, before, overdue, ...told }: Statistics): StatisticsObject {
  const { currency } = told;
  return {
    ...told,
    days: days.map((day) => dayFigures(day, currency)),
    period: sumsOf(days, currency),
    before: sumsOf(before, currency),
    overdue: overdue.map(({ fromDays, count, amountMinor }) => ({ fromDays, count, total: money(amountMinor, currency) })),
  };
}

function dayFigures({ day, directMinor, heldMinor, feesMinor, paymentCount, disputeCount }: Day, currency: string): DayFiguresObject {
  const [direct, held, fees] = [directMinor, heldMinor, feesMinor].map((minor) => money(minor, currency)) as [MoneyObject, MoneyObject, MoneyObject];
  return { day, direct, held, fees, paymentCount, disputeCount };
}

function sumsOf(days: Day[], currency: string): PeriodFiguresObject {
  const sum = (of: (day: Day) => number) => addMinor(...days.map(of));
  return {
    gross: money(
      sum(({ directMinor, heldMinor }) => addMinor(directMinor, heldMinor)),
      currency,
    ),
    fees: money(
      sum(({ feesMinor }) => feesMinor),
      currency,
    ),
    refunded: money(
      sum(({ refundedMinor }) => refundedMinor),
      currency,
    ),
    paymentCount: sum(({ paymentCount }) => paymentCount),
    disputeCount: sum(({ disputeCount }) => disputeCount),
  };
}
