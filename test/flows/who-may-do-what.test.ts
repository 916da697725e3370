import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import pg from 'pg';
import { scopes } from '../../src/access/keys/scopes.js';
import { type Action, permissions, steppedUpActions } from '../../src/access/permissions.js';
import { dayMs, later } from '../../src/base/clock.js';
import { idPrefixes, type Noun, sha256 } from '../../src/base/ids.js';
import { type Api, accept, joinStaff, openCheckout, readySeller, signInAgain, signInAsAdmin, syncDocument } from '../support/api.js';
import { buyOffering, offer, workThrough } from '../support/marketplace.js';
import { openWorld, type TestWorld } from '../support/world.js';

/** Every operation of the API, asked by every kind of caller about what is their own, another's, and nobody's: the answer is what the table says. */

type Whose = 'own' | 'other' | 'missing';
type Thing = Noun | 'checkoutSession' | 'colleague' | 'stream';
type Ids = Partial<Record<Thing, string>>;
/** A caller: what is sent with a request, and how the table names them. */
interface Caller {
  headers: Record<string, string>;
  role: 'ANONYMOUS' | 'SELLER' | 'VIEWER' | 'OPERATOR' | 'ADMIN' | 'PARTNER' | 'NOBODY';
  isOwner?: boolean;
  isPlatforms?: boolean;
  hasScopes?: boolean;
  /** Whether they gave their password longer ago than it is taken for. */
  isLate?: boolean;
}

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));
const operations = [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => ({ kind: 'query', field })),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => ({ kind: 'mutation', field })),
] as { kind: 'query' | 'mutation'; field: GraphQLField<unknown, unknown> }[];
operations.sort((one, other) => Number(one.field.name === 'disconnectAccount') - Number(other.field.name === 'disconnectAccount')); // nothing is as before it

/** What kind of thing an id argument names: by the argument, or where that says too little by the operation too. */
const nouns: Record<string, Thing> = {
  accountId: 'account',
  paymentId: 'payment',
  membershipId: 'membership',
  settlementId: 'settlement',
  offeringId: 'offering',
  personId: 'person',
  checkoutSessionId: 'checkoutSession',
  endpointId: 'webhookEndpoint',
  'setStaffRole.personId': 'colleague',
  'resyncEventStream.source': 'stream',
  'account.id': 'account',
  'publicAccount.id': 'account',
  'payment.id': 'payment',
  'offering.id': 'offering',
  'publicOffering.id': 'offering',
  'settlement.id': 'settlement',
  'proveSettlement.id': 'settlement',
  'node.id': 'payment',
  'bulkRetry.id': 'bulkRetry',
  'event.id': 'inboxEvent',
  'stopBulkRetry.id': 'bulkRetry',
  'rotateApiKey.id': 'apiKey',
  'revokeApiKey.id': 'apiKey',
  'withdrawInvitation.id': 'invitation',
  'replayEvents.ids': 'inboxEvent',
  'ignoreEvents.ids': 'inboxEvent',
  'replayDeliveries.ids': 'webhookDelivery',
  ...Object.fromEntries(
    ['updateWebhookEndpoint', 'rotateWebhookSecret', 'removeWebhookEndpoint', 'testWebhookEndpoint'].map((name) => [`${name}.id`, 'webhookEndpoint']),
  ),
};
/** Ids that only narrow a list, and tell nobody anything. */
const narrowing = new Set(['lookUp.id', 'auditLog.actor', 'auditLog.subjectId', 'revokeSession.id']);
/** What belongs to no seller: these ask about the platform's own. */
const platforms: Thing[] = ['bulkRetry', 'inboxEvent', 'colleague', 'stream'];

const values: Record<string, unknown> = {
  url: 'https://partner.example/hook',
  email: 'grace@example.com',
  reason: 'to see who may',
  source: 'platform',
};
/** What puts back what an operation takes away, before it is asked again. */
const restoring: Record<string, string> = {
  removeWebhookEndpoint: 'update webhook_endpoint set removed_at = null, disabled_at = null, disabled_because = null',
  setStaffRole: `update person set staff_role = 'VIEWER' where name = 'Colleague'`,
  endSeat: `insert into seat (tenant_id, person_id, role, created_at) select tenant_id, accepted_by, 'MEMBER', now() from invitation
    join person on person.id = accepted_by where person.name = 'Guest' on conflict do nothing`,
};

