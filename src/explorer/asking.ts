import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { Work } from '../db/work.js';
import { type ExplorerClient, openExplorerClient } from '../stripe/explorer-client.js';
import { chapters } from './chapters.js';
import { type Ran, runStep, stepOf } from './running.js';
import type { Chapter } from './step.js';

/** Whom a step is run against: the simulator that goes with this server, or Stripe with somebody's own test key. */
export type ExplorerTarget = 'SIMULATOR' | 'STRIPE';

/** The chapters, for those who may look at them. */
export function listChapters(viewer: Viewer): Chapter[] {
  authorize(viewer, 'explorerChapters', null);
  return chapters;
}

/**
 * Runs one step of the explorer, never with the platform's own key: in the simulator each person has a world of their own, apart from the
 * platform's money; at Stripe they give a test key, which is kept nowhere. Refuses with INVALID a live key, a simulator where there is none,
 * and what the step does not take. What Stripe refuses is an outcome. A repeat does it again.
 */
export async function runExplorerStep(
  work: Work,
  viewer: Viewer,
  asked: { step: string; target: ExplorerTarget; secretKey: Secret | null; values: Record<string, string> },
): Promise<Ran> {
  authorize(viewer, 'runExplorerStep', null);
  const step = stepOf(asked.step);
  const ran = await runStep(clientFor(work, viewer, asked), step, asked.values);
  work.log.info({ step: asked.step, target: asked.target, outcome: ran.outcome, ms: ran.ms }, 'explored');
  return ran;
}

function clientFor(work: Work, viewer: Viewer, { target, secretKey }: { target: ExplorerTarget; secretKey: Secret | null }): ExplorerClient {
  const { mode, apiBase } = work.config.stripe;
  if (target === 'STRIPE') {
    if (secretKey === null)
      throw new Refusal('INVALID', 'A step at Stripe takes a test key of yours.', ['secretKey'], 'Give a key that begins with sk_test_.');
    return openExplorerClient({ key: secretKey, apiBase: 'https://api.stripe.com' });
  }
  if (mode !== 'simulator')
    throw new Refusal('INVALID', 'This server talks to Stripe; it has no simulator.', ['target'], 'Choose STRIPE, with a test key of yours.');
  if (secretKey !== null) throw new Refusal('INVALID', 'The simulator takes no key of yours.', ['secretKey'], 'Leave it out.');
  return openExplorerClient({ key: new Secret(`sk_test_sim_explorer_${actorOf(viewer)}`), apiBase });
}
