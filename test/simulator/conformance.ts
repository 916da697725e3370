import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ApiAnswer, ApiRequest } from '../../src/simulator/dispatch.js';
import { answersTold, eventsTold } from '../../src/simulator/happenings.js';
import { decodeForm, decodeJson, type Form } from '../../src/simulator/protocol/form.js';
import { readSpecification, type Specification } from './specification.js';

/** Looks on at a simulator, and keeps what is not as the SDK declares it: in requests that were carried out, in their answers, in events. */
export class Conformance {
  readonly #specification: Specification = readSpecification();
  readonly #patterns = Object.entries(this.#specification.endpoints).map(([key, endpoint]) => {
    const [method, path] = key.split(' ') as [string, string];
    return { method, path: new RegExp(`^${path.replaceAll(':id', '[^/]+')}$`), ...endpoint };
  });
  readonly #problems = new Map<string, number>();
  readonly #tell: (problem: string) => void;

  /** `tell` hears of each thing that was found, the first time. */
  constructor(tell: (problem: string) => void = () => undefined) {
    this.#tell = tell;
  }

  /** What was found, each once. */
  get problems(): string[] {
    return [...this.#problems].map(([problem, times]) => (times > 1 ? `${problem} (${times} times)` : problem)).sort();
  }

  /** Looks on at all simulators of the process from now on, until what it answers is called. */
  watch(): () => void {
    const onAnswer = (told: unknown) => {
      const { request, answer } = told as { request: ApiRequest; answer: ApiAnswer };
      this.answered(request, answer);
    };
    const onEvent = (event: unknown) => this.emitted(event as object);
    subscribe(answersTold.name, onAnswer);
    subscribe(eventsTold.name, onEvent);
    return () => {
      unsubscribe(answersTold.name, onAnswer);
      unsubscribe(eventsTold.name, onEvent);
    };
  }

  answered({ method, url, body }: ApiRequest, { status, body: answer }: ApiAnswer): void {
    const [path = '', query] = url.split('?');
    const endpoint = this.#patterns.find((one) => one.method === method && one.path.test(path));
    if (!endpoint || typeof answer !== 'object' || answer === null) return; // cut off, or somebody else's page
    const form = method === 'POST' && path.startsWith('/v2/') ? decodeJson(body) : decodeForm(method === 'POST' ? body : (query ?? body));
    if (status >= 400) this.#checkRefusal(answer, `${endpoint.name} refused`);
    else if (endpoint.takes !== null) this.#checkForm(form, endpoint.takes, `${endpoint.name}(`);
    if (status < 400) this.#check(JSON.parse(JSON.stringify(answer)), endpoint.answers, endpoint.name);
  }

  emitted(event: object): void {
    const { type, data, ...rest } = JSON.parse(JSON.stringify(event)) as { type: string; data: { object: unknown; previous_attributes?: object } };
    this.#check({ type, data, ...rest }, 'Event', 'event');
    const about = this.#specification.events[type];
    if (about) this.#check(data.object, about, type);
    else this.#note(`Stripe has no event ${type}`);
    const members = this.#membersOf(about ?? '');
    for (const name of Object.keys(data.previous_attributes ?? {}))
      if (members && !(name in members)) this.#note(`${type}: ${name} is not among what may have changed`);
  }

  #note(problem: string): void {
    if (!this.#problems.has(problem)) this.#tell(problem);
    this.#problems.set(problem, (this.#problems.get(problem) ?? 0) + 1);
  }

  #membersOf(type: string): Record<string, string> | undefined {
    const written = this.#specification.types[type];
    return written && Object.fromEntries(Object.entries(written).map(([name, of]) => [name.replace('?', ''), of]));
  }

  #checkRefusal(answer: unknown, where: string): void {
    const { error } = answer as { error?: { type?: string; code?: string; message?: string } };
    const codes = this.#specification.types['PaymentIntent.LastPaymentError']?.['code?'] ?? '';
    if (!error?.message || !errorTypes.has(error.type ?? '')) this.#note(`${where}: ${JSON.stringify(answer)} is no error of Stripe's`);
    else if (error.code !== undefined && !codes.includes(`'${error.code}'`) && !undeclaredCodes.has(error.code))
      this.#note(`${where}: Stripe has no error code ${error.code}`);
  }

  /** A value of JSON as a type says. */
  #check(value: unknown, type: string, where: string): void {
    const kinds = kindsOf(type);
    if (kinds.some((kind) => isPlain(value, kind))) return;
    const list = kinds.find((kind) => kind.startsWith('['));
    if (Array.isArray(value) && list) this.#checkAll(value, list.slice(1, -1), `${where}[]`);
    else if (!(isObject(value) && this.#checkObject(value, kinds, where)))
      this.#note(`${where} is ${JSON.stringify(value)?.slice(0, 60)}, not ${type.slice(0, 200)}`);
  }

  /** Whether one of the kinds is of objects like this; what is not as that kind says is noted. */
  #checkObject(value: Record<string, unknown>, kinds: string[], where: string): boolean {
    const map = kinds.find((kind) => kind.startsWith('{'));
    const page = kinds.find((kind) => kind.startsWith('<'));
    const best = this.#bestOf(kinds, value);
    if (page) this.#checkPage(value, page.slice(1, -1), where);
    else if (map) this.#checkAll(Object.values(value), map.slice(1, -1), `${where}{}`);
    else if (best) this.#checkMembers(value, best, where);
    return page !== undefined || map !== undefined || best !== undefined;
  }

  #checkAll(values: unknown[], type: string, where: string): void {
    for (const value of values) this.#check(value, type, where);
  }

  /** Of several types the one whose literals a value has. */
  #bestOf(types: string[], value: Record<string, unknown>): string | undefined {
    const fits = types
      .filter((type) => this.#specification.types[type] !== undefined)
      .filter((type) =>
        Object.entries(this.#specification.types[type] ?? {}).every(([name, of]) => !/^'[^|]*'$/.test(of) || isPlain(value[name], of)),
      );
    return fits.find((type) => 'deleted' in value === 'deleted' in (this.#specification.types[type] ?? {})) ?? fits[0];
  }

  #checkPage(page: Record<string, unknown>, item: string, where: string): void {
    const { object, url, has_more, data, ...more } = page;
    const isPage = object === 'list' && typeof url === 'string' && typeof has_more === 'boolean' && Array.isArray(data);
    if (!isPage || Object.keys(more).some((name) => name !== 'total_count')) this.#note(`${where} is no page`);
    else this.#checkAll(data, item, `${where}[]`);
  }

  #checkMembers(value: Record<string, unknown>, type: string, path: string): void {
    const where = type.includes('.') ? path : type;
    const members = this.#specification.types[type] ?? {};
    for (const name of Object.keys(value)) if (!(name in members) && !(`${name}?` in members)) this.#note(`${where}: ${name} is not declared`);
    for (const [declared, of] of Object.entries(members)) {
      const name = declared.replace('?', '');
      if (value[name] !== undefined) this.#check(value[name], of, `${where}.${name}`);
      else if (name === declared) this.#note(`${where}: ${name} is missing`);
    }
  }

  /** What came as a form, where all leaves are text. */
  #checkForm(value: Form[string], type: string, where: string): void {
    const kinds = kindsOf(type);
    if (typeof value === 'string') {
      if (!kinds.some((kind) => isText(value, kind))) this.#note(`${where}: ${value} is not ${type.slice(0, 200)}`);
      return;
    }
    const of = kinds.find((kind) => kind.startsWith(Array.isArray(value) ? '[' : '{'))?.slice(1, -1);
    if (of !== undefined) {
      for (const item of Object.values(value)) this.#checkForm(item as Form[string], of, `${where}[]`);
      return;
    }
    const members = kinds.map((kind) => this.#specification.types[kind]).find((found) => found !== undefined);
    if (members) this.#checkParameters(value as Form, members, where);
    else if (!kinds.includes('any')) this.#note(`${where}: ${JSON.stringify(value)} is not ${type}`);
  }

  #checkParameters(form: Form, members: Record<string, string>, where: string): void {
    for (const name of Object.keys(form)) if (!(name in members) && !(`${name}?` in members)) this.#note(`${where}: no parameter ${name}`);
    for (const [declared, of] of Object.entries(members)) {
      const name = declared.replace('?', '');
      const given = form[name];
      if (given !== undefined) this.#checkForm(given, of, `${where}${name}`);
      else if (name === declared) this.#note(`${where}: ${name} is missing`);
    }
  }
}

