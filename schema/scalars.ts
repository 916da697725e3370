import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { at } from '../src/base/clock.js';

function wrong(scalar: string, value: unknown, takes: string): GraphQLError {
  return new GraphQLError(`${scalar} cannot be ${JSON.stringify(value)?.slice(0, 60)}: it takes ${takes}.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

/** The literal as the value it stands for, or what was written where it stands for none. */
function literal(node: ValueNode): unknown {
  if (node.kind === Kind.INT || node.kind === Kind.FLOAT) return Number(node.value);
  return 'value' in node ? node.value : node.kind;
}

function whole(name: string, min: number, max: number, description: string): GraphQLScalarType<number, number> {
  const takes = `a whole number${min === 0 ? ` from 0 to ${max}` : ''}`;
  const parse = (value: unknown): number => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw wrong(name, value, takes);
    return value;
  };
  return new GraphQLScalarType({ name, description, serialize: parse, parseValue: parse, parseLiteral: (node) => parse(literal(node)) });
}

export const MinorUnits = whole(
  'MinorUnits',
  Number.MIN_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER,
  'A whole number of a currency’s minor units (cents for USD, yen for JPY), exact up to 2^53 - 1.',
);

export const BasisPoints = whole('BasisPoints', 0, 10_000, 'Hundredths of a percent, 0 to 10000: 800 is 8 %.');

function parseCurrency(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value)) throw wrong('CurrencyCode', value, 'three capital letters such as EUR');
  return value;
}
export const CurrencyCode = new GraphQLScalarType({
  name: 'CurrencyCode',
  description: 'An ISO 4217 currency code in capitals, such as EUR.',
  serialize: parseCurrency,
  parseValue: parseCurrency,
  parseLiteral: (node) => parseCurrency(literal(node)),
});

const instantForm = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Date.parse takes the 30th of February for the 2nd of March; a day that is in no calendar is no day here. */
function isDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && at(midnight).toISOString().startsWith(day);
}

function parseInstant(value: unknown): Date {
  const day = typeof value === 'string' ? instantForm.exec(value)?.[1] : undefined;
  const date = day !== undefined && isDay(day) ? Date.parse(value as string) : Number.NaN;
  if (Number.isNaN(date)) throw wrong('DateTime', value, 'an instant such as 2027-01-31T12:00:00Z');
  return at(date);
}
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant in UTC as ISO 8601 writes it, to the millisecond.',
  serialize: (value) => (value instanceof Date ? value.toISOString() : String(value)),
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(literal(node)),
});
