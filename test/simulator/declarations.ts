import { join } from 'node:path';
import Stripe from 'stripe';
import { isClassDeclaration, isTypeAliasDeclaration } from 'typescript/unstable/ast/is';
import { API, type Checker, type Project, SignatureKind, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';
import type { Specification } from './specification.js';

/** What the SDK's own declarations say of each endpoint and each event. */
export interface Declarations {
  /** The endpoints by method and path, each id of it `:id`. */
  endpoints: Map<string, Endpoint>;
  /** The specification of those that are asked for, and of all events about what they answer. */
  specify(endpoints: string[]): Specification;
  close(): void;
}

export interface Endpoint {
  /** How the SDK calls it: `transfers.create`. */
  name: string;
  parameters: Type | null;
  answer: Type;
}

/** Reads the declarations of the installed SDK, in about a second. */
export function readDeclarations(root: string): Declarations {
  const api = new API({ cwd: root });
  const [project] = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] }).getProjects();
  if (!project) throw new Error(`there is no project in ${root}`);
  const endpoints = endpointsOf(project);
  return { endpoints, specify: (asked) => new Writer(project, endpoints).specify(asked), close: () => api.close() };
}

/** A type that a file of the SDK declares. */
function declared({ program, checker }: Project, file: string, name: string): Type {
  const path = program.getSourceFileNames().find((one) => one.endsWith(`/stripe/esm/${file}`));
  const statements = path === undefined ? [] : (program.getSourceFile(path)?.statements ?? []);
  for (const statement of statements) {
    if (!(isClassDeclaration(statement) || isTypeAliasDeclaration(statement)) || statement.name?.text !== name) continue;
    const symbol = checker.getSymbolAtLocation(statement.name);
    if (symbol) return checker.getDeclaredTypeOfSymbol(symbol);
  }
  throw new Error(`the SDK among the project's files declares no ${name} in ${file}`);
}

/** `sdk.v2.billing` holds resources two deep. */
const namespacesDeep = 2;

/** Calls each method of the SDK for the path it would ask, and sends nothing. */
function endpointsOf(project: Project): Map<string, Endpoint> {
  const found = new Map<string, Endpoint>();
  let asked: string | null = null;
  const sdk = new Stripe('sk_test_declarations', { telemetry: false });
  const resource = Object.getPrototypeOf(Object.getPrototypeOf(sdk.transfers)) as { _makeRequest: unknown };
  const send = resource._makeRequest;
  resource._makeRequest = (method: string, path: string) => {
    asked = `${method} ${decodeURIComponent(path)}`;
    return Promise.resolve({});
  };
  const isResource = (value: unknown) => Object.prototype.isPrototypeOf.call(resource, value as object);
  const isNamespace = (value: unknown, deep: number): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).some((one) => isResource(one) || (deep > 1 && isNamespace(one, deep - 1)));
  const walk = (object: Record<string, unknown>, of: Type, names: string[]): void => {
    for (const property of project.checker.getPropertiesOfType(of)) {
      const { name } = property;
      const value = object[name];
      const type = project.checker.getTypeOfSymbol(property);
      if (!type || name.startsWith('_') || name === 'constructor' || value === null || value === undefined) continue;
      if (isResource(value) || isNamespace(value, namespacesDeep)) walk(value as Record<string, unknown>, type, [...names, name]);
      if (typeof value !== 'function' || !isResource(object)) continue;
      const endpoint = endpointOf(project.checker, [...names, name].join('.'), type);
      for (const id of [Object(':id') as string, ':id']) {
        asked = null;
        call(value.bind(object), id);
        if (asked !== null && endpoint && !found.has(asked)) found.set(asked, endpoint);
      }
    }
  };
  walk(sdk as unknown as Record<string, unknown>, declared(project, 'stripe.core.d.ts', 'Stripe'), []);
  resource._makeRequest = send;
  return found;
}

/** `id` goes everywhere: as an object also where parameters are taken, as a text where some look what they were given. */
function call(method: (...ids: unknown[]) => unknown, id: string): void {
  try {
    method(id, id, id, id);
  } catch {
    // takes no ids in this place: not an endpoint by path alone
  }
}

function endpointOf(checker: Checker, name: string, method: Type): Endpoint | null {
  for (const signature of checker.getSignaturesOfType(method, SignatureKind.Call)) {
    const parameters = signature.getParameters().find((one) => one.name === 'params');
    const returned = checker.getReturnTypeOfSignature(signature);
    const answer = returned && argumentOf(checker, returned);
    if (!returned || !answer) continue;
    const asked = parameters && checker.getTypeOfSymbol(parameters);
    const isList = returned.getSymbol()?.name === 'ApiListPromise';
    return { name, parameters: asked ?? null, answer: isList ? returned : (answer.getAliasTypeArguments()[0] ?? answer) };
  }
  return null;
}

/** The first type argument of a generic type, an alias or not. */
function argumentOf(checker: Checker, type: Type): Type | undefined {
  return type.getAliasTypeArguments()[0] ?? (type.isTypeReference() ? checker.getTypeArguments(type)[0] : undefined);
}

/** What stands in other objects only, or in events only. */
const inObjects = ['item', 'line_item', 'subscription_item', 'bank_account', 'application', 'discount'];

/** Of many ways to pay, each with members of its own: left out, as only cards are simulated. */
const beside = new Set(['payment_method_options', 'payment_method_data']);

/** Writes types down, each once. */
class Writer {
  readonly #types: Specification['types'] = {};
  readonly #names = new Map<number, string>();
  /** Objects that something answers: in the place of others, only their ids stand. */
  readonly #answered = new Set(inObjects);

