import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Chance } from '../proving/chance.js';
import { mangled, strangeNumber, strangeText, strangeValue } from './values.js';

export interface GraphqlBody {
  query: unknown;
  variables?: unknown;
  operationName?: unknown;
}

/** Operations that do something beyond this server and its simulator, or take long by what they are for. */
const leftOut = ['runExplorerStep'];

/**
 * A document drawn from the schema with values of any kind: most can be read and run, some are nearly right, some are nothing at all.
 * `ids` are of things there are.
 */
export function drawDocument(chance: Chance, schema: GraphQLSchema, ids: readonly string[]): GraphqlBody {
  const isMutation = chance.happens(0.4);
  const root = isMutation ? schema.getMutationType() : schema.getQueryType();
  const fields = Object.values(root?.getFields() ?? {}).filter(({ name }) => !leftOut.includes(name));
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];

  const scalar = (name: string): unknown => {
    if (chance.happens(0.25)) return strangeValue(chance, 1);
    if (name === 'Boolean') return chance.happens(0.5);
    if (name === 'ID') return chance.happens(0.6) ? chance.of(ids) : strangeText(chance);
    if (name === 'Int' || name === 'MinorUnits' || name === 'BasisPoints' || name === 'Float') return strangeNumber(chance);
    if (name === 'CurrencyCode') return chance.of(['USD', 'JPY', 'EUR', 'usd', 'XXX']);
    if (name === 'DateTime') return chance.of(['2026-12-24T12:00:00.000Z', '1970-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', 'tomorrow']);
    return chance.happens(0.3) ? chance.of(ids) : strangeText(chance);
  };
  const drawnFor = (type: GraphQLInputType): unknown => {
    if (!isNonNullType(type) && chance.happens(0.1)) return null;
    const bare = getNullableType(type);
    if (isListType(bare)) return Array.from({ length: chance.below(4) }, () => drawnFor(bare.ofType));
    if (isEnumType(bare)) return chance.of([...bare.getValues().map(({ name }) => name), strangeText(chance)]);
    if (isInputObjectType(bare))
      return Object.fromEntries(
        Object.values(bare.getFields())
          .filter(isGiven)
          .map((field) => [field.name, drawnFor(field.type)]),
      );
    return scalar(getNamedType(bare).name);
  };
  const isGiven = ({ type }: GraphQLArgument | GraphQLInputField) => chance.happens(isNonNullType(type) ? 0.95 : 0.4);
  const argument = ({ name, type }: GraphQLArgument): string => {
    const value = drawnFor(type);
    if (chance.happens(0.4)) return `${name}: ${literal(value, getNullableType(type))}`;
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${type}`);
    variables[variable] = value;
    return `${name}: $${variable}`;
  };
  const call = ({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string => {
    const given = args.filter(isGiven).map(argument);
    const alias = chance.happens(0.05) ? `a${chance.below(5)}: ` : '';
    return `${alias}${name}${given.length > 0 ? `(${given.join(', ')})` : ''}${selection(type, depth)}`;
  };
  const selection = (type: GraphQLOutputType, depth: number): string => {
    const named = getNamedType(type);
    if (isLeafType(named)) return '';
    if (isAbstractType(named)) return chance.happens(0.5) ? ' { __typename }' : ' { id ... on Payment { status } ... on Account { displayName } }';
    if (!isObjectType(named) || depth === 0) return ' { __typename }';
    const chosen = Object.values(named.getFields()).filter(({ type: of }) => chance.happens(isLeafType(getNamedType(of)) ? 0.4 : 0.25));
    return ` { ${['__typename', ...chosen.map((field) => call(field, depth - 1))].join(' ')} }`;
  };

  const calls = Array.from({ length: 1 + chance.below(3) }, () => call(chance.of(fields), chance.below(5)));
  const query = `${isMutation ? 'mutation' : 'query'} Fuzz${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${calls.join(' ')} }`;
  return spoilt(chance, { query, variables });
}

/** Most as they are; some with the text or the variables broken, or of another shape. */
function spoilt(chance: Chance, { query, variables }: { query: string; variables: Record<string, unknown> }): GraphqlBody {
  const how = chance.next();
  if (how < 0.75) return { query, variables };
  if (how < 0.88) return { query: mangled(chance, query), variables };
  if (how < 0.93) return { query, variables: strangeValue(chance) };
  if (how < 0.96) return { query: `query { ${'node(id: "x") { ... on Account { payments { nodes { account { '.repeat(chance.below(30))} id` };
  if (how < 0.98) return { query: strangeValue(chance), variables: strangeValue(chance), operationName: strangeValue(chance) };
  return { query: `${query} ${query}`, variables, operationName: chance.of(['Fuzz', 'None', '']) };
}

/** A value as it stands in a document. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, isListType(type) ? getNullableType(type.ofType) : type)).join(', ')}]`;
  if (isEnumType(type) && typeof value === 'string' && /^[_A-Za-z]\w*$/.test(value)) return value;
  if (value !== null && typeof value === 'object') {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    const inner = Object.entries(value).map(([name, one]) => {
      const of = fields[name]?.type;
      return `${/^[_A-Za-z]\w*$/.test(name) ? name : 'x'}: ${of ? literal(one, getNullableType(of)) : JSON.stringify(one)}`;
    });
    return `{ ${inner.join(', ')} }`;
  }
  return JSON.stringify(value) ?? 'null';
}
