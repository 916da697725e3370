import { invalid } from './errors.js';

/** A decoded form: text at the leaves, as it came. */
export type Form = { [name: string]: string | Form | (string | Form)[] };

const pairsMax = 1_000;

/** Decodes Stripe's form encoding: `a[b]=1`, `a[0][b]=1`, `a[]=1`. */
export function decodeForm(text: string): Form {
  const root: Form = Object.create(null) as Form;
  const pairs = [...new URLSearchParams(text)];
  for (const [name, value] of pairs.slice(0, pairsMax)) put(root, name, value);
  return arraysOf(root) as Form;
}

/** Decodes the JSON of the v2 API to what a form would have said. */
export function decodeJson(text: string): Form {
  try {
    return leavesAsText(JSON.parse(text === '' ? '{}' : text)) as Form;
  } catch {
    throw invalid(null, 'The body is not JSON.');
  }
}

function leavesAsText(value: unknown): Form[string] {
  if (Array.isArray(value)) return value.map(leavesAsText) as (string | Form)[];
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, leavesAsText(of)]));
  return value === null ? '' : String(value);
}

function put(root: Form, name: string, value: string): void {
  const keys = name.split(/\[|\]\[|\]/).filter((key, i) => key !== '' || i === 1);
  let at = root;
  for (const [i, raw] of keys.entries()) {
    const key = raw === '' ? String(Object.keys(at).length) : raw;
    if (i === keys.length - 1) at[key] = value;
    else {
      const next = at[key];
      const inner = typeof next === 'object' && !Array.isArray(next) ? next : (Object.create(null) as Form);
      at[key] = inner;
      at = inner;
    }
  }
}

/** Turns objects with the keys 0, 1, 2 … into lists. */
function arraysOf(value: string | Form | (string | Form)[]): string | Form | (string | Form)[] {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  const inner = Object.fromEntries(keys.map((key) => [key, arraysOf(value[key] as string | Form)]));
  return keys.length > 0 && keys.every((key, i) => key === String(i)) ? (Object.values(inner) as (string | Form)[]) : (inner as Form);
}
