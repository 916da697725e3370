import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import type { StoryName as Name } from '../src/demo/stories/stories.js';
import { type Frame, playStory } from '../src/demo/stories/telling.js';
import type { DisputeStatus as DisputeState } from '../src/disputes/dispute.js';
import type { SettlementStatus as Status } from '../src/settlements/settlement.js';
import { answer, enumOf, MoneyObject, money, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DisputeStatus } from './dispute.js';
import { DateTime } from './scalars.js';
import { SettlementStatus } from './settlement.js';

export const StoryName = enumOf('StoryName', 'What happens in a story.', {
  DISPUTE_LOST: 'The buyer’s bank takes a payment back, and keeps it.',
  DISPUTE_WON: 'The buyer’s bank takes a payment back, and returns it.',
} satisfies Record<Name, string>);

@InputType('PlayStoryInput', { description: 'Which story, and how the platform pays its sellers in it.' })
export class PlayStoryInput {
  @Field(() => StoryName, { description: 'The story.' })
  story!: Name;
  @Field(() => Boolean, { description: 'Whether sellers are paid after delivery, as always; false plays what would be if they were paid at once.' })
  defended!: boolean;
}

@ObjectType('StoryFrame', { description: 'How things stand after a line of a story.', simpleResolvers: true })
export class StoryFrameObject {
  @Field(() => String, { description: 'What happened, in a sentence.' })
  line!: string;
  @Field(() => DateTime, { description: 'When, in the story’s own time.' })
  at!: Date;
  @Field(() => MoneyObject, { description: 'What the platform has at Stripe, with what is on its way to it.' })
  platform!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the seller has at Stripe, with what is on its way to them.' })
  seller!: MoneyObject;
  @Field(() => MoneyObject, { description: 'What the seller owes the platform.' })
  owed!: MoneyObject;
  @Field(() => SettlementStatus, { nullable: true, description: 'Where the settlement stands; null before there is one.' })
  settlement!: Status | null;
  @Field(() => DisputeStatus, { nullable: true, description: 'Where the dispute stands; null before there is one.' })
  dispute!: DisputeState | null;
}

@ObjectType('PlayStoryPayload', { description: 'A story, frame by frame, or why it was not played.', simpleResolvers: true })
export class PlayStoryPayload {
  @Field(() => [StoryFrameObject], { nullable: true, description: 'After each line; null where it was refused.' })
  frames!: StoryFrameObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class StoryResolver {
  @Mutation(() => PlayStoryPayload, {
    description:
      'Plays a story by the product’s own actions, in a simulated marketplace of its own that is gone afterwards. Administrators only. Refuses with: CONFLICT without a simulator, ALREADY_IN_PROGRESS.',
  })
  playStory(@Arg('input', () => PlayStoryInput, { description: 'Which.' }) input: PlayStoryInput, @Ctx() { work, viewer }: Context) {
    return answer({ frames: null as StoryFrameObject[] | null }, async () => ({ frames: (await playStory(work, viewer, input)).map(frameObject) }));
  }
}

function frameObject({ platformMinor, sellerMinor, owedMinor, ...told }: Frame): StoryFrameObject {
  return { ...told, platform: money(platformMinor, 'USD'), seller: money(sellerMinor, 'USD'), owed: money(owedMinor, 'USD') };
}
