import { invalid, unknownParameter } from './errors.js';
import type { Form } from './form.js';

type Raw = Form[string];

/** How one parameter is read: its value from the form, or Stripe's complaint. */
export interface Kind<T> {
  read(raw: Raw, path: string): T;
  required?: boolean;
}

/** Kinds for the parameters of one of the SDK's types: a name the SDK does not have is a compile error. */
export type Spec<Params> = { [K in keyof Params]?: Kind<unknown> };

/** The values a spec reads, for use by a handler. */
export type Values<S> = { [K in keyof S]?: S[K] extends Kind<infer T> ? T : never };

export const text: Kind<string> = {
  read(raw, path) {
    if (typeof raw !== 'string') throw invalid('parameter_invalid_string_empty', `Invalid string: ${path}`, path);
    return raw;
  },
};

export const integer: Kind<number> = {
  read(raw, path) {
    if (typeof raw !== 'string' || !/^-?\d{1,15}$/.test(raw)) throw invalid('parameter_invalid_integer', `Invalid integer: ${String(raw)}`, path);
    return Number(raw);
  },
};

/** A number of things, or an amount: none, or more. */
export const natural: Kind<number> = {
  read(raw, path) {
    const value = integer.read(raw, path);
    if (value < 0) throw invalid('parameter_invalid_integer', `Invalid non-negative integer: ${value}`, path);
    return value;
  },
};

export const decimal: Kind<number> = {
  read(raw, path) {
    if (typeof raw !== 'string' || !/^\d{1,12}(\.\d{1,12})?$/.test(raw)) throw invalid(null, `Invalid decimal: ${String(raw)}`, path);
    return Number(raw);
  },
};

export const flag: Kind<boolean> = {
  read(raw, path) {
    if (raw !== 'true' && raw !== 'false') throw invalid(null, `Invalid boolean: ${String(raw)}`, path);
    return raw === 'true';
  },
};

/** A map of names to text, as metadata is. */
export const texts: Kind<Record<string, string>> = {
  read(raw, path) {
    if (raw === '') return {};
    if (typeof raw === 'string' || Array.isArray(raw)) throw invalid(null, `Invalid object: ${path}`, path);
    return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, text.read(value, `${path}[${key}]`)]));
  },
};

/** A map of names to whole numbers; a name without one is taken out of it. */
export const integers: Kind<Record<string, number | null>> = {
  read(raw, path) {
    if (raw === '') return {};
    if (typeof raw === 'string' || Array.isArray(raw)) throw invalid(null, `Invalid object: ${path}`, path);
    return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, value === '' ? null : integer.read(value, `${path}[${key}]`)]));
  },
};

export function oneOf<const T extends string>(...allowed: T[]): Kind<T> {
  return {
    read(raw, path) {
      if (!allowed.includes(raw as T)) throw invalid(null, `Invalid ${path}: must be one of ${allowed.join(', ')}`, path);
      return raw as T;
    },
  };
}

export function list<T>(of: Kind<T>): Kind<T[]> {
  return {
    read(raw, path) {
      if (!Array.isArray(raw)) throw invalid(null, `Invalid array: ${path}`, path);
      return raw.map((item, i) => of.read(item, `${path}[${i}]`));
    },
  };
}

export function required<T>(kind: Kind<T>): Kind<T> & { required: true } {
  return { ...kind, required: true };
}

/** An object whose members are those of `spec` and no others. */
export function object<S extends Record<string, Kind<unknown>>>(spec: S): Kind<Values<S>> {
  return { read: (raw, path) => readAll(spec, raw, path) };
}

/** Reads a request's parameters by its spec: unknown and missing ones are refused by name. */
export function readAll<S extends Record<string, Kind<unknown>>>(spec: S, raw: Raw, path = ''): Values<S> {
  if (typeof raw === 'string' || Array.isArray(raw)) throw invalid(null, `Invalid object: ${path}`, path);
  const nameOf = (key: string) => (path ? `${path}[${key}]` : key);
  for (const key of Object.keys(raw)) {
    if (!(key in spec) && !(path === '' && key === 'expand')) throw invalid('parameter_unknown', unknownParameter(nameOf(key)), nameOf(key));
  }
  const values: Record<string, unknown> = {};
  for (const [key, kind] of Object.entries(spec)) {
    const given = raw[key];
    if (given !== undefined) values[key] = kind.read(given, nameOf(key));
    else if (kind.required) throw invalid('parameter_missing', `Missing required param: ${nameOf(key)}.`, nameOf(key));
  }
  return values as Values<S>;
}
