import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { pageRequest, type TimeOrder } from '../src/db/paging.js';
import { listDeliveries } from '../src/events/outgoing/reading.js';
import { replayDeliveries } from '../src/events/outgoing/replaying.js';
import type { DeliveryState as State, WebhookDeliveryRow } from '../src/events/outgoing/webhook-delivery.js';
import { answer, type Connection, connectionOf, connectionTypes, enumOf, TimeOrderName, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const DeliveryState = enumOf('DeliveryState', 'What has become of a delivery.', {
  PENDING: 'Still to be taken.',
  DELIVERED: 'The endpoint took it.',
  FAILED: 'Given up after three days, or since the endpoint was switched off; it can be replayed.',
} satisfies Record<State, string>);

@ObjectType('WebhookAttempt', { description: 'One request of a delivery.', simpleResolvers: true })
export class WebhookAttemptObject {
  @Field(() => Int, { description: 'Counts from 1.' })
  number!: number;
  @Field(() => DateTime, { description: 'When it left.' })
  startedAt!: Date;
  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  tookMs!: number;
  @Field(() => Int, { nullable: true, description: 'The status that was answered; null where no answer came.' })
  status!: number | null;
  @Field(() => String, { nullable: true, description: 'Why it does not count as taken; null where it does.' })
  error!: string | null;
  @Field(() => String, { nullable: true, description: 'The beginning of what was answered.' })
  answer!: string | null;
}

@ObjectType('WebhookDelivery', { description: 'One change that one endpoint is told of.', simpleResolvers: true })
export class WebhookDeliveryObject {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
  @Field(() => String, { description: 'A noun and what became of it.' })
  topic!: string;
  @Field(() => ID, { description: 'What changed: `data.id` of what is sent.' })
  subjectId!: string;
  @Field(() => Int, { description: 'Counts the subject’s changes from 1: `data.sequence`.' })
  sequence!: number;
  @Field(() => DateTime, { description: 'When it changed.' })
  recordedAt!: Date;
  @Field(() => DeliveryState, { description: 'What has become of it.' })
  state!: State;
  @Field(() => Int, { description: 'How often it was tried.' })
  attemptCount!: number;
  @Field(() => DateTime, { nullable: true, description: 'When it is tried next; null once it is taken or given up.' })
  nextAttemptAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was taken or given up; null before.' })
  concludedAt!: Date | null;
}

export const WebhookDeliveryConnection = connectionTypes('WebhookDelivery', 'deliveries', () => WebhookDeliveryObject);

function deliveryNode(row: WebhookDeliveryRow): WebhookDeliveryObject {
  const { id, topic, subjectId, sequence, recordedAt, state, attemptCount, nextAttemptAt, concludedAt } = row;
  return { id, topic, subjectId, sequence, recordedAt, state, attemptCount, nextAttemptAt: state === 'PENDING' ? nextAttemptAt : null, concludedAt };
}

@InputType('ReplayDeliveriesInput', { description: 'What an endpoint is to be told again.' })
export class ReplayDeliveriesInput {
  @Field(() => ID, { description: 'The endpoint.' })
  endpointId!: string;
  @Field(() => [ID], { nullable: true, description: '1 to 100 deliveries, also such as it took.' })
  ids?: string[] | null;
  @Field(() => DateTime, { nullable: true, description: 'Everything since then that it should have been told and was not.' })
  since?: Date | null;
}

@ObjectType('ReplayDeliveriesPayload', { description: 'How many deliveries begin anew, or why none.', simpleResolvers: true })
export class ReplayDeliveriesPayload {
  @Field(() => Int, { description: 'How many.' })
  count!: number;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => WebhookDeliveryObject)
export class WebhookDeliveryResolver {
  @Query(() => WebhookDeliveryConnection, {
    description: 'What an endpoint was told, is to be told, and was not, newest first where no order is given.',
  })
  async webhookDeliveries(
    @Arg('endpointId', () => ID, { description: 'The endpoint.' }) endpointId: string,
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('state', () => [DeliveryState], { nullable: true, description: 'Only deliveries in one of these.' }) state: State[] | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id: the delivery’s, or of what changed; or a topic.' }) search:
      | string
      | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only of what changed then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only of what changed before then.' }) until: Date | null,
    @Arg('order', () => TimeOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: TimeOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<WebhookDeliveryObject>> {
    const filter = { endpointId, state: state ?? null, search, from, until, order };
    return connectionOf(await listDeliveries(work, viewer, filter, pageRequest({ first, after })), deliveryNode);
  }

  @FieldResolver(() => [WebhookAttemptObject], { description: 'Its tries, oldest first.' })
  attempts(@Root() { id }: WebhookDeliveryObject, @Ctx() { loaders }: Context): Promise<WebhookAttemptObject[]> {
    return loaders.deliveryAttempts.load(id);
  }

  @Mutation(() => ReplayDeliveriesPayload, {
    description: 'Has an endpoint told again: some deliveries, or all it has missed since a time. Refuses with: INVALID, CONFLICT.',
  })
  replayDeliveries(
    @Arg('input', () => ReplayDeliveriesInput, { description: 'What.' }) { endpointId, ids, since }: ReplayDeliveriesInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ count: 0 }, async () => ({
      count: await replayDeliveries(work, viewer, { endpointId, ids: ids ?? null, since: since ?? null }),
    }));
  }
}