let world: TestWorld;
let callers: Record<string, Caller>;
let ids: Record<'luna' | 'sol', Ids>;
let database: pg.Client;
let questionCount = 0;

beforeAll(async () => {
  world = await openWorld({}, { works: false });
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
  const admin = await signInAsAdmin(world);
  const luna = await readySeller(world, 'Luna');
  const sol = await readySeller(world, 'Sol');
  await joinStaff(admin, 'VIEWER', 'Colleague');
  ids = { luna: await possessions(luna), sol: await possessions(sol) };
  const mona = await accept(world, await invited(luna, 'mona@example.com'), 'Mona');
  const cookieOf = ({ cookie }: Api) => ({ cookie: cookie as string });
  const revoked = await keyOf(luna, Object.keys(scopes));
  await luna.run('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { revoked } }', { id: revoked.id });
  const expired = await keyOf(luna, Object.keys(scopes));
  await database.query('update api_key set expires_at = now() where id = $1', [expired.id]);
  const late = async (person: Api) => {
    const { cookie } = await signInAgain(person);
    await database.query(`update sign_in_session set created_at = created_at - interval '6 minutes' where token_sha256 = $1`, [
      sha256((cookie as string).split('=')[1] as string),
    ]);
    return { cookie: cookie as string };
  };
  const keyed = async (maker: Api, granted: string[]) => ({ authorization: `Bearer ${(await keyOf(maker, granted)).secret}` });
  callers = {
    'a stranger': { headers: {}, role: 'ANONYMOUS' },
    'the seller': { headers: cookieOf(luna), role: 'SELLER', isOwner: true },
    'the seller, some minutes later': { headers: await late(luna), role: 'SELLER', isOwner: true, isLate: true },
    'a member of their account': { headers: cookieOf(mona), role: 'SELLER', isOwner: false },
    'a viewer': { headers: cookieOf(await joinStaff(admin, 'VIEWER')), role: 'VIEWER' },
    'an operator': { headers: cookieOf(await joinStaff(admin, 'OPERATOR')), role: 'OPERATOR' },
    'an administrator': { headers: cookieOf(await joinStaff(admin, 'ADMIN')), role: 'ADMIN' },
    'an administrator, some minutes later': { headers: await late(await joinStaff(admin, 'ADMIN')), role: 'ADMIN', isLate: true },
    'the account’s program': { headers: await keyed(luna, accountScopes), role: 'PARTNER', hasScopes: true },
    'the account’s program without scopes for it': { headers: await keyed(luna, ['payments:read_pii']), role: 'PARTNER', hasScopes: false },
    'the platform’s program': { headers: await keyed(admin, Object.keys(scopes)), role: 'PARTNER', isPlatforms: true, hasScopes: true },
    'a program with a revoked key': { headers: { authorization: `Bearer ${revoked.secret}` }, role: 'NOBODY' },
    'a program with an expired key': { headers: { authorization: `Bearer ${expired.secret}` }, role: 'NOBODY' },
  };
});
afterAll(async () => {
  await database.end();
  await world.close();
});

const accountScopes = Object.keys(scopes).filter((scope) => !['settlements:write', 'books:read'].includes(scope));

async function keyOf(maker: Api, granted: string[]): Promise<{ id: string; secret: string }> {
  const asked = maker.accountId === '' ? granted : granted.filter((scope) => accountScopes.includes(scope));
  const { createApiKey } = await maker.run<{ createApiKey: { id: string; secret: string } }>(
    'mutation ($scopes: [String!]!) { createApiKey(input: { name: "x", scopes: $scopes }) { id secret } }',
    { scopes: asked },
  );
  return createApiKey;
}

async function invited(owner: Api, email: string): Promise<string> {
  const { inviteToAccount } = await owner.run<{ inviteToAccount: { url: string } }>(
    'mutation ($id: ID!, $email: String!) { inviteToAccount(input: { accountId: $id, email: $email, role: MEMBER }) { url } }',
    { id: owner.accountId, email },
  );
  return inviteToAccount.url;
}

