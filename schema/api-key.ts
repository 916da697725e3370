import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { ApiKeyRow } from '../src/access/keys/api-key.js';
import { createApiKey, type IssuedKey, listApiKeys, revokeApiKey, rotateApiKey } from '../src/access/keys/issuing.js';
import { scopes } from '../src/access/keys/scopes.js';
import { pageRequest } from '../src/db/paging.js';
import { AccountObject, accountNode } from './account.js';
import { answer, type Connection, connectionOf, connectionTypes, NodeObject, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

const overlapHoursDefault = 24;
const scopesTold = Object.entries(scopes)
  .map(([scope, meaning]) => `${scope}: ${meaning}`)
  .join(' ');

@ObjectType('ApiKey', {
  implements: NodeObject,
  description: 'A program’s key, sent as `Authorization: Bearer …`. What it opens is shown once, when it is made or rotated.',
  simpleResolvers: true,
})
export class ApiKeyObject extends NodeObject {
  @Field(() => String, { description: 'What its makers call it.' })
  name!: string;
  @Field(() => [String], { description: 'What it may do.' })
  scopes!: string[];
  @Field(() => String, { description: 'The id of whoever made it.' })
  createdBy!: string;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself; null where it does not.' })
  expiresAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to the minute; null where it never was.' })
  lastUsedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it got its present secret; null where it has its first one.' })
  rotatedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'Until when the secret before the last rotation is taken too; null where there is none.' })
  formerUntil!: Date | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null where it was not.' })
  revokedAt!: Date | null;
  nodeType!: 'ApiKey';
  row!: ApiKeyRow;
}

export const ApiKeyConnection = connectionTypes('ApiKey', 'API keys', () => ApiKeyObject);

export function apiKeyNode(row: ApiKeyRow): ApiKeyObject {
  const { id, name, scopes: granted, createdBy, createdAt, expiresAt, lastUsedAt, rotatedAt, formerUntil, revokedAt } = row;
  return { nodeType: 'ApiKey', row, id, name, scopes: granted, createdBy, createdAt, expiresAt, lastUsedAt, rotatedAt, formerUntil, revokedAt };
}

@InputType('CreateApiKeyInput', { description: 'A key to make.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: 'What to call it: 1 to 200 characters.' })
  name!: string;
  @Field(() => [String], { description: `What it may do. ${scopesTold}` })
  scopes!: string[];
  @Field(() => ID, { nullable: true, description: 'Whose; where absent the seller’s own, and for an administrator the platform’s.' })
  accountId?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it ends by itself, within five years; where absent, when it is revoked.' })
  expiresAt?: Date | null;
}

@InputType('RotateApiKeyInput', { description: 'A key that gets a new secret.' })
export class RotateApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;
  @Field(() => Int, { nullable: true, description: 'How long the present secret is still taken: 0 to 168 hours; 24 where absent.' })
  overlapHours?: number | null;
}

@InputType('RevokeApiKeyInput', { description: 'A key to end.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;
}

@ObjectType('CreateApiKeyPayload', { description: 'The key, or why there is none.', simpleResolvers: true })
export class CreateApiKeyPayload {
  @Field(() => ID, { nullable: true, description: 'The key’s id; null where it was refused.' })
  id!: string | null;
  @Field(() => String, { nullable: true, description: 'What to send. Shown here and never again: keep it where secrets are kept.' })
  secret!: string | null;
  @Field(() => ApiKeyObject, { nullable: true, description: 'The key as it is listed; null where it was refused.' })
  apiKey!: ApiKeyObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('RevokeApiKeyPayload', { description: 'Whether the key is over.', simpleResolvers: true })
export class RevokeApiKeyPayload {
  @Field(() => Boolean, { description: 'Whether it is revoked.' })
  revoked!: boolean;
  @Field(() => ApiKeyObject, { nullable: true, description: 'The key as it is listed.' })
  apiKey!: ApiKeyObject | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver(() => ApiKeyObject)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { description: 'API keys, newest first: a seller’s own, or for staff those of any account and of the platform.' })
  async apiKeys(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only this account’s.' }) accountId: string | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<ApiKeyObject>> {
    return connectionOf(await listApiKeys(work, viewer, { accountId }, pageRequest({ first, after })), apiKeyNode);
  }

  @Mutation(() => CreateApiKeyPayload, {
    description:
      'Makes an API key, of a seller’s own account, or by an administrator of any account or of the platform. Refuses with: INVALID, DATE_INVALID.',
  })
  createApiKey(@Arg('input', () => CreateApiKeyInput, { description: 'The key.' }) input: CreateApiKeyInput, @Ctx() { work, viewer }: Context) {
    const { name, scopes: asked, accountId, expiresAt } = input;
    return issued(() => createApiKey(work, viewer, { name, scopes: asked, accountId: accountId ?? null, expiresAt: expiresAt ?? null }));
  }

  @Mutation(() => CreateApiKeyPayload, {
    description: 'Gives a key a new secret, and takes the present one for some hours more. Refuses with: INVALID, CONFLICT.',
  })
  rotateApiKey(@Arg('input', () => RotateApiKeyInput, { description: 'Which key.' }) input: RotateApiKeyInput, @Ctx() { work, viewer }: Context) {
    return issued(() => rotateApiKey(work, viewer, { id: input.id, overlapHours: input.overlapHours ?? overlapHoursDefault }));
  }

  @Mutation(() => RevokeApiKeyPayload, { description: 'Ends a key for good, at once and everywhere. Safe to repeat.' })
  revokeApiKey(@Arg('input', () => RevokeApiKeyInput, { description: 'Which key.' }) { id }: RevokeApiKeyInput, @Ctx() { work, viewer }: Context) {
    return answer({ revoked: false, apiKey: null as ApiKeyObject | null }, async () => ({
      revoked: true,
      apiKey: apiKeyNode(await revokeApiKey(work, viewer, id)),
    }));
  }

  @FieldResolver(() => AccountObject, { nullable: true, description: 'Whose it is; null for a key of the platform.' })
  async account(@Root() { row }: ApiKeyObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    return row.accountId === null ? null : accountNode(await loaders.account.load(row.accountId));
  }
}

function issued(run: () => Promise<IssuedKey>) {
  const none = { id: null as string | null, secret: null as string | null, apiKey: null as ApiKeyObject | null };
  return answer(none, async () => {
    const { key, text } = await run();
    return { id: key.id, secret: text, apiKey: apiKeyNode(key) };
  });
}
