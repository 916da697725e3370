import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import type { AccountRow } from '../src/accounts/account.js';
import type { CommissionPlanRow } from '../src/accounts/commission-plan.js';
import { setCommissionPlan } from '../src/accounts/commission-planning.js';
import { planInForce } from '../src/accounts/commission-terms.js';
import { stillActive } from '../src/accounts/connected-account.js';
import type { CommissionTerms, FeeMode as Mode } from '../src/base/terms.js';
import { AccountObject, AccountPayload, changed } from './account.js';
import { MoneyObject, money } from './common.js';
import type { Context } from './context.js';
import { FeeMode } from './payment.js';
import { BasisPoints, CurrencyCode, DateTime, MinorUnits } from './scalars.js';

@ObjectType('CommissionPlan', { description: 'What the platform takes of purchases made while it holds.', simpleResolvers: true })
export class CommissionPlanObject {
  @Field(() => CurrencyCode, { nullable: true, description: 'The one currency it is for; null where it is for all that have no plan of their own.' })
  currency!: string | null;
  @Field(() => BasisPoints, { description: 'The share of the price.' })
  percentageFee!: number;
  @Field(() => MoneyObject, { description: 'Added per unit sold; never on memberships.' })
  fixedFee!: MoneyObject;
  @Field(() => MoneyObject, {
    nullable: true,
    description: 'The least the fee of one purchase comes to, memberships apart; null where there is none.',
  })
  feeFloor!: MoneyObject | null;
  @Field(() => MoneyObject, {
    nullable: true,
    description: 'The most the fee of one purchase comes to, memberships apart; null where there is none.',
  })
  feeCap!: MoneyObject | null;
  @Field(() => BasisPoints, { description: 'The tax contained in the fee.' })
  vatRate!: number;
  @Field(() => FeeMode, { description: 'Whether the fee is in the price or on top of it.' })
  feeMode!: Mode;
  @Field(() => DateTime, { nullable: true, description: 'When it begins; null for the platform’s default.' })
  validFrom!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it ends, which is not part of it; null where no end is set.' })
  validUntil!: Date | null;
}

@InputType('SetCommissionPlanInput', {
  description: 'A commission for one account in place of the platform’s default, for purchases made from its beginning on.',
})
export class SetCommissionPlanInput {
  @Field(() => ID, { description: 'The seller’s account.' })
  accountId!: string;
  @Field(() => BasisPoints, { description: 'The share of the price.' })
  percentageFee!: number;
  @Field(() => MinorUnits, {
    description: 'Added per unit sold, in minor units of the purchase’s currency: from 0 to the most Stripe charges in `currency`, or 99999999.',
  })
  fixedFee!: number;
  @Field(() => BasisPoints, { description: 'The tax contained in the fee.' })
  vatRate!: number;
  @Field(() => FeeMode, { description: 'Whether the fee is in the price or on top of it.' })
  feeMode!: Mode;
  @Field(() => CurrencyCode, { nullable: true, description: 'The one currency it is for; where absent, all that have no plan of their own.' })
  currency?: string | null;
  @Field(() => MinorUnits, { nullable: true, description: 'The least the fee of one purchase comes to; takes a currency. Not for memberships.' })
  feeFloor?: number | null;
  @Field(() => MinorUnits, { nullable: true, description: 'The most the fee of one purchase comes to; takes a currency. Not for memberships.' })
  feeCap?: number | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it begins, at most three years ahead; now where absent. It holds until the account’s next plan for the same currency begins.',
  })
  validFrom?: Date | null;
}

/** What commission adds to an account. */
@Resolver(() => AccountObject)
export class CommissionPlanResolver {
  @Mutation(() => AccountPayload, {
    description:
      'Gives an account a commission of its own, for purchases made from now or a later instant on; one that begins at the same instant is replaced. Administrators only. Refuses with: INVALID, CURRENCY_UNSUPPORTED, DATE_INVALID.',
  })
  setCommissionPlan(
    @Arg('input', () => SetCommissionPlanInput, { description: 'The commission.' }) input: SetCommissionPlanInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return changed(() =>
      setCommissionPlan(work, viewer, {
        accountId: input.accountId,
        percentageBps: input.percentageFee,
        fixedFeeMinor: input.fixedFee,
        vatBps: input.vatRate,
        feeMode: input.feeMode,
        currency: input.currency ?? null,
        feeFloorMinor: input.feeFloor ?? null,
        feeCapMinor: input.feeCap ?? null,
        validFrom: input.validFrom ?? null,
      }),
    );
  }

  @FieldResolver(() => CommissionPlanObject, {
    description: 'The commission on direct payments in force, in the currency of its prices: its own, or the platform’s default.',
  })
  async commissionPlan(@Root() { row }: AccountObject, @Ctx() { loaders, work }: Context): Promise<CommissionPlanObject> {
    const currency = currencyOf(row);
    const plan = planInForce(await loaders.plans.load(row.id), currency, work.clock.now());
    return plan ? ownPlan(plan, currency) : { ...termsIn(work.config.defaultTerms, currency), currency: null, validFrom: null, validUntil: null };
  }

  @FieldResolver(() => [CommissionPlanObject], {
    description: 'Its own plans in force and to come, by currency and then by beginning; that for all currencies first.',
  })
  async commissionPlans(@Root() { row }: AccountObject, @Ctx() { loaders }: Context): Promise<CommissionPlanObject[]> {
    return (await loaders.plans.load(row.id)).map((plan) => ownPlan(plan, plan.currency ?? currencyOf(row)));
  }
}

function currencyOf({ oneTimeCurrency, membershipCurrency }: AccountRow): string {
  return oneTimeCurrency ?? membershipCurrency ?? 'USD';
}

function ownPlan(plan: CommissionPlanRow, shownIn: string): CommissionPlanObject {
  const { currency, validFrom, validUntil } = plan;
  return { ...termsIn(plan, shownIn), currency, validFrom, validUntil: validUntil.getTime() === stillActive.getTime() ? null : validUntil };
}

function termsIn(terms: CommissionTerms, currency: string): Omit<CommissionPlanObject, 'currency' | 'validFrom' | 'validUntil'> {
  const { percentageBps, fixedFeeMinor, feeFloorMinor, feeCapMinor, vatBps, feeMode } = terms;
  return {
    percentageFee: percentageBps,
    fixedFee: money(fixedFeeMinor, currency),
    feeFloor: feeFloorMinor === null ? null : money(feeFloorMinor, currency),
    feeCap: feeCapMinor === null ? null : money(feeCapMinor, currency),
    vatRate: vatBps,
    feeMode,
  };
}
