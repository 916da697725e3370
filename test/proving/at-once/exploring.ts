import { readScenario } from '../../../src/scenarios/scenario.js';
import { say } from '../../../src/scenarios/sentences.js';
import type { Gate, Run } from '../ground/scheduler.js';
import { readSchema, type Schema, type Touched } from '../ground/watching.js';
import { heal } from '../healing.js';
import type { House } from '../house.js';
import { doneTwice } from '../model.js';
import { wrongNow } from '../scenario.js';
import { Scene } from '../scene.js';
import { type Footprint, footprintAtStripe, footprintOfEnd, nothing, nothingOpen, type Open } from './footprint.js';
import { Orders, type Step } from './orders.js';

/** What came of letting two act at once in every order. */
export interface Explored {
  name: string;
  /** The orders that can make a difference, each played to its end. */
  orders: number;
  /** Those that were given up on the way, for they would have gone on as one that was played. */
  givenUp: number;
  /** Of how many orders in which these steps can happen these are all that make a difference. */
  possible: number;
  /** Whether those were all there are. */
  isAll: boolean;
  problems: string[];
}

/** One of those who act at once. */
interface Actor {
  number: number;
  run: Run | null;
  isOver: boolean;
  failure: unknown;
  /** The transaction it has open. */
  open: Open | null;
  /** Its step that waits for a lock. */
  held: Step | null;
}

const movesMax = 400;

/**
 * Plays a scenario up to its `at once:`, then lets the lines after it happen in every order of their statements and requests that can make a
 * difference, and checks each time that everything comes to its end to the cent. What can make a difference is told by what the database counted
 * that each statement touched. Stops at the first order that goes wrong, or after `ordersMax`.
 */
export async function playAtOnce(house: House, name: string, text: string, ordersMax: number): Promise<Explored> {
  const explored: Explored = { name, orders: 0, givenUp: 0, possible: 0, isAll: false, problems: [] };
  const schema = await readSchema((query) => house.books.rows(query));
  const orders = new Orders();
  do {
    orders.begin();
    const wrong = await playOnce(house, name, text, orders, schema);
    if (wrong === null) explored.givenUp++;
    else explored.orders++;
    if (explored.orders === 1 && explored.givenUp === 0) explored.possible = orderings(orders.steps);
    if (wrong && wrong.length > 0) explored.problems.push(`order ${orders.steps.map(({ actor }) => actor).join('')}: ${wrong.join('; ')}`);
    explored.isAll = !orders.turnBack();
  } while (!explored.isAll && explored.orders < ordersMax && explored.problems.length === 0);
  return explored;
}

/** In how many orders two can take their steps. */
function orderings(steps: readonly Step[]): number {
  const first = steps.filter(({ actor }) => actor === 1).length;
  let count = 1;
  for (let taken = 1; taken <= first; taken++) count = (count * (steps.length - first + taken)) / taken;
  return count;
}

/** One order: as `orders` chooses. Answers what was wrong; null where it was given up. */
async function playOnce(house: House, name: string, text: string, orders: Orders, schema: Schema): Promise<string[] | null> {
  const { lines, atOnce } = readScenario(name, text);
  await house.begin(name);
  const scene = new Scene(house);
  await scene.open();
  for (const line of lines) {
    const wrong = await say(scene, line);
    if (wrong.length > 0) return wrong.map((problem) => `after "${line}": ${problem}`);
  }
  const actors: Actor[] = [];
  for (const [index, line] of atOnce.entries()) actors.push(await begin(new Scene(house, scene.market, index + 1), line, schema));

  const wrong = await interleave(house, actors, orders, schema);
  for (const { name: process } of house.processes) await house.scheduler.kill(process);
  if (wrong === null || wrong.length > 0) return wrong;
  house.expose(null);
  const failures = actors.map(({ failure }) => failure).filter((failure) => failure !== null);
  if (failures.length > 0) return failures.map((failure) => (failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)));
  return heal(house, scene.market).catch((error: Error) => [error.message]);
}

