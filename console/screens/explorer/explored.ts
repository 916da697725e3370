import { useState } from 'react';
import { ask, type UserError } from '../../api';
import { graphql } from '../../generated/gql';
import type { ExplorerTarget, RunExplorerStepMutation } from '../../generated/graphql';
import type { Step } from './explorer';

const runDocument = graphql(`
  mutation RunExplorerStep($step: String!, $target: ExplorerTarget!, $secretKey: String, $values: [ExplorerValueInput!]) {
    runExplorerStep(input: { step: $step, target: $target, secretKey: $secretKey, values: $values }) {
      run {
        step outcome expected durationMs result
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

/** What has been run so far, and what later steps know of it. It lives as long as the page. */
export interface Explored {
  runs: Record<string, Run>;
  bound: Record<string, Bound>;
  refused: UserError | null;
  busy: boolean;
  target: ExplorerTarget;
  key: string;
  setTarget(target: ExplorerTarget): void;
  setKey(key: string): void;
  /** Runs a step with what was typed and what is known; false where it did not go as it should. */
  run(step: Step, typed: Record<string, string>): Promise<boolean>;
  forget(): void;
}

/** Runs steps, and keeps what came of them. */
export function useExplored(): Explored {
  const [runs, setRuns] = useState<Record<string, Run>>({});
  const [bound, setBound] = useState<Record<string, Bound>>({});
  const [refused, setRefused] = useState<UserError | null>(null);
  const [busy, setBusy] = useState(false);
  const [target, setTarget] = useState<ExplorerTarget>('SIMULATOR');
  const [key, setKey] = useState('');
  const [known] = useState(() => new Map<string, Bound>()); // at once, for steps that are run in one go

  const forget = () => {
    known.clear();
    setRuns({});
    setBound({});
    setRefused(null);
  };
  const run = async (step: Step, typed: Record<string, string>): Promise<boolean> => {
    setBusy(true);
    setRefused(null);
    try {
      const values = step.parameters.flatMap(({ name }) => {
        const value = typed[name] ?? known.get(name)?.value;
        return value === undefined || value === '' ? [] : [{ name, value }];
      });
      const { runExplorerStep: came } = await ask(runDocument, { step: step.name, target, secretKey: target === 'STRIPE' ? key : null, values });
      const done = came.run;
      if (!done) {
        setRefused(came.userErrors[0] ?? { message: 'It was not run.', remedy: null });
        return false;
      }
      for (const { name, value, secret } of done.bindings) known.set(name, { value, secret });
      setBound(Object.fromEntries(known));
      setRuns((before) => ({ ...before, [step.name]: done }));
      return done.expected;
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const begin = (chosen: ExplorerTarget) => {
    forget();
    setTarget(chosen);
  };
  return { runs, bound, refused, busy, target, key, setTarget: begin, setKey, run, forget };
}
