import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { currency, type Standing, type Thing } from '../src/scenarios/looking.js';
import { type Frame, listScenarios, playScenario } from '../src/scenarios/playing.js';
import type { Scenario } from '../src/scenarios/scenario.js';
import { answer, enumOf, MoneyObject, money, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const ScenarioThingKind = enumOf('ScenarioThingKind', 'What there is in a scenario that has a state.', {
  SETTLEMENT: 'A promise to pay the seller.',
  DISPUTE: 'A bank asking for a payment back.',
  REFUND: 'Money on its way back to a buyer.',
  REVERSAL: 'What is taken back from the seller.',
} satisfies Record<Thing['kind'], string>);

@ObjectType('Scenario', {
  description: 'A story of one seller in plain sentences, each of which does something or says how things are.',
  simpleResolvers: true,
})
export class ScenarioObject {
  @Field(() => String, { description: 'Its name: that of its file.' })
  name!: string;
  @Field(() => String, { description: 'What it shows, in a sentence.' })
  about!: string;
  @Field(() => [String], { description: 'Its sentences, in order.' })
  lines!: string[];
  @Field(() => String, { nullable: true, description: 'The name of the one to look at beside it, line for line; null for none.' })
  beside!: string | null;
}

@InputType('PlayScenarioInput', { description: 'Which scenario to play.' })
export class PlayScenarioInput {
  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

@ObjectType('ScenarioThing', { description: 'Something that has a state, after a line of a scenario.', simpleResolvers: true })
export class ScenarioThingObject {
  @Field(() => ScenarioThingKind, { description: 'What it is.' })
  kind!: Thing['kind'];
  @Field(() => Int, { description: 'Which of its kind, from 1 on, the oldest first.' })
  number!: number;
  @Field(() => String, { description: 'Its state: a value of the enum of its own kind’s status.' })
  state!: string;
}

@ObjectType('ScenarioFrame', { description: 'How things are after a line of a scenario.', simpleResolvers: true })
export class ScenarioFrameObject {
  @Field(() => String, { description: 'The line.' })
  line!: string;
  @Field(() => DateTime, { description: 'When, in the scenario’s own time.' })
  at!: Date;
  @Field(() => MoneyObject, { description: 'What buyers have paid, less what they have back.' })
  buyers!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the platform has at Stripe, with what is on its way to it.' })
  platform!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What of it is held for the seller.' })
  held!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the seller was paid, less what was taken back; at Stripe or at their bank.' })
  seller!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the seller owes the platform.' })
  owed!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What Stripe has kept for its work.' })
  stripe!: MoneyObject;
  @Field(() => [ScenarioThingObject], { description: 'What there is by now, and where each stands.' })
  things!: Thing[];
  @Field(() => [String], {
    description:
      'What is not as the line says, or not as it must always be; empty where all is well. No line is played after one with something wrong.',
  })
  wrong!: string[];
}

@ObjectType('PlayScenarioPayload', { description: 'A scenario, line by line, or why it was not played.', simpleResolvers: true })
export class PlayScenarioPayload {
  @Field(() => [ScenarioFrameObject], { nullable: true, description: 'After each line; null where it was refused.' })
  frames!: ScenarioFrameObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class ScenarioResolver {
  @Query(() => [ScenarioObject], { description: 'All scenarios there are, by name. Staff only.' })
  scenarios(@Ctx() { viewer }: Context): Scenario[] {
    return listScenarios(viewer);
  }

  @Mutation(() => PlayScenarioPayload, {
    description:
      'Plays a scenario by the product’s own actions, in a simulated marketplace of its own that is gone afterwards. Administrators only. Refuses with: CONFLICT without a simulator, INVALID, ALREADY_IN_PROGRESS.',
  })
  playScenario(@Arg('input', () => PlayScenarioInput, { description: 'Which.' }) { name }: PlayScenarioInput, @Ctx() { work, viewer }: Context) {
    return answer({ frames: null as ScenarioFrameObject[] | null }, async () => ({
      frames: (await playScenario(work, viewer, name)).map(frameObject),
    }));
  }
}

function frameObject({ line, at, things, wrong, ...stands }: Frame): ScenarioFrameObject {
  const of = (part: keyof Standing) => money(stands[part], currency);
  return {
    line,
    at,
    things,
    wrong,
    buyers: of('buyersMinor'),
    platform: of('platformMinor'),
    held: of('heldMinor'),
    seller: of('sellerMinor'),
    owed: of('owedMinor'),
    stripe: of('stripeMinor'),
  };
}