/** Lets somebody begin; they stand at their first gate then. */
async function begin(scene: Scene, line: string, schema: Schema): Promise<Actor> {
  const actor: Actor = { number: scene.of as number, run: null, isOver: false, failure: null, open: null, held: null };
  const over = (failure: unknown) => Object.assign(actor, { isOver: true, failure });
  void say(scene, line).then(([wrong]) => over(wrong ?? null), over);
  while (!actor.isOver && !gateOf(scene.house, actor)) await new Promise((resolve) => setImmediate(resolve));
  watch(scene.house, actor, schema);
  return actor;
}

function gateOf({ scheduler }: House, { number }: Actor): Gate | undefined {
  return scheduler.gates.find(({ run }) => run.process.endsWith(String(number)));
}

/** What somebody does may be several runs, one after the other. */
function watch(house: House, actor: Actor, schema: Schema): Gate | undefined {
  const gate = gateOf(house, actor);
  if (gate) {
    actor.run = gate.run;
    actor.run.watched ??= { schema, touched: [] };
  }
  return gate;
}

async function interleave(house: House, actors: Actor[], orders: Orders, schema: Schema): Promise<string[] | null> {
  while (actors.some(({ isOver }) => !isOver)) {
    const standing = actors.filter((actor) => watch(house, actor, schema));
    if (standing.length === 0 || orders.steps.length > movesMax) return ['nobody goes on'];
    const chosen = orders.choose(standing.map(({ number }) => number));
    const actor = standing.find(({ number }) => number === chosen);
    if (!actor) return null;
    const gate = gateOf(house, actor) as Gate;
    await take(house, actor, gate, orders, schema);
    for (const other of actors) if (other.held && isBack(house, other)) settle(other, other.held, schema, orders.steps.length - 1);
    if (gate.label === 'commit') {
      const wrong = [...(await wrongNow(house)), ...doneTwice(house.stripe.world)];
      if (wrong.length > 0) return wrong;
    }
  }
  return [];
}

async function take(house: House, actor: Actor, gate: Gate, orders: Orders, schema: Schema): Promise<void> {
  const step: Step = { actor: actor.number, label: gate.label, footprint: 'unknown', heldUntil: Number.POSITIVE_INFINITY };
  orders.add(step);
  house.clock.advance(Math.max(1, gate.readyAt - house.clock.now().getTime()));
  await house.scheduler.step(gate);
  if (isBack(house, actor)) settle(actor, step, schema, null);
  else actor.held = step;
}

function isBack(house: House, actor: Actor): boolean {
  return actor.isOver || gateOf(house, actor) !== undefined;
}

/** A step is done: only now is it known what it touched. */
function settle(actor: Actor, step: Step, schema: Schema, heldUntil: number | null): void {
  const touched = actor.run?.watched?.touched.splice(0) ?? [];
  step.heldUntil = heldUntil;
  step.footprint = footprintAtStripe(step.label) ?? footprintOf(actor, step.label, touched, heldUntil !== null, schema);
  actor.held = null;
}

function footprintOf(
  actor: Actor,
  label: string,
  [touched, ...more]: (Touched | 'unknown' | null)[],
  hasWaited: boolean,
  schema: Schema,
): Footprint | 'unknown' {
  if (touched === undefined) return nothing;
  if (touched === 'unknown' || more.length > 0) return 'unknown';
  if (label === 'commit' || label === 'rollback') {
    const { open } = actor;
    actor.open = null;
    return open ? footprintOfEnd(open, label === 'commit', schema) : nothing;
  }
  if (label === 'begin') actor.open = nothingOpen();
  if (touched === null) return nothing;
  const waitedFor = hasWaited ? [...label.matchAll(/(?:update|delete|^select) (\w+)/g)].map(([, table]) => table as string) : [];
  const holds = new Set([...touched.holds, ...waitedFor]);
  if (!actor.open) return { ...touched, holds, publishes: touched.writes, releases: { ...touched, holds } };
  for (const table of touched.writes) actor.open.writes.add(table);
  for (const kind of ['holds', 'bars', 'keeps'] as const) for (const row of touched[kind]) actor.open[kind].add(row);
  return { ...nothing, ...touched, holds };
}