/** Source: docs.stripe.com/api/errors */
const errorTypes = new Set(['api_error', 'card_error', 'idempotency_error', 'invalid_request_error', 'temporary_session_expired']);
/** Codes that Stripe answers, and the SDK does not declare. */
const undeclaredCodes = new Set([
  'insufficient_capabilities_for_transfer', // Source: docs.stripe.com/error-codes
  'billing_meter_event_session_expired', // Source: docs.stripe.com/api/v2/meter-event-streams
  'some_code_nobody_knows', // a test's own
]);

const kindsMade = new Map<string, string[]>();

/** The kinds of a type: split at each `|` that stands in no bracket. */
function kindsOf(type: string): string[] {
  const made = kindsMade.get(type);
  if (made) return made;
  const kinds = [''];
  let depth = 0;
  for (const sign of type) {
    if ('[{<'.includes(sign)) depth++;
    if (']}>'.includes(sign)) depth--;
    if (sign === '|' && depth === 0) kinds.push('');
    else kinds[kinds.length - 1] += sign;
  }
  kindsMade.set(type, kinds);
  return kinds;
}

function isPlain(value: unknown, kind: string): boolean {
  return kind === 'any' || (kind === 'null' && value === null) || kind === typeof value || kind === `'${String(value)}'` || kind === String(value);
}

function isText(value: string, kind: string): boolean {
  if (value === '') return kind === 'null' || kind === "''" || kind === 'string' || kind === 'any';
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(value);
  if (kind === 'boolean') return value === 'true' || value === 'false';
  return kind === 'any' || kind === 'string' || kind === `'${value}'` || kind === value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
