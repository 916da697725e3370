import { useEffect, useState } from 'react';
import { ask, type UserError } from '../../api';
import { graphql } from '../../generated/gql';
import type { ExplorerTarget, RunExplorerStepMutation } from '../../generated/graphql';
import type { Step } from './explorer';
import { type Kept, keep, recall } from './kept';

const runDocument = graphql(`
  mutation RunExplorerStep($step: String!, $target: ExplorerTarget!, $secretKey: String, $baseUrl: String, $values: [ExplorerValueInput!]) {
    runExplorerStep(input: { step: $step, target: $target, secretKey: $secretKey, baseUrl: $baseUrl, values: $values }) {
      run {
        step outcome expected remark durationMs result
        bindings { name value secret }
        table { columns rows }
        error { type code message status requestId }
        calls { method path status durationMs requestId idempotencyKey stripeAccount request response curl }
      }
      userErrors { message remedy }
    }
  }
`);

export type Run = NonNullable<RunExplorerStepMutation['runExplorerStep']['run']>;
export interface Bound {
  value: string;
  secret: boolean;
}
/** One run, as the history tells it. */
export interface Past {
  step: string;
  at: string;
  said: string;
}

/** Whom steps are run against. */
export interface Against {
  target: ExplorerTarget;
  key: string;
  baseUrl: string;
  setTarget(target: ExplorerTarget): void;
  setKey(key: string): void;
  setBaseUrl(baseUrl: string): void;
}

/** What has been run so far in this tab, and what later steps know of it. */
export interface Explored extends Against {
  runs: Record<string, Run>;
  /** Why a step was not run the last time it was asked for. */
  refused: Record<string, UserError>;
  bound: Record<string, Bound>;
  typed: Record<string, Record<string, string>>;
  /** Newest first. */
  history: Past[];
  busy: boolean;
  type(step: string, name: string, value: string): void;
  /** Runs steps one after the other with what was typed and what those before made; tells of each before it begins, until it is stopped. */
  run(steps: Step[], tell?: (step: Step) => void): Promise<void>;
  stop(): void;
  forget(): void;
}

export const mockAddress = 'http://localhost:12111';
const pastMax = 100;

function useAgainst(targets: ExplorerTarget[], kept: Kept | null): Against {
  const [target, setTarget] = useState<ExplorerTarget>(kept && targets.includes(kept.target) ? kept.target : (targets[0] ?? 'STRIPE'));
  const [key, setKey] = useState('');
  const [baseUrl, setBaseUrl] = useState(kept?.baseUrl ?? mockAddress);
  return { target, setTarget, key, setKey, baseUrl, setBaseUrl };
}

/** What was typed for a step, or else what is known by its parameters' names. */
function valuesFor({ parameters }: Step, typed: Record<string, string>, known: Map<string, Bound>) {
  return parameters.flatMap(({ name }) => {
    const value = typed[name] ?? known.get(name)?.value;
    return value === undefined || value === '' ? [] : [{ name, value }];
  });
}

/** Asks for one run. */
async function ran(step: Step, { target, key, baseUrl }: Against, values: { name: string; value: string }[]) {
  const secretKey = target === 'SIMULATOR' ? null : key || null;
  const { runExplorerStep } = await ask(runDocument, { step: step.name, target, secretKey, baseUrl: target === 'ADDRESS' ? baseUrl : null, values });
  return { run: runExplorerStep.run, refused: runExplorerStep.userErrors[0] ?? { message: 'It was not run.', remedy: null } };
}

/** Runs steps, and keeps what came of them. */
export function useExplored(targets: ExplorerTarget[]): Explored {
  const [kept] = useState(recall);
  const [runs, setRuns] = useState(kept?.runs ?? {});
  const [bound, setBound] = useState(kept?.bound ?? {});
  const [history, setHistory] = useState(kept?.history ?? []);
  const [refused, setRefused] = useState<Explored['refused']>({});
  const [typed, setTyped] = useState<Explored['typed']>({});
  const [busy, setBusy] = useState(false);
  const against = useAgainst(targets, kept);
  const { target, baseUrl } = against;
  const [going] = useState({ known: new Map(Object.entries(bound)), stopped: false }); // at once, for steps that are run in one go
  useEffect(() => keep({ runs, bound, history, target, baseUrl }), [runs, bound, history, target, baseUrl]);

  const forget = () => {
    going.known.clear();
    setRuns({});
    setBound({});
    setRefused({});
    setTyped({});
    setHistory([]);
  };
  const remember = (step: string, said: string) =>
    setHistory((before) => [{ step, at: new Date().toISOString(), said }, ...before].slice(0, pastMax));
  const runOne = async (step: Step) => {
    const { run: done, refused: why } = await ran(step, against, valuesFor(step, typed[step.name] ?? {}, going.known));
    if (!done) {
      setRefused((before) => ({ ...before, [step.name]: why }));
      return remember(step.name, `not run: ${why.message}`);
    }
    for (const { name, value, secret } of done.bindings) going.known.set(name, { value, secret });
    setBound(Object.fromEntries(going.known));
    setRuns((before) => ({ ...before, [step.name]: done }));
    remember(step.name, `${wordFor(done)} in ${done.durationMs} ms`);
  };
  const run = async (steps: Step[], tell?: (step: Step) => void) => {
    setBusy(true);
    going.stopped = false;
    for (const step of steps) {
      if (going.stopped) break;
      tell?.(step);
      setRefused(({ [step.name]: _, ...others }) => others);
      try {
        await runOne(step);
      } catch (error) {
        const message = error instanceof Error ? error.message : 'That did not work.';
        setRefused((before) => ({ ...before, [step.name]: { message, remedy: null } }));
        break; // the server itself did not answer: the next step would be told the same
      }
    }
    setBusy(false);
  };
  const stop = () => {
    going.stopped = true;
  };
  const setTarget = (chosen: ExplorerTarget) => {
    forget();
    against.setTarget(chosen);
  };
  const type = (step: string, name: string, value: string) => setTyped((before) => ({ ...before, [step]: { ...before[step], [name]: value } }));
  return { ...against, setTarget, runs, refused, bound, typed, history, busy, type, run, stop, forget };
}

/** What came of a run, in a word or two. */
export function wordFor({ outcome, expected }: Pick<Run, 'outcome' | 'expected'>): string {
  if (outcome === 'DONE') return expected ? 'answered' : 'answered, and should have been refused';
  return expected ? 'refused, as it is meant to show' : 'refused';
}