  constructor(
    readonly project: Project,
    readonly all: Map<string, Endpoint>,
  ) {}

  specify(asked: string[]): Specification {
    const endpoints: Specification['endpoints'] = {};
    const found = asked.flatMap((path) => {
      const endpoint = this.all.get(path);
      return endpoint ? [{ path, ...endpoint }] : [];
    });
    for (const { answer } of found) {
      const kind = this.#kindOf(this.#itemOf(answer));
      if (kind !== null) this.#answered.add(kind);
    }
    for (const { path, name, parameters, answer } of found)
      endpoints[path] = { name, takes: parameters && this.#write(parameters), answers: this.#write(answer) };
    const events = this.#events();
    this.#types['Event'] = this.#anyEvent();
    return { endpoints, events, types: this.#types };
  }

  /** The events about objects that something answers. */
  #events(): Specification['events'] {
    const { checker } = this.project;
    const events: Specification['events'] = {};
    for (const type of membersOf(declared(this.project, 'resources/Events.d.ts', 'Event'))) {
      const name = this.#literalOf(type, 'type');
      const data = checker.getPropertyOfType(type, 'data');
      const about = data && checker.getPropertyOfType(checker.getTypeOfSymbol(data) as Type, 'object');
      const object = about && checker.getTypeOfSymbol(about);
      if (name !== null && object && membersOf(object).some((one) => this.#answered.has(this.#kindOf(one) ?? ''))) events[name] = this.#write(object);
    }
    return events;
  }

  /** What all events have. */
  #anyEvent(): Record<string, string> {
    const [type] = membersOf(declared(this.project, 'resources/Events.d.ts', 'Event'));
    return { ...(type ? this.#members(type) : {}), type: 'string', data: 'any' };
  }

  /** What a page holds, or the type itself. */
  #itemOf(type: Type): Type {
    return /^ApiList/.test(type.getSymbol()?.name ?? '') ? (argumentOf(this.project.checker, type) ?? type) : type;
  }

  /** What an object says in `object`. */
  #kindOf(type: Type): string | null {
    return this.#literalOf(type, 'object');
  }

  #literalOf(type: Type, member: string): string | null {
    if (type.isUnionType() || !type.isObjectType()) return null;
    const symbol = this.project.checker.getPropertyOfType(type, member);
    const literal = symbol && this.project.checker.getTypeOfSymbol(symbol);
    return literal?.isStringLiteralType() ? literal.value : null;
  }

  #write(type: Type): string {
    const parts = membersOf(type);
    if (parts.every((part) => this.#kindOf(part) === 'event')) return 'Event';
    const mayBeId = parts.some(({ flags }) => (flags & TypeFlags.String) !== 0);
    const written = parts.filter((part) => !mayBeId || this.#isAnswered(part)).map((part) => this.#writeOne(part));
    const all = [...new Set(written)].filter((text) => text !== '');
    const isBoolean = all.includes('true') && all.includes('false');
    return (isBoolean ? ['boolean', ...all.filter((text) => text !== 'true' && text !== 'false')] : all).join('|');
  }

  /** Whether something else than an id may stand where the object could. */
  #isAnswered(type: Type): boolean {
    const kind = this.#kindOf(type);
    return kind === null || this.#answered.has(kind);
  }

  #writeOne(type: Type): string {
    const { checker } = this.project;
    if (type.isStringLiteralType()) return `'${type.value}'`;
    if (type.isLiteralType()) return String(type.value);
    if (type.isIntrinsicType()) return { undefined: '', unknown: 'any', void: 'any' }[type.intrinsicName] ?? type.intrinsicName;
    if (type.getAliasSymbol()?.name === 'OtherString') return ''; // what a later version may say
    const name = type.getSymbol()?.name ?? '';
    const argument = argumentOf(checker, type);
    if (argument && checker.isArrayType(type)) return `[${this.#write(argument)}]`;
    if (argument && /^ApiList/.test(name)) return `<${this.#write(argument)}>`;
    if (!this.#isAnswered(type)) return 'any';
    if (nameOf(type) === 'Decimal') return 'string';
    const members = checker.getPropertiesOfType(type);
    const [index] = checker.getIndexInfosOfType(type);
    if (index && members.length === 0) return `{${this.#write(index.valueType)}}`;
    return this.#named(type);
  }

  #named(type: Type): string {
    const known = this.#names.get(type.id);
    if (known !== undefined) return known;
    const name = this.#unused(nameOf(type));
    this.#names.set(type.id, name);
    this.#types[name] = {}; // there already for members that lead back to it
    this.#types[name] = this.#members(type);
    return name;
  }

  #members(type: Type): Record<string, string> {
    const { checker } = this.project;
    const written: Record<string, string> = {};
    for (const member of checker.getPropertiesOfType(type)) {
      const of = checker.getTypeOfSymbol(member);
      if (of) written[`${member.name}${member.flags & SymbolFlags.Optional ? '?' : ''}`] = beside.has(member.name) ? 'any' : this.#write(of);
    }
    return written;
  }

  #unused(name: string): string {
    let free = name;
    for (let n = 2; free in this.#types; n++) free = `${name}${n}`;
    return free;
  }
}

function membersOf(type: Type): readonly Type[] {
  return type.isUnionType() ? type.getTypes() : [type];
}

/** The name of a type with those of the namespaces around it. */
function nameOf(type: Type): string {
  const names: string[] = [];
  for (let symbol = type.getAliasSymbol() ?? type.getSymbol(); symbol && !/^["\u00fe_]/.test(symbol.name); symbol = symbol.getParent())
    names.unshift(symbol.name);
  return names.length > 0 ? names.join('.') : 'Unnamed';
}
