import { lexicographicSortSchema, printSchema } from 'graphql';
import { apiSchema } from './build.js';

/** The API as partners read it: `schema/schema.graphql`, sorted so that a change shows where it is. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(apiSchema()))}\n`;
}
