import 'reflect-metadata';
import { Arg, Field, FieldResolver, ID, InterfaceType, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql';
import { Refusal, type RefusalCode, refusalCodes } from '../src/base/errors.js';
import { decimalText, formatMoney } from '../src/base/money.js';
import { cursorOf, type Page, type TimeOrder } from '../src/db/paging.js';
import { CurrencyCode, MinorUnits } from './scalars.js';

/** Makes an enum of the API from a list of words, each with its meaning. */
export function enumOf<const T extends string>(name: string, description: string, values: Record<T, string>): Record<T, T> {
  const members = Object.fromEntries(Object.keys(values).map((value) => [value, value])) as Record<T, T>;
  registerEnumType(members, {
    name,
    description,
    valuesConfig: Object.fromEntries(Object.entries<string>(values).map(([value, told]) => [value, { description: told }])) as never,
  });
  return members;
}

export const TimeOrderName = enumOf('TimeOrder', 'In which order a list is told that goes by time.', {
  NEWEST: 'The newest first.',
  OLDEST: 'The oldest first.',
} satisfies Record<TimeOrder, string>);

@InterfaceType('Node', {
  description: 'Anything with an id of its own, to be fetched again by `node`.',
  resolveType: (value: { nodeType: string }) => value.nodeType,
})
export abstract class NodeObject {
  @Field(() => ID, { description: 'Unique among all objects; its prefix names the kind.' })
  id!: string;
}

@ObjectType('PageInfo', { description: 'Where a page of a list stands.', simpleResolvers: true })
export class PageInfoObject {
  @Field(() => Boolean, { description: 'Whether more follow.' })
  hasNextPage!: boolean;
  @Field(() => Boolean, { description: 'Whether the page began after a cursor.' })
  hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: 'The first entry’s cursor; null on an empty page.' })
  startCursor!: string | null;
  @Field(() => String, { nullable: true, description: 'The last entry’s cursor, for `after` of the next page; null on an empty page.' })
  endCursor!: string | null;
}

@ObjectType('Money', { description: 'An amount with its currency.', simpleResolvers: true })
export class MoneyObject {
  @Field(() => MinorUnits, { description: 'In minor units of the currency.' })
  amount!: number;
  @Field(() => CurrencyCode, { description: 'The amount’s currency.' })
  currency!: string;
}

export function money(amount: number, currency: string): MoneyObject {
  return { amount, currency };
}

@Resolver(() => MoneyObject)
export class MoneyResolver {
  @FieldResolver(() => String, { description: 'The amount in whole units with its digits: "25.00", or "2500" in JPY.' })
  decimal(@Root() { amount, currency }: MoneyObject): string {
    return decimalText(amount, currency);
  }

  @FieldResolver(() => String, { description: 'The amount as people of a locale write it: "€25.00".' })
  formatted(
    @Root() { amount, currency }: MoneyObject,
    @Arg('locale', () => String, { nullable: true, description: 'A BCP 47 tag such as de or en-GB; English where absent or unknown.' }) locale:
      | string
      | null,
  ): string {
    return formatMoney(amount, currency, locale ?? 'en');
  }
}

const codeMeanings: Record<RefusalCode, string> = {
  ACCOUNT_NOT_READY: 'The seller’s account cannot take payments yet.',
  PRICE_NOT_SET: 'The seller offers nothing of this kind.',
  AMOUNT_TOO_SMALL: 'The amount is below what Stripe charges, or leaves nothing.',
  AMOUNT_TOO_LARGE: 'The amount is above what Stripe charges.',
  CURRENCY_UNSUPPORTED: 'Stripe does not charge in this currency.',
  EMAIL_INVALID: 'The e-mail address cannot be used.',
  QUANTITY_INVALID: 'The quantity cannot be bought.',
  DATE_INVALID: 'The date is not possible here.',
  OFFERING_CLOSED: 'The offering is no longer sold.',
  ALREADY_IN_PROGRESS: 'The same is being done already.',
  NOT_RETRIABLE: 'This cannot be tried again.',
  NOT_REFUNDABLE: 'This cannot be refunded, or not so much of it.',
  CONTROLLER_INVALID: 'Stripe does not support these controller properties for this.',
  STRIPE_UNAVAILABLE: 'Stripe does not answer at the moment; trying again later helps.',
  STRIPE_REFUSED: 'Stripe refused for good; the message says why.',
  NOT_CONNECTED: 'The account is not connected to Stripe.',
  INVALID: 'A value is not allowed; the message says which and what is.',
  CONFLICT: 'Something else happened to the object in the meantime.',
  VERIFICATION_REQUIRED: 'The outcome of an earlier try is unknown; a person looks first.',
  IDEMPOTENCY_KEY_REUSED: 'The key came with another request before.',
  IDEMPOTENCY_KEY_IN_USE: 'The first request under the key is still running.',
};
export const UserErrorCode = enumOf(
  'UserErrorCode',
  'Why a mutation was refused. More may be added; have a default.',
  Object.fromEntries(refusalCodes.map((code) => [code, codeMeanings[code]])) as Record<RefusalCode, string>,
);

@ObjectType('UserError', { description: 'An expected refusal: nothing has changed, and the caller can act on it.', simpleResolvers: true })
export class UserErrorObject {
  @Field(() => UserErrorCode, { description: 'For programs.' })
  code!: RefusalCode;
  @Field(() => String, { description: 'For people: what was refused, and the value that came.' })
  message!: string;
  @Field(() => [String], { nullable: true, description: 'The way into the input; null where it is about the whole request.' })
  path!: string[] | null;
  @Field(() => String, { nullable: true, description: 'The next thing to do; null where there is none.' })
  remedy!: string | null;
}

export type Answered<T> = T & { userErrors: UserErrorObject[] };

/** Runs an action: what it answers, or its refusal as a value beside `empty`. Everything else is for the entrance to mask. */
export async function answer<T extends object>(empty: T, run: () => Promise<T>): Promise<Answered<T>> {
  try {
    return { ...(await run()), userErrors: [] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, message, path, remedy } = error;
    return { ...empty, userErrors: [{ code, message, path: path ? [...path] : null, remedy }] };
  }
}

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfoObject;
}

/** A page as GraphQL lists write it. */
export function connectionOf<Row extends { id: string }, T>(page: Page<Row>, toNode: (row: Row) => T): Connection<T> {
  const edges = page.rows.map((row) => ({ cursor: cursorOf(row.id), node: toNode(row) }));
  const { hasNextPage, hasPreviousPage } = page;
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { hasNextPage, hasPreviousPage, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
  };
}

/** The edge and connection types of a node. */
export function connectionTypes<T extends object>(name: string, plural: string, node: () => new () => T) {
  @ObjectType(`${name}Edge`, { description: `One entry of a list of ${plural}.`, simpleResolvers: true })
  class Edge {
    @Field(() => String, { description: 'For `after`, to go on from here.' })
    cursor!: string;
    @Field(node, { description: 'The entry itself.' })
    node!: T;
  }
  @ObjectType(`${name}Connection`, { description: `A page of ${plural}, newest first.`, simpleResolvers: true })
  class ConnectionObject {
    @Field(() => [Edge], { description: 'The entries with their cursors.' })
    edges!: Edge[];
    @Field(() => [node()], { description: 'The entries alone.' })
    nodes!: T[];
    @Field(() => PageInfoObject, { description: 'Where this page stands.' })
    pageInfo!: PageInfoObject;
  }
  return ConnectionObject;
}
