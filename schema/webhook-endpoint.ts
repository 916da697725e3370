import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { pageRequest } from '../src/db/paging.js';
import { listWebhookEndpoints } from '../src/events/outgoing/reading.js';
import {
  createWebhookEndpoint,
  type Registered,
  removeWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
  updateWebhookEndpoint,
} from '../src/events/outgoing/registering.js';
import { topics } from '../src/events/outgoing/topics.js';
import type { DisabledBecause as Because, WebhookEndpointRow } from '../src/events/outgoing/webhook-endpoint.js';
import { AccountObject, accountNode } from './account.js';
import { answer, type Connection, connectionOf, connectionTypes, enumOf, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const DisabledBecause = enumOf('DisabledBecause', 'Why an endpoint is told nothing.', {
  FAILING: 'It took nothing for three days.',
  GONE: 'It answered 410: it wants no more.',
  ASKED: 'Somebody switched it off.',
} satisfies Record<Because, string>);

const topicsTold = 'Topics, or nouns such as `settlement` for all of theirs; none for everything. See webhookTopics.';

@ObjectType('WebhookEndpoint', {
  description: 'Where a program is told what has changed, signed by the Standard Webhooks specification. At least once, and of one subject in order.',
  simpleResolvers: true,
})
export class WebhookEndpointObject {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;
  @Field(() => String, { description: 'What its makers call it.' })
  name!: string;
  @Field(() => String, { description: 'Where it is told.' })
  url!: string;
  @Field(() => [String], { description: topicsTold })
  topics!: string[];
  @Field(() => Boolean, { description: 'Whether it is told what changes.' })
  enabled!: boolean;
  @Field(() => DateTime, { nullable: true, description: 'Since when it is told nothing; null while it is.' })
  disabledAt!: Date | null;
  @Field(() => DisabledBecause, { nullable: true, description: 'Why it is told nothing; null while it is.' })
  disabledBecause!: Because | null;
  @Field(() => String, { description: 'The id of whoever made it.' })
  createdBy!: string;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it got its present secret; null where it has its first one.' })
  rotatedAt!: Date | null;
  row!: WebhookEndpointRow;
}

export const WebhookEndpointConnection = connectionTypes('WebhookEndpoint', 'webhook endpoints', () => WebhookEndpointObject);

export function webhookEndpointNode(row: WebhookEndpointRow): WebhookEndpointObject {
  const { id, name, url, topics: wanted, disabledAt, disabledBecause, createdBy, createdAt, rotatedAt } = row;
  return { row, id, name, url, topics: wanted, enabled: disabledAt === null, disabledAt, disabledBecause, createdBy, createdAt, rotatedAt };
}

@ObjectType('WebhookTopic', { description: 'Something an endpoint may be told.', simpleResolvers: true })
export class WebhookTopicObject {
  @Field(() => String, { description: 'A noun and what became of it.' })
  topic!: string;
  @Field(() => String, { description: 'What it says.' })
  meaning!: string;
}

@InputType('CreateWebhookEndpointInput', { description: 'An endpoint to make.' })
export class CreateWebhookEndpointInput {
  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  name!: string;
  @Field(() => String, { description: 'An https address on the open Internet.' })
  url!: string;
  @Field(() => [String], { nullable: true, description: topicsTold })
  topics?: string[] | null;
  @Field(() => ID, {
    nullable: true,
    description: 'Whose; where absent the seller’s own, and for an administrator the platform’s, which is told of every account.',
  })
  accountId?: string | null;
}

@InputType('UpdateWebhookEndpointInput', { description: 'What of an endpoint is to be another; what is absent stays.' })
export class UpdateWebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  id!: string;
  @Field(() => String, { nullable: true, description: 'What to call it: 1 to 200 characters.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'An https address on the open Internet.' })
  url?: string | null;
  @Field(() => [String], { nullable: true, description: topicsTold })
  topics?: string[] | null;
  @Field(() => Boolean, { nullable: true, description: 'False switches it off; true on again, and replayDeliveries tells what it missed.' })
  enabled?: boolean | null;
}

@InputType('WebhookEndpointInput', { description: 'Which endpoint.' })
export class WebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  id!: string;
}

@ObjectType('WebhookEndpointPayload', { description: 'The endpoint after a change, or why there was none.', simpleResolvers: true })
export class WebhookEndpointPayload {
  @Field(() => WebhookEndpointObject, { nullable: true, description: 'Null where the change was refused.' })
  webhookEndpoint!: WebhookEndpointObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('WebhookSecretPayload', { description: 'The endpoint with its new secret, or why there is none.', simpleResolvers: true })
export class WebhookSecretPayload {
  @Field(() => WebhookEndpointObject, { nullable: true, description: 'Null where it was refused.' })
  webhookEndpoint!: WebhookEndpointObject | null;
  @Field(() => String, {
    nullable: true,
    description: 'What deliveries are signed with. Shown here and never again: keep it where secrets are kept.',
  })
  secret!: string | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('RemoveWebhookEndpointPayload', { description: 'Whether the endpoint is gone.', simpleResolvers: true })
export class RemoveWebhookEndpointPayload {
  @Field(() => Boolean, { description: 'Whether it is removed.' })
  removed!: boolean;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('TestWebhookEndpointPayload', { description: 'What came of a test.', simpleResolvers: true })
export class TestWebhookEndpointPayload {
  @Field(() => Boolean, { description: 'Whether the endpoint took it.' })
  taken!: boolean;
  @Field(() => Int, { nullable: true, description: 'The status it answered; null where no answer came.' })
  status!: number | null;
  @Field(() => String, { nullable: true, description: 'Why it does not count as taken; null where it does.' })
  error!: string | null;
  @Field(() => Int, { nullable: true, description: 'How long it took, in milliseconds.' })
  tookMs!: number | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => WebhookEndpointObject)
export class WebhookEndpointResolver {
  @Query(() => WebhookEndpointConnection, {
    description: 'Webhook endpoints, newest first: a seller’s own, or for staff those of any account and of the platform.',
  })
  async webhookEndpoints(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<WebhookEndpointObject>> {
    const page = await listWebhookEndpoints(work, viewer, { accountId: accountId ?? null }, pageRequest({ first, after }));
    return connectionOf(page, webhookEndpointNode);
  }

  @Query(() => [WebhookTopicObject], { description: 'What an endpoint may be told.' })
  webhookTopics(): WebhookTopicObject[] {
    return Object.entries(topics).map(([topic, meaning]) => ({ topic, meaning }));
  }

  @Mutation(() => WebhookSecretPayload, {
    description:
      'Makes a webhook endpoint, of a seller’s own account, or by an administrator of any account or of the platform; it is told of what changes from now on. Refuses with: INVALID.',
  })
  createWebhookEndpoint(
    @Arg('input', () => CreateWebhookEndpointInput, { description: 'The endpoint.' }) input: CreateWebhookEndpointInput,
    @Ctx() { work, viewer }: Context,
  ) {
    const { name, url, topics: wanted, accountId } = input;
    return registered(() => createWebhookEndpoint(work, viewer, { name, url, topics: wanted ?? [], accountId: accountId ?? null }));
  }

  @Mutation(() => WebhookEndpointPayload, { description: 'Changes an endpoint, or switches it off or on. Refuses with: INVALID.' })
  updateWebhookEndpoint(
    @Arg('input', () => UpdateWebhookEndpointInput, { description: 'What of which.' }) input: UpdateWebhookEndpointInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ webhookEndpoint: null as WebhookEndpointObject | null }, async () => ({
      webhookEndpoint: webhookEndpointNode(await updateWebhookEndpoint(work, viewer, input)),
    }));
  }

  @Mutation(() => WebhookSecretPayload, {
    description: 'Gives an endpoint a new secret; for 24 hours deliveries are signed with the present one too.',
  })
  rotateWebhookSecret(
    @Arg('input', () => WebhookEndpointInput, { description: 'Which.' }) { id }: WebhookEndpointInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return registered(() => rotateWebhookSecret(work, viewer, id));
  }

  @Mutation(() => RemoveWebhookEndpointPayload, { description: 'Removes an endpoint: it is told nothing more.' })
  removeWebhookEndpoint(
    @Arg('input', () => WebhookEndpointInput, { description: 'Which.' }) { id }: WebhookEndpointInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ removed: false }, async () => {
      await removeWebhookEndpoint(work, viewer, id);
      return { removed: true };
    });
  }

  @Mutation(() => TestWebhookEndpointPayload, { description: 'Sends a signed test to an endpoint now, once, also where it is switched off.' })
  testWebhookEndpoint(
    @Arg('input', () => WebhookEndpointInput, { description: 'Which.' }) { id }: WebhookEndpointInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ taken: false, status: null as number | null, error: null as string | null, tookMs: null as number | null }, async () => {
      const { status, error, tookMs } = await testWebhookEndpoint(work, viewer, id);
      return { taken: error === null, status, error, tookMs };
    });
  }

  @FieldResolver(() => AccountObject, { nullable: true, description: 'Whose it is; null for an endpoint of the platform.' })
  async account(@Root() { row }: WebhookEndpointObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    return row.accountId === null ? null : accountNode(await loaders.account.load(row.accountId));
  }
}

function registered(run: () => Promise<Registered>) {
  return answer({ webhookEndpoint: null as WebhookEndpointObject | null, secret: null as string | null }, async () => {
    const { endpoint, secret } = await run();
    return { webhookEndpoint: webhookEndpointNode(endpoint), secret };
  });
}
