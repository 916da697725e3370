import { Refusal } from '../base/errors.js';
import { apiVersion, type ExplorerClient, type ToldCall, type ToldError, toldError } from '../stripe/explorer-client.js';
import { chapters } from './chapters.js';
import { masked } from './masking.js';
import type { OwnServer } from './own-server.js';
import type { Step } from './step.js';

/** What came of a step, without secrets but for those it binds. */
export interface Ran {
  step: Step;
  /** DONE: it answered. REFUSED: an error came, which is a value like any other. */
  outcome: 'DONE' | 'REFUSED';
  /** Whether that is what the step is meant to show. */
  isExpected: boolean;
  /** What to know of that; null where the outcome says all. */
  remark: string | null;
  result: unknown;
  /** A list it answered, by columns; null for anything else. */
  table: Record<string, string>[] | null;
  error: ToldError | null;
  calls: (Omit<ToldCall, 'body'> & { request: unknown; curl: string })[];
  bound: { name: string; value: string; isSecret: boolean }[];
  ms: number;
}

const stepMaxMs = 20_000;

/** The step of a name such as `payments.confirm`. Refuses with INVALID where there is none. */
export function stepOf(name: string): Step {
  const [first, second] = name.split('.');
  const found = chapters.find((chapter) => chapter.name === first)?.steps.find((step) => step.name === second);
  if (!found) throw new Refusal('INVALID', `There is no step ${JSON.stringify(name.slice(0, 80))}.`, ['step'], 'explorerChapters lists them.');
  return found;
}

/** The name a step is known by among all. */
export function fullNameOf(step: Step): string {
  return `${chapters.find(({ steps }) => steps.includes(step))?.name}.${step.name}`;
}

const cannedRemark = 'Stripe refuses this. A stripe-mock answers from fixtures, and remembers nothing.';

/**
 * Runs a step with what earlier ones bound and what is typed, for 20 seconds at most. An error of Stripe's is an outcome.
 * Refuses with INVALID what it does not take, what is missing, with the step that makes it, and without `server` a step that is about one.
 * A repeat does it again.
 */
export async function runStep(client: ExplorerClient, step: Step, typed: Record<string, string>, server: OwnServer | null = null): Promise<Ran> {
  if (step.isOfServer && !server) throw new Refusal('INVALID', 'The step is about a running server.', ['step'], 'Run it on the server’s own page.');
  const values = valuesOf(step, typed);
  const startedMs = performance.now();
  const before = client.calls.length;
  let result: unknown = null;
  let error: ToldError | null = null;
  try {
    result = await withDeadline(step.run(client.sdk, values, server));
  } catch (problem) {
    if (problem instanceof Refusal) throw problem;
    error = toldError(problem);
  }
  const bound = error ? {} : step.bind(result);
  const isCanned = step.isRefused === true && !error && client.mayBeCanned;
  return {
    step,
    outcome: error ? 'REFUSED' : 'DONE',
    isExpected: isCanned || step.isRefused === null || step.isRefused === (error !== null),
    remark: isCanned ? cannedRemark : error && step.whyRefused,
    result: masked(plain(result)),
    table: error || !step.columns ? null : rowsOf(plain(result), step.columns),
    error: error && (masked(error) as ToldError),
    calls: client.calls.slice(before).map(shown),
    bound: step.binds.flatMap(({ name, isSecret }) => (bound[name] === undefined ? [] : [{ name, value: bound[name], isSecret }])),
    ms: Math.round(performance.now() - startedMs),
  };
}

function valuesOf(step: Step, typed: Record<string, string>): Record<string, unknown> {
  for (const name of Object.keys(typed))
    if (!(name in step.takes))
      throw new Refusal(
        'INVALID',
        `The step takes no ${JSON.stringify(name.slice(0, 80))}.`,
        [name],
        `It takes ${Object.keys(step.takes).join(', ')}.`,
      );
  return Object.fromEntries(
    Object.entries(step.takes).map(([name, parameter]) => {
      const value = typed[name] || parameter.fallback?.();
      if (value === undefined) throw missing(name);
      if (/\b[sr]k_live_/.test(value))
        throw new Refusal('INVALID', `${name} has a live key in it.`, [name], 'Take it back: nothing is learned with real money.');
      return [name, parameter.read(value, name)];
    }),
  );
}

function missing(name: string): Refusal {
  const maker = makerOf(name);
  const remedy = maker ? `Run “${maker.title}” first, or give one of your own.` : 'Give one of your own.';
  return new Refusal('INVALID', `The step needs ${name}.`, [name], remedy);
}

/** The first step whose result is known by a name. */
export function makerOf(name: string): Step | null {
  return chapters.flatMap(({ steps }) => steps).find(({ binds }) => binds.some((bound) => bound.name === name)) ?? null;
}

async function withDeadline<T>(run: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The step took longer than ${stepMaxMs} ms, and was left.`)), stepMaxMs);
  });
  try {
    return await Promise.race([run, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** As JSON has it: what the SDK adds to its answers is gone. */
function plain(result: unknown): unknown {
  return result === undefined ? null : JSON.parse(JSON.stringify(result));
}

function rowsOf(result: unknown, columns: string[]): Record<string, string>[] {
  const list = Array.isArray(result) ? result : ((result as { data?: unknown[] } | null)?.data ?? []);
  return (masked(list) as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(
      columns.map((column) => {
        const value = row[column];
        return [column, value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)];
      }),
    ),
  );
}

function shown({ body, answer, ...call }: ToldCall): Ran['calls'][number] {
  const isJson = body.startsWith('{');
  const request = masked(isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body)));
  return { ...call, answer: masked(answer), request, curl: curlOf(call, request as Record<string, unknown>, isJson) };
}

/** The same request for a shell, where STRIPE_KEY has the key. */
function curlOf(
  { method, path, stripeAccount }: Pick<ToldCall, 'method' | 'path' | 'stripeAccount'>,
  request: Record<string, unknown>,
  isJson: boolean,
) {
  const data = isJson
    ? [`-H 'Stripe-Version: ${apiVersion}' -H 'content-type: application/json' -d ${quoted(JSON.stringify(request))}`]
    : Object.entries(request).map(([name, value]) => `-d ${quoted(`${name}=${String(value)}`)}`);
  const account = stripeAccount === null ? [] : [`-H ${quoted(`Stripe-Account: ${stripeAccount}`)}`];
  return [`curl -X ${method} ${quoted(`https://api.stripe.com${path}`)} -u "$STRIPE_KEY:"`, ...account, ...data].join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
