import { randomUUID } from 'node:crypto';
import type { Stripe } from 'stripe';
import { Refusal } from '../base/errors.js';
import type { OwnServer } from './own-server.js';

/** One value a step takes: what it is, where it comes from unless it is typed, and how it is read. */
export interface Parameter<T> {
  label: string;
  /** What is taken where nothing is typed; null for what must come from an earlier step or be typed. */
  fallback: (() => string) | null;
  /** How ids of the kind begin: an earlier result goes there, or any id like it. */
  prefix: string | null;
  isSecret: boolean;
  read(typed: string, name: string): T;
}
type Taken<P> = { [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

const typedMax = 2_000;

/** A text, as it is typed. */
export function text(label: string, fallback: string): Parameter<string> {
  return { label, fallback: () => fallback, prefix: null, isSecret: false, read: limited };
}

/** A text that is another one each time, so that the step can be run again. */
export function fresh(label: string, begin: string): Parameter<string> {
  return { label, fallback: () => `${begin}${randomUUID().slice(0, 8)}`, prefix: null, isSecret: false, read: limited };
}

/** A whole number, an amount in minor units for one. */
export function whole(label: string, fallback: number): Parameter<number> {
  return {
    label,
    fallback: () => String(fallback),
    prefix: null,
    isSecret: false,
    read(typed, name) {
      if (!/^-?\d{1,15}$/.test(typed))
        throw new Refusal('INVALID', `${name} is ${JSON.stringify(typed.slice(0, 80))}; it takes a whole number.`, [name]);
      return Number(typed);
    },
  };
}

/** What an earlier step made, or the id of another of its kind. */
export function id(label: string, prefix: string): Parameter<string> {
  return {
    label,
    fallback: null,
    prefix,
    isSecret: false,
    read(typed, name) {
      if (typed.startsWith(prefix)) return limited(typed, name);
      throw new Refusal('INVALID', `${name} is ${JSON.stringify(typed.slice(0, 80))}; it takes an id that begins with ${prefix}.`, [name]);
    },
  };
}

/** What an earlier step told, and is no id. */
export function told(label: string, { isSecret = false } = {}): Parameter<string> {
  return { label, fallback: null, prefix: null, isSecret, read: limited };
}

function limited(typed: string, name: string): string {
  if (typed.length > typedMax) throw new Refusal('INVALID', `${name} is longer than ${typedMax} characters.`, [name]);
  return typed;
}

/** A step of a chapter: what it teaches, what it takes, the code it runs, and what later steps use of it. */
export interface Step {
  name: string;
  title: string;
  explanation: string;
  takes: Record<string, Parameter<unknown>>;
  /** The code that runs, as text: that of the step, and of our own functions it calls. */
  code: string;
  /** The names that later steps know its results by. */
  binds: { name: string; isSecret: boolean }[];
  /** Whether a refusal is what it is meant to show; null where either may happen. */
  isRefused: boolean | null;
  /** Why it may be refused, for who sees that it was; null where nothing is foreseen. */
  whyRefused: string | null;
  /** Whether it is about this server itself, and needs one. */
  isOfServer: boolean;
  /** The columns of a list it answers; null where it answers something else. */
  columns: string[] | null;
  run(stripe: Stripe, values: Record<string, unknown>, server: OwnServer | null): Promise<unknown>;
  bind(result: unknown): Record<string, string>;
}

interface StepOf<P extends Record<string, Parameter<unknown>>, R, S extends boolean> {
  name: string;
  title: string;
  explanation: string;
  takes: P;
  isOfServer?: S;
  run(input: Taken<P> & { stripe: Stripe } & (S extends true ? { server: OwnServer } : unknown)): Promise<R> | R;
  binds?: Record<string, (result: Awaited<R>) => string | null>;
  secrets?: string[];
  isRefused?: boolean | null;
  whyRefused?: string;
  columns?: string[];
  /** Functions of ours that the code calls, to be shown with it. */
  uses?: { toString(): string }[];
}

/** Makes a step of data and one function; the code it shows is the text of that function. */
export function step<const P extends Record<string, Parameter<unknown>>, R, S extends boolean = false>(made: StepOf<P, R, S>): Step {
  const { name, title, explanation, takes, run, binds = {}, secrets = [], isRefused = false, columns = null, uses = [] } = made;
  return {
    name,
    title,
    explanation,
    takes,
    isRefused,
    whyRefused: made.whyRefused ?? null,
    isOfServer: made.isOfServer ?? false,
    columns,
    code: [...uses, run].map((code) => outdented(code.toString())).join('\n\n'),
    binds: Object.keys(binds).map((bound) => ({ name: bound, isSecret: secrets.includes(bound) })),
    run: async (stripe, values, server) => run({ ...values, stripe, server } as Parameters<typeof run>[0]),
    bind: (result) =>
      Object.fromEntries(
        Object.entries(binds).flatMap(([bound, of]) => {
          const value = of(result as Awaited<R>);
          return value === null ? [] : [[bound, value]];
        }),
      ),
  };
}

/** The code as if it stood by itself: without the indentation of the place it is written in. */
function outdented(code: string): string {
  const lines = code.split('\n');
  const depth = /^ */.exec(lines.at(-1) ?? '')?.[0].length ?? 0;
  return lines.map((line) => line.replace(new RegExp(`^ {0,${depth}}`), '')).join('\n');
}

/** Steps in the order they are read and run in. */
export interface Chapter {
  name: string;
  title: string;
  explanation: string;
  steps: Step[];
}
