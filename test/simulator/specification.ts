import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What Stripe's SDK declares of the part of the API that is simulated, in a notation of its own, one text a member:
 * `string`, `number`, `boolean`, `null`, `'literal'`, a type's name, `[of]` a list, `{of}` a map of names, `<of>` a page, `any`; `|` between them.
 */
export interface Specification {
  /** By method and path: how the SDK calls it, what it takes, what it answers. */
  endpoints: Record<string, { name: string; takes: string | null; answers: string }>;
  /** By event type, the object it is about. */
  events: Record<string, string>;
  /** By type, its members; those that may be missing end with `?`. */
  types: Record<string, Record<string, string>>;
}

const root = join(import.meta.dirname, '../../..');

/** Where the specification is kept: written by `node dist/test/simulator/write-specification.js`, anew for each version of the SDK. */
export const specificationFile = join(root, 'test/simulator/specification.json');

export function readSpecification(): Specification {
  return JSON.parse(readFileSync(specificationFile, 'utf8')) as Specification;
}

/** A specification as its file has it: one line for each type, so that what a version changes can be read. */
export function printed(specification: Specification): string {
  const sections = Object.entries(specification).map(([name, entries]) => {
    const lines = Object.entries(entries).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return ` ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n }`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

/** A path of the API without the ids in it: `/v1/transfers/:id`. */
export function withoutIds(path: string): string {
  return path.replace(/:\w+/g, ':id');
}
