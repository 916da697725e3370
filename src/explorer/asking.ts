import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import type { Work } from '../db/work.js';
import { type ExplorerClient, openExplorerClient, stripeMock } from '../stripe/explorer-client.js';
import { chapters } from './chapters.js';
import { ownServer } from './own-server.js';
import { type Ran, runStep, stepOf } from './running.js';
import type { Chapter } from './step.js';

/** Whom a step is run against: the simulator that goes with this server, Stripe, or another server that speaks its API, with somebody's own test key. */
export type ExplorerTarget = 'SIMULATOR' | 'STRIPE' | 'ADDRESS';

/** Which step, against whom, with what. */
export interface AskedStep {
  step: string;
  target: ExplorerTarget;
  secretKey: Secret | null;
  baseUrl: string | null;
  values: Record<string, string>;
}

/** The chapters, for those who may look at them. */
export function listChapters(viewer: Viewer): Chapter[] {
  authorize(viewer, 'explorerChapters', null);
  return chapters;
}

/** Whom steps may be run against from this server, what is meant first. */
export function listExplorerTargets(work: Work, viewer: Viewer): ExplorerTarget[] {
  authorize(viewer, 'explorerTargets', null);
  const { mode } = work.config.stripe;
  if (mode === 'simulator') return ['SIMULATOR', 'STRIPE', 'ADDRESS'];
  return mode === 'test' ? ['STRIPE', 'ADDRESS'] : ['STRIPE'];
}

/**
 * Runs one step of the explorer, never with the platform's own key: in the simulator each person has a world of their own, apart from the
 * platform's money; at Stripe they give a test key, which is kept nowhere. Refuses with INVALID a live key, a simulator where there is none,
 * an address that is not this machine's own, and what the step does not take. What Stripe refuses is an outcome. A repeat does it again.
 */
export async function runExplorerStep(work: Work, viewer: Viewer, asked: AskedStep): Promise<Ran> {
  authorize(viewer, 'runExplorerStep', null);
  const step = stepOf(asked.step);
  const client = clientFor(work, viewer, asked);
  const ran = await runStep(client, step, asked.values, ownServer(work, client));
  work.log.info({ step: asked.step, target: asked.target, outcome: ran.outcome, ms: ran.ms }, 'explored');
  return ran;
}

function clientFor(work: Work, viewer: Viewer, { target, secretKey, baseUrl }: AskedStep): ExplorerClient {
  const { mode, apiBase } = work.config.stripe;
  if (target !== 'ADDRESS' && baseUrl !== null)
    throw new Refusal('INVALID', 'Another address goes with the target ADDRESS alone.', ['baseUrl'], 'Leave it out.');
  switch (target) {
    case 'ADDRESS':
      return openExplorerClient({
        key: secretKey ?? new Secret(stripeMock.key),
        apiBase: addressOf(work, baseUrl ?? stripeMock.address),
        mayBeCanned: true,
      });
    case 'STRIPE':
      if (secretKey !== null) return openExplorerClient({ key: secretKey, apiBase: 'https://api.stripe.com' });
      throw new Refusal('INVALID', 'A step at Stripe takes a test key of yours.', ['secretKey'], 'Give a key that begins with sk_test_.');
    case 'SIMULATOR':
      if (mode !== 'simulator')
        throw new Refusal('INVALID', 'This server talks to Stripe; it has no simulator.', ['target'], 'Choose STRIPE, with a test key of yours.');
      if (secretKey !== null) throw new Refusal('INVALID', 'The simulator takes no key of yours.', ['secretKey'], 'Leave it out.');
      return openExplorerClient({ key: new Secret(`sk_test_sim_explorer_${actorOf(viewer)}`), apiBase });
  }
}

/** Of this machine itself, or the one this server was set to: from nobody's browser are the networks around it looked into. */
function addressOf({ config }: Work, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin = url !== null && url.href === `${url.origin}/` && /^https?:$/.test(url.protocol);
  const isHere = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (isOrigin && config.stripe.mode !== 'live' && (isHere || url.origin === config.stripe.apiBase)) return url.origin;
  throw new Refusal(
    'INVALID',
    `The address is ${JSON.stringify(text.slice(0, 80))}; from here steps go to servers of this machine alone, such as ${stripeMock.address}.`,
    ['baseUrl'],
    'For any other, run npm run explore -- all --base … where it can be reached.',
  );
}
