import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { pageRequest } from '../src/db/paging.js';
import { listStreams, type StreamStanding } from '../src/events/streams/reading.js';
import { wantResync } from '../src/events/streams/resyncing.js';
import { type EndpointStanding, readEndpoints } from '../src/events/streams/silence.js';
import { AccountObject, accountNode } from './account.js';
import { answer, enumOf, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const StreamKind = enumOf('StreamKind', 'Whose events a stream holds.', {
  PLATFORM: 'The platform’s own account’s.',
  CONNECT: 'A seller’s Stripe account’s.',
} satisfies Record<EndpointStanding['kind'], string>);

@ObjectType('EventStream', { description: 'One account’s list of events at Stripe, and how far it has been read.', simpleResolvers: true })
export class EventStreamObject {
  @Field(() => String, { description: '`platform`, or `connect:` and the Stripe account.' })
  source!: string;
  @Field(() => StreamKind, { description: 'Whose events it holds.' })
  kind!: EndpointStanding['kind'];
  @Field(() => String, { nullable: true, description: 'The newest event stored with all before it; null before the first.' })
  checkpoint!: string | null;
  @Field(() => DateTime, { description: 'All that happened before it is stored here.' })
  seenUntil!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it was last read; null before.' })
  lastPolledAt!: Date | null;
  @Field(() => DateTime, {
    nullable: true,
    description: 'When it is read next: each minute while something happens, down to once an hour; null once it is over.',
  })
  nextPollAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When something last happened there; null where nothing has.' })
  lastEventAt!: Date | null;
  @Field(() => Int, { description: 'How many of its events could not be applied, and wait for somebody.' })
  parkedEvents!: number;
  @Field(() => Int, { description: 'How many polls have failed since one last worked.' })
  failureCount!: number;
  @Field(() => String, { nullable: true, description: 'Why the last poll failed; null where it worked.' })
  error!: string | null;
  @Field(() => Boolean, { description: 'Whether its objects are read again as a whole, since events may have been missed.' })
  resyncWanted!: boolean;
  @Field(() => DateTime, { nullable: true, description: 'When its account left, so that Stripe shows no more of it; null while it has not.' })
  closedAt!: Date | null;
}

function streamNode(row: StreamStanding): EventStreamObject {
  const { name, checkpointEventId, seenUntil, lastPolledAt, nextPollAt, lastEventAt, parkedCount, failureCount, error, resyncWanted, closedAt } = row;
  return {
    source: name,
    kind: name === 'platform' ? 'PLATFORM' : 'CONNECT',
    checkpoint: checkpointEventId,
    seenUntil,
    lastPolledAt,
    nextPollAt: closedAt === null ? nextPollAt : null,
    lastEventAt,
    parkedEvents: parkedCount,
    failureCount,
    error,
    resyncWanted,
    closedAt,
  };
}

@ObjectType('EventEndpoint', { description: 'One of the two webhook endpoints at Stripe, compared with what polling found.', simpleResolvers: true })
export class EventEndpointObject {
  @Field(() => StreamKind, { description: 'Whose events it delivers.' })
  kind!: EndpointStanding['kind'];
  @Field(() => Boolean, { description: 'False where polling found events that it never delivered.' })
  ok!: boolean;
  @Field(() => Int, { description: 'How many those are, of the last day; they were applied all the same.' })
  undeliveredEvents!: number;
  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when it has delivered nothing at all; null where it delivers, or nothing has happened.',
  })
  silentSince!: Date | null;
  @Field(() => String, { nullable: true, description: 'The next thing to do; null where nothing is wrong.' })
  remedy!: string | null;
}

function endpointNode({ kind, ok, undeliveredCount, silentSince }: EndpointStanding, publicUrl: string): EventEndpointObject {
  const whose = kind === 'PLATFORM' ? 'your account’s events' : 'events of connected accounts';
  const remedy = ok
    ? null
    : `See that Stripe has a webhook endpoint for ${whose} at ${publicUrl}/api/webhooks/stripe, that it is enabled, and that its signing secret is the one set here.`;
  return { kind, ok, undeliveredEvents: undeliveredCount, silentSince, remedy };
}

@InputType('EventStreamInput', { description: 'Which stream.' })
export class EventStreamInput {
  @Field(() => ID, { description: '`platform`, or `connect:` and the Stripe account.' })
  source!: string;
}

@ObjectType('EventStreamPayload', { description: 'The stream after a change, or why there was none.', simpleResolvers: true })
export class EventStreamPayload {
  @Field(() => EventStreamObject, { nullable: true, description: 'Null where the change was refused.' })
  stream!: EventStreamObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => EventStreamObject)
export class EventStreamResolver {
  @Query(() => [EventStreamObject], {
    description:
      'The streams of Stripe’s events, those that need somebody first: with parked events, then failing, then read longest ago. For staff.',
  })
  async eventStreams(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 100 where absent.' }) first: number | null,
    @Arg('source', () => String, { nullable: true, description: 'Only this one.' }) source: string | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<EventStreamObject[]> {
    const asked = { source: source ?? null, first: pageRequest({ first: first ?? 100 }).first };
    return (await listStreams(work, viewer, asked)).map(streamNode);
  }

  @Query(() => [EventEndpointObject], { description: 'Whether Stripe’s webhook endpoints deliver what happens. For staff.' })
  async eventEndpoints(@Ctx() { work, viewer }: Context): Promise<EventEndpointObject[]> {
    return (await readEndpoints(work, viewer)).map((endpoint) => endpointNode(endpoint, work.config.publicUrl));
  }

  @FieldResolver(() => AccountObject, { nullable: true, description: 'Whose Stripe account it is; null for the platform’s.' })
  async account(@Root() { source }: EventStreamObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    const account = source === 'platform' ? null : await loaders.accountOfStripe.load(source.slice('connect:'.length));
    return account && accountNode(account);
  }

  @Mutation(() => EventStreamPayload, {
    description:
      'Has everything of a stream read again from Stripe, within seconds, as after missed events. Administrators only. NOT_FOUND for one that is over.',
  })
  resyncEventStream(@Arg('input', () => EventStreamInput, { description: 'Which.' }) { source }: EventStreamInput, @Ctx() { work, viewer }: Context) {
    return answer({ stream: null as EventStreamObject | null }, async () => {
      await wantResync(work, viewer, source);
      const [row] = await listStreams(work, viewer, { source, first: 1 });
      return { stream: row ? streamNode(row) : null };
    });
  }
}
