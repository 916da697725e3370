import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { isAllowed } from '../src/access/permissions.js';
import { pageRequest, type TimeOrder } from '../src/db/paging.js';
import type { InboxEventRow, InboxState } from '../src/events/inbox-event.js';
import { ignoreEvents, replayEvents } from '../src/events/parked.js';
import { listEvents, readEvent } from '../src/events/reading.js';
import { AccountObject, accountNode } from './account.js';
import { answer, type Connection, connectionOf, connectionTypes, enumOf, TimeOrderName, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const EventState = enumOf('EventState', 'What has become of an event of Stripe’s.', {
  RECEIVED: 'Stored, and applied within seconds.',
  APPLIED: 'What it told is recorded.',
  IGNORED: 'It asks for nothing here, or somebody put it aside.',
  PARKED: 'Applying it failed too often; somebody replays or ignores it.',
} satisfies Record<InboxState, string>);

export const EventSource = enumOf('EventSource', 'What brought an event first.', {
  WEBHOOK: 'Stripe delivered it.',
  POLL: 'It was found in Stripe’s list.',
  RESYNC: 'None of Stripe’s own: an object is read again, since events may have been missed.',
} satisfies Record<InboxEventRow['source'], string>);

@ObjectType('StripeEvent', { description: 'An event of Stripe’s, kept once for the stream it belongs to.', simpleResolvers: true })
export class StripeEventObject {
  @Field(() => ID, { description: 'Ours; sorts by when it came.' })
  id!: string;
  @Field(() => String, { description: 'Stripe’s id of it.' })
  stripeEventId!: string;
  @Field(() => String, { description: 'Where it happened: `platform`, or `connect:` and the Stripe account.' })
  stream!: string;
  @Field(() => String, { description: 'Stripe’s word for what happened.' })
  type!: string;
  @Field(() => String, { nullable: true, description: 'Stripe’s id of what it is about; null for what has none.' })
  objectId!: string | null;
  @Field(() => EventSource, { description: 'What brought it first.' })
  source!: InboxEventRow['source'];
  @Field(() => EventState, { description: 'What has become of it.' })
  state!: InboxState;
  @Field(() => Int, { description: 'How often applying it was tried.' })
  attemptCount!: number;
  @Field(() => String, { nullable: true, description: 'Why it could not be applied the last time; null where nothing went wrong.' })
  error!: string | null;
  @Field(() => DateTime, { description: 'When it happened, by Stripe.' })
  happenedAt!: Date;
  @Field(() => DateTime, { description: 'When it came.' })
  receivedAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it was applied, ignored or parked; null before.' })
  concludedAt!: Date | null;
  row!: InboxEventRow;
}

export const StripeEventConnection = connectionTypes('StripeEvent', 'events', () => StripeEventObject);

function eventNode(row: InboxEventRow): StripeEventObject {
  const { id, stripeEventId, stream, type, objectId, source, state, attemptCount, error, happenedAt, receivedAt, concludedAt } = row;
  return { row, id, stripeEventId, stream, type, objectId, source, state, attemptCount, error, happenedAt, receivedAt, concludedAt };
}

@InputType('ReplayEventsInput', { description: 'Which parked events to apply anew: by their ids, or all of one type.' })
export class ReplayEventsInput {
  @Field(() => [ID], { nullable: true, description: '1 to 100 events.' })
  ids?: string[] | null;
  @Field(() => String, { nullable: true, description: 'All parked events of this type.' })
  type?: string | null;
}

@InputType('IgnoreEventsInput', { description: 'Which parked events to put aside, and why.' })
export class IgnoreEventsInput extends ReplayEventsInput {
  @Field(() => String, { description: 'For the record: 3 to 500 characters.' })
  reason!: string;
}

@ObjectType('EventsPayload', { description: 'How many events it was done to, or why to none.', simpleResolvers: true })
export class EventsPayload {
  @Field(() => Int, { description: 'How many; those that were not parked are not counted.' })
  count!: number;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => StripeEventObject)
export class StripeEventResolver {
  @Query(() => StripeEventObject, { description: 'One event that Stripe told. For staff.' })
  async event(@Arg('id', () => ID, { description: 'Ours, not Stripe’s.' }) id: string, @Ctx() { work, viewer }: Context): Promise<StripeEventObject> {
    return eventNode(await readEvent(work, viewer, id));
  }

  @Query(() => StripeEventConnection, { description: 'Events that Stripe told, newest first where no order is given. For staff.' })
  async events(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('state', () => [EventState], { nullable: true, description: 'Only events in one of these.' }) state: InboxState[] | null,
    @Arg('stream', () => String, { nullable: true, description: 'Only events of this stream.' }) stream: string | null,
    @Arg('type', () => String, { nullable: true, description: 'Only events of this type.' }) type: string | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id: ours, Stripe’s, or that of what it is about; or a type.' }) search:
      | string
      | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only events that came then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only events that came before then.' }) until: Date | null,
    @Arg('order', () => TimeOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: TimeOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<StripeEventObject>> {
    const filter = { state: state ?? null, stream: stream ?? null, type: type ?? null, search, from, until, order };
    return connectionOf(await listEvents(work, viewer, filter, pageRequest({ first, after })), eventNode);
  }

  @FieldResolver(() => AccountObject, {
    nullable: true,
    description: 'Whose Stripe account it happened on; null for the platform’s, and for one that is none of ours.',
  })
  async account(@Root() { row }: StripeEventObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    const account = row.stream === 'platform' ? null : await loaders.accountOfStripe.load(row.stream.slice('connect:'.length));
    return account && accountNode(account);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The event as Stripe told it, in JSON; null for those who may not see buyers’ data.' })
  payload(@Root() { row }: StripeEventObject, @Ctx() { viewer }: Context): string | null {
    return isAllowed(viewer, 'StripeEvent.payload', null) ? row.payload : null;
  }

  @Mutation(() => EventsPayload, {
    description: 'Has parked events applied anew, within seconds. For operators and administrators. Refuses with: INVALID, NOT_RETRIABLE.',
  })
  replayEvents(@Arg('input', () => ReplayEventsInput, { description: 'Which.' }) { ids, type }: ReplayEventsInput, @Ctx() { work, viewer }: Context) {
    return answer({ count: 0 }, async () => ({ count: await replayEvents(work, viewer, { ids: ids ?? null, type: type ?? null }) }));
  }

  @Mutation(() => EventsPayload, {
    description: 'Puts parked events aside for good. For operators and administrators. Refuses with: INVALID, NOT_RETRIABLE.',
  })
  ignoreEvents(
    @Arg('input', () => IgnoreEventsInput, { description: 'Which, and why.' }) { ids, type, reason }: IgnoreEventsInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ count: 0 }, async () => ({ count: await ignoreEvents(work, viewer, { ids: ids ?? null, type: type ?? null, reason }) }));
  }
}