/** One of everything that a seller has. */
async function possessions(seller: Api): Promise<Ids> {
  const { id: offering } = await offer(seller, { unitPrice: 5_000, inDays: 10 });
  const payment = await buyOffering(world, offering);
  const checkoutSession = await openCheckout(world, seller.accountId, 'Membership');
  await world.control(`checkout/sessions/${checkoutSession}/pay`, { card: 'ok' });
  const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { membership: { id: string } } }>(syncDocument, {
    id: seller.accountId,
    session: checkoutSession,
  });
  await workThrough(world);
  const { settlements } = await seller.run<{ settlements: { nodes: { id: string }[] } }>('{ settlements { nodes { id } } }');
  const webhookEndpoint = `${idPrefixes.webhookEndpoint}_${seller.accountId.slice(4)}`;
  await database.query(
    `insert into webhook_endpoint (id, tenant_id, account_id, url, name, topics, created_by, created_at) select $1, tenant_id, id, 'https://10.0.0.1/hook', 'x', '{}', 'x', now() from account where id = $2`,
    [webhookEndpoint, seller.accountId],
  );
  await database.query(`insert into webhook_secret (endpoint_id, number, secret) values ($1, 1, 'whsec_' || repeat('a', 44))`, [webhookEndpoint]);
  const bulkRetry = `${idPrefixes.bulkRetry}_${'1'.repeat(26)}`;
  await database.query(
    `insert into bulk_retry (id, cause, reason, started_by, started_at) values ($1, 'x', 'to see', 'x', now()) on conflict do nothing`,
    [bulkRetry],
  );
  await accept(world, await invited(seller, `guest-of-${seller.accountId}@example.com`), 'Guest');
  await invited(seller, `open-${seller.accountId}@example.com`);
  const one = async (text: string, values: unknown[] = [seller.accountId]) =>
    (await database.query<{ id: string }>(text, values)).rows[0]?.id as string;
  return {
    account: seller.accountId,
    offering,
    payment,
    checkoutSession,
    membership: syncCheckoutSession.membership.id,
    settlement: settlements.nodes[0]?.id as string,
    apiKey: (await keyOf(seller, ['accounts:read'])).id,
    webhookEndpoint,
    bulkRetry,
    person: await one(`select person_id as id from seat join account using (tenant_id) where account.id = $1 and role = 'MEMBER'`),
    invitation: await one('select invitation.id from invitation join account using (tenant_id) where account.id = $1 and accepted_at is null'),
    stream: 'platform',
    colleague: await one(`select id from person where name = 'Colleague'`, []),
    inboxEvent: await one('select id from inbox_event limit 1', []),
  };
}

const missing = (thing: Thing): string => {
  if (thing === 'checkoutSession') return 'cs_test_none';
  if (thing === 'stream') return 'connect:acct_none';
  return `${idPrefixes[thing === 'colleague' ? 'person' : thing]}_${'0'.repeat(26)}`;
};

/** The operation's arguments, with the ids of what is whose; and whether any id of a seller's thing is among them. */
function argumentsOf({ name, args }: GraphQLField<unknown, unknown>, whose: Whose): { text: string; names: Thing[] } {
  const named: Thing[] = [];
  const idOf = (argument: string): string => {
    const noun = nouns[`${name}.${argument}`] ?? nouns[argument];
    if (!noun) throw new Error(`Say in this test what ${name}(${argument}) is an id of.`);
    named.push(noun);
    return (whose === 'missing' ? missing(noun) : ids[whose === 'own' ? 'luna' : 'sol'][noun]) ?? missing(noun);
  };
  const literal = (type: GraphQLInputType, argument: string): string => {
    const bare = getNullableType(type);
    if (isListType(bare)) return `[${literal(bare.ofType, argument)}]`;
    if (isInputObjectType(bare))
      return `{ ${Object.values(bare.getFields())
        .filter(isWanted)
        .map((inner) => `${inner.name}: ${literal(inner.type, inner.name)}`)
        .join(', ')} }`;
    if (isEnumType(bare)) return bare.getValues()[0]?.name as string;
    const scalar = getNamedType(bare).name;
    if (narrowing.has(`${name}.${argument}`)) return '"x"';
    if (scalar === 'ID' || nouns[argument]) return JSON.stringify(idOf(argument));
    if (scalar === 'DateTime') return JSON.stringify(later(world.app.openWork().clock.now(), 30 * dayMs).toISOString());
    if (scalar === 'Boolean') return 'true';
    if (scalar === 'CurrencyCode') return '"USD"';
    if (scalar === 'String') return JSON.stringify(argument === 'scopes' ? 'accounts:read' : (values[argument] ?? 'x'));
    return '100';
  };
  const isWanted = ({ name: argument, type }: { name: string; type: GraphQLInputType }) =>
    isNonNullType(type) || (getNamedType(type).name === 'ID' && !narrowing.has(`${name}.${argument}`));
  const text = args.filter(isWanted).map((argument) => `${argument.name}: ${literal(argument.type, argument.name)}`);
  return { text: text.length > 0 ? `(${text.join(', ')})` : '', names: named };
}

