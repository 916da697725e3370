import { Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { type MatchClass as Class, type Conserved, type Residual, readReconciliation } from '../src/reconciliation/reconciling.js';
import { AccountObject, accountNode } from './account.js';
import { enumOf, MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const MatchClass = enumOf('MatchClass', 'Where Stripe and the books stand on one subject.', {
  MATCHED: 'They agree to the cent.',
  PLATFORM: 'The platform’s own payout or top-up.',
  MISSING_THERE: 'Booked, and not at Stripe yet.',
  MISSING_HERE: 'At Stripe, and not in the books.',
  AMOUNT: 'In both, with different amounts.',
  UNKNOWN: 'A line of Stripe’s that nothing here explains.',
} satisfies Record<Class, string>);

@ObjectType('BalanceComparison', {
  description: 'One currency of the platform’s balance: Stripe’s word, the sum of its lines, and the books.',
  simpleResolvers: true,
})
export class BalanceComparisonObject {
  @Field(() => Boolean, { description: 'Whether all three agree and nothing is left over.' })
  ok!: boolean;
  @Field(() => MoneyObject, { description: 'Available and pending at Stripe now.' })
  atStripe!: MoneyObject;
  @Field(() => MoneyObject, { description: 'The sum of every line of the balance.' })
  lines!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the books say.' })
  booked!: MoneyObject;
  @Field(() => MoneyObject, { description: 'The platform’s own payouts and top-ups, which are not the marketplace’s.' })
  platform!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What is left over: each part of it is named in `residual`.' })
  residual!: MoneyObject;
}

@ObjectType('ResidualRow', { description: 'One subject that Stripe and the books do not agree on.', simpleResolvers: true })
export class ResidualRowObject {
  @Field(() => String, { description: 'A payment, a transfer’s operation, or a line of the balance.' })
  subject!: string;
  @Field(() => MatchClass, { description: 'How they differ.' })
  class!: Class;
  @Field(() => MoneyObject, { description: 'What moved at Stripe.' })
  moved!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What is booked.' })
  booked!: MoneyObject;
  @Field(() => DateTime, { description: 'Since when.' })
  since!: Date;
  @Field(() => [String], { description: 'The lines of Stripe’s balance behind it.' })
  lines!: string[];
  row!: Residual;
}

@ObjectType('Reconciliation', {
  description: 'The platform’s balance at Stripe beside the books. Nothing is plugged: what is left over is named.',
  simpleResolvers: true,
})
export class ReconciliationObject {
  @Field(() => Boolean, { description: 'Whether every cent is explained.' })
  ok!: boolean;
  @Field(() => DateTime, { description: 'When it was compared.' })
  checkedAt!: Date;
  @Field(() => [BalanceComparisonObject], { description: 'Each currency.' })
  currencies!: BalanceComparisonObject[];
  @Field(() => [ResidualRowObject], { description: 'What they do not agree on, oldest first; at most 100.' })
  residual!: ResidualRowObject[];
  @Field(() => [String], {
    description: 'What is right now and would not stay so, such as automatic payouts of money held for sellers; with what to do.',
  })
  warnings!: string[];
}

@Resolver()
export class ReconciliationResolver {
  @Query(() => ReconciliationObject, { description: 'Compares the platform’s balance at Stripe with the books, now. For staff.' })
  async reconciliation(@Ctx() { work, viewer }: Context): Promise<ReconciliationObject> {
    const { ok, checkedAt, currencies, residual, warnings } = await readReconciliation(work, viewer);
    return { ok, checkedAt, currencies: currencies.map(comparison), residual: residual.map(residualRow), warnings };
  }
}

@Resolver(() => ResidualRowObject)
export class ResidualRowResolver {
  @FieldResolver(() => AccountObject, { nullable: true, description: 'Whose it is: its seller; null for the platform’s own, or where nobody knows.' })
  async account(@Root() { row }: ResidualRowObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    return row.accountId === null ? null : accountNode(await loaders.account.load(row.accountId));
  }
}

function comparison({ ok, currency, ...minor }: Conserved): BalanceComparisonObject {
  return {
    ok,
    atStripe: money(minor.atStripeMinor, currency),
    lines: money(minor.linesMinor, currency),
    booked: money(minor.bookedMinor, currency),
    platform: money(minor.platformMinor, currency),
    residual: money(minor.residualMinor, currency),
  };
}

function residualRow(row: Residual): ResidualRowObject {
  const { subject, class: found, currency, movedMinor, bookedMinor, since, lines } = row;
  return {
    row,
    subject,
    class: found,
    moved: money(movedMinor, currency),
    booked: money(bookedMinor, currency),
    since,
    lines: lines?.split(' ') ?? [],
  };
}
