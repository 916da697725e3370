import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { auditMoney } from '../reconciliation/audit.js';
import { type Standing, standing, type Thing, things } from './looking.js';
import { findScenario, type Scenario, scenarioNames } from './scenario.js';
import { say } from './sentences.js';
import type { OpenTheatre } from './theatre.js';

/** How things are after a line. */
export interface Frame extends Standing {
  line: string;
  at: Date;
  things: Thing[];
  /** What is not as the line says, or not as it must always be. */
  wrong: string[];
}

declare module '../db/work.js' {
  interface Reach {
    /** Opens one for a scenario; absent where there is no simulator. */
    readonly openTheatre?: () => Promise<OpenTheatre>;
  }
}

const onlyInTheEnd = 'check_nothing_is_stuck'; // it goes by the database's own time, which nobody turns here
let isPlaying = false;

/** All scenarios that can be played, for who may play them. */
export function listScenarios(viewer: Viewer): Scenario[] {
  authorize(viewer, 'scenarios', null);
  return scenarioNames().flatMap((name) => findScenario(name) ?? []);
}

/**
 * Plays a scenario from its first line to its last, or to the first that something is wrong after, in a marketplace of its own that is gone
 * afterwards. Takes some seconds; one at a time in each process.
 * Refuses with CONFLICT where there is no simulator, INVALID where there is no such scenario, ALREADY_IN_PROGRESS while another is played.
 */
export async function playScenario(work: Work, viewer: Viewer, name: string): Promise<Frame[]> {
  authorize(viewer, 'playScenario', null);
  if (!work.openTheatre) throw new Refusal('CONFLICT', 'Scenarios are played with the simulator alone.', null, 'Start without a key of Stripe’s.');
  const scenario = findScenario(name);
  if (!scenario) throw new Refusal('INVALID', `There is no scenario ${JSON.stringify(name.slice(0, 64))}.`, ['name']);
  if (isPlaying) throw new Refusal('ALREADY_IN_PROGRESS', 'Another scenario is being played.', null, 'Try again in a few seconds.');
  isPlaying = true;
  try {
    const theatre = await work.openTheatre();
    try {
      return await play(theatre, scenario);
    } finally {
      await theatre.close();
    }
  } finally {
    isPlaying = false;
  }
}

/** Plays a scenario line by line; no further than where something is wrong. */
export async function play(theatre: OpenTheatre, { lines }: Scenario): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const line of lines) {
    const problems = await say(theatre, line).catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    const wrong = [...problems, ...(await wrongNow(theatre))];
    frames.push({ ...(await standing(theatre)), line, at: theatre.openWork().clock.now(), things: await things(theatre), wrong });
    if (wrong.length > 0) break;
  }
  return frames;
}

/** What is not as it must always be. */
async function wrongNow(theatre: OpenTheatre): Promise<string[]> {
  const { checks } = await auditMoney(theatre.openWork());
  const broken = checks
    .filter(({ name }) => name !== onlyInTheEnd)
    .flatMap(({ promise, offenders }) => offenders.map(({ id }) => `${promise}: ${id}`));
  return [...broken, ...theatre.defects.splice(0)];
}