/** The least that can be asked of an operation. */
function selectionOf({ type }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  return isObjectType(named) && 'userErrors' in named.getFields() ? '{ userErrors { code } }' : '{ __typename }';
}

/** y: done, or refused as a value; s: the password is asked for again; else the code, and the words with every id taken out of them. */
async function ask(caller: Caller, document: string): Promise<{ letter: string; words: string }> {
  questionCount++;
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...caller.headers },
    body: JSON.stringify({ query: document }),
  });
  const { errors } = (await answer.json()) as { errors?: { message: string; extensions: { code: string; reason?: string } }[] };
  const letters: Record<string, string> = { UNAUTHENTICATED: 'u', FORBIDDEN: 'f', NOT_FOUND: 'n', BAD_USER_INPUT: 'y' };
  const [error] = errors ?? [];
  const words = (error?.message ?? '').replace(/"[^"]*"/g, '…');
  if (error?.extensions.reason === 'STEP_UP_REQUIRED') return { letter: 's', words };
  return { letter: error ? (letters[error.extensions.code] ?? `${error.extensions.code}: ${error.message}`) : 'y', words };
}

/** What the table says: about what is the caller's own, another's, and nobody's. A dot: they may, and whether there is such a thing is not for the table. */
function expected(name: Action, caller: Caller, names: Thing[]): string {
  if (caller.role === 'NOBODY') return 'uuu';
  const grants: Partial<Record<string, string>> = permissions[name];
  let reach = grants[caller.role];
  if (caller.role === 'PARTNER' && reach !== undefined && reach !== 'ANY')
    reach = !caller.hasScopes ? undefined : caller.isPlatforms ? 'ALL' : grants['SELLER'] === undefined ? undefined : 'OWN';
  if (reach === 'OWNER') reach = caller.isOwner ? 'OWN' : undefined;
  if (reach === undefined) return caller.role === 'ANONYMOUS' ? 'uuu' : 'fff';
  if (caller.isLate && steppedUpActions.has(name)) return 's';
  if (names.length === 0) return 'yyy';
  return reach === 'OWN' && !names.every((noun) => platforms.includes(noun)) ? 'ynn' : 'yy.';
}

/** What a node is, its own kind of thing says: here a payment. */
const actionOf = (name: string) => (name === 'node' ? 'payment' : name) as Action;

describe('every operation, asked by every kind of caller about what is their own, another’s and nobody’s', () => {
  it.each(operations.map(({ kind, field }) => [field.name, kind, field] as const))('%s (%s)', async (name, kind, field) => {
    expect(Object.keys(permissions)).toContain(name);
    const found: Record<string, string> = {};
    const wanted: Record<string, string> = {};
    for (const [who, caller] of Object.entries(callers)) {
      const { names } = argumentsOf(field, 'own');
      const should = expected(actionOf(name), caller, names);
      const isSame = should === 'uuu' || should === 'fff' || should === 'yyy'; // whosever it is: the farthest two are asked about
      const told: { letter: string; words: string }[] = [];
      for (const whose of should === 's' ? (['own'] as const) : isSame ? (['missing', 'own'] as const) : (['missing', 'other', 'own'] as const)) {
        if (restoring[name]) await database.query(restoring[name]);
        const { text } = argumentsOf(field, whose);
        told.unshift(await ask(caller, `${kind} { ${name}${text} ${selectionOf(field)} }`));
      }
      wanted[who] = isSame ? should.slice(1) : should;
      found[who] = told.map(({ letter }, n) => (wanted[who]?.[n] === '.' && 'yn'.includes(letter) ? '.' : letter)).join('');
      if (should === 'ynn') expect([who, told[1]?.words]).toEqual([who, told[2]?.words]); // another's is told in the words for a missing one
    }
    expect(found).toEqual(wanted);
  });

  it('leaves no cell of the table unasked', () => {
    process.stdout.write(
      `${operations.length} operations, ${Object.keys(callers).length} callers, ${questionCount} questions asked and answered as the table says\n`,
    );
    expect(questionCount).toBeGreaterThan(1_500);
  });
});
