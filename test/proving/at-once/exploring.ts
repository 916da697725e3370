import { readScenario } from '../../../src/scenarios/scenario.js';
import { say } from '../../../src/scenarios/sentences.js';
import { Chance } from '../chance.js';
import type { Gate, Run } from '../ground/scheduler.js';
import { nothing, readSchema, type Schema, type Touched } from '../ground/watching.js';
import { heal } from '../healing.js';
import type { House } from '../house.js';
import { doneTwice } from '../model.js';
import { wrongNow } from '../scenario.js';
import { Scene } from '../scene.js';
import { Drawn, endOf } from './drawn.js';
import { footprintAtStripe } from './footprint.js';
import { type Course, Orders, type Step } from './orders.js';

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
  /** In how many ways they ended, and how many orders that chance chose ended in one of them as well. */
  ends: number;
  drawn: number;
  problems: string[];
}

/** One of those who act at once. */
interface Actor {
  number: number;
  run: Run | null;
  isOver: boolean;
  failure: unknown;
  /** Its step that waits for a lock. */
  held: Step | null;
}

const movesMax = 400;
const asksMax = 2; // the answer that it is being worked on, the same once more, and what becomes of it

/** How far it is looked. */
export interface Extent {
  ordersMax: number;
  /** Where all orders were played that make a difference, so many are drawn that must end as one of those. */
  drawn: number;
}

/**
 * Plays a scenario up to its `at once:`, then lets the lines after it happen in every order of their statements and requests that can make a
 * difference, and checks each time that everything comes to its end to the cent. What can make a difference is told by what the database says
 * that each statement touched. Stops at the first order that goes wrong, or after `ordersMax`.
 */
export async function playAtOnce(house: House, name: string, text: string, { ordersMax, drawn }: Extent): Promise<Explored> {
  const explored: Explored = { name, orders: 0, givenUp: 0, possible: 0, isAll: false, ends: 0, drawn: 0, problems: [] };
  const schema = await readSchema(house.books.rows);
  const ends = new Set<string>();
  const orders = new Orders();
  do {
    orders.begin();
    const { wrong, end } = await playOnce(house, name, text, orders, schema);
    if (wrong === null) explored.givenUp++;
    else explored.orders++;
    if (explored.orders === 1 && explored.givenUp === 0) explored.possible = orderings(orders.steps);
    if (end !== null) ends.add(end);
    explored.problems.push(...inOrder(orders, wrong ?? []));
    explored.isAll = !orders.turnBack();
  } while (!explored.isAll && explored.orders < ordersMax && explored.problems.length === 0);
  explored.ends = ends.size;
  const chance = new Chance(`${name}, drawn`);
  while (explored.isAll && explored.drawn < drawn && explored.problems.length === 0) {
    const order = new Drawn(chance);
    const { wrong, end } = await playOnce(house, name, text, order, schema);
    explored.problems.push(
      ...inOrder(order, wrong?.length === 0 && !ends.has(end as string) ? ['ends as none of those did that were played'] : (wrong ?? [])),
    );
    explored.drawn++;
  }
  return explored;
}

function inOrder({ steps }: Course, wrong: string[]): string[] {
  return wrong.length === 0 ? [] : [`order ${steps.map(({ actor }) => actor).join('')}: ${wrong.join('; ')}`];
}

/** In how many orders two can take their steps. */
function orderings(steps: readonly Step[]): number {
  const first = steps.filter(({ actor }) => actor === 1).length;
  let count = 1;
  for (let taken = 1; taken <= first; taken++) count = (count * (steps.length - first + taken)) / taken;
  return count;
}

/** One order. Answers what was wrong, and how it ended before anything was made good; null for both where it was given up. */
async function playOnce(
  house: House,
  name: string,
  text: string,
  course: Course,
  schema: Schema,
): Promise<{ wrong: string[] | null; end: string | null }> {
  const { lines, atOnce, afterwards } = readScenario(name, text);
  await house.begin(name);
  const scene = new Scene(house);
  await scene.open();
  const before = await sayAll(scene, lines);
  if (before.length > 0) return { wrong: before, end: null };
  const actors: Actor[] = [];
  for (const [index, line] of atOnce.entries()) actors.push(await begin(new Scene(house, scene.market, index + 1), line, schema));

  const wrong = await interleave(house, actors, course, schema);
  for (const { name: process } of house.processes) await house.scheduler.kill(process);
  if (wrong === null || wrong.length > 0) return { wrong, end: null };
  house.expose(null);
  const failures = actors.map(({ failure }) => failure).filter((failure) => failure !== null);
  if (failures.length > 0)
    return { wrong: failures.map((failure) => (failure instanceof Error ? (failure.stack ?? failure.message) : String(failure))), end: null };
  const end = await endOf(house, schema);
  const after = await sayAll(scene, afterwards);
  if (after.length > 0) return { wrong: after, end };
  return { wrong: await heal(house, scene.market).catch((error: Error) => [error.message]), end };
}

/** Says one line after the other; answers what is wrong after the first that went wrong. */
async function sayAll(scene: Scene, lines: readonly string[]): Promise<string[]> {
  for (const line of lines) {
    const wrong = await say(scene, line);
    if (wrong.length > 0) return wrong.map((problem) => `after "${line}": ${problem}`);
  }
  return [];
}

/** Lets somebody begin; they stand at their first gate then. */
async function begin(scene: Scene, line: string, schema: Schema): Promise<Actor> {
  const actor: Actor = { number: scene.of as number, run: null, isOver: false, failure: null, held: null };
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

async function interleave(house: House, actors: Actor[], course: Course, schema: Schema): Promise<string[] | null> {
  while (actors.some(({ isOver }) => !isOver)) {
    const standing = actors.filter((actor) => watch(house, actor, schema) && !asksInVain(house, actor, course.steps));
    if (standing.length === 0 || course.steps.length > movesMax) return ['nobody goes on'];
    const chosen = course.choose(standing.map(({ number }) => number));
    const actor = standing.find(({ number }) => number === chosen);
    if (!actor) return null;
    const gate = gateOf(house, actor) as Gate;
    await take(house, actor, gate, course);
    for (const other of actors) if (other.held && isBack(house, other)) settle(other, other.held, course.steps.length - 1);
    if (gate.label === 'commit') {
      const wrong = [...(await wrongNow(house)), ...doneTwice(house.stripe.world)];
      if (wrong.length > 0) return wrong;
    }
  }
  return [];
}

/** Whether somebody is about to ask again, as often before, what Stripe is still at work on for another. Nothing new comes of that until it is done. */
function asksInVain({ scheduler }: House, { number, run }: Actor, steps: readonly Step[]): boolean {
  const label = scheduler.gates.find((gate) => gate.run === run)?.label ?? '';
  const isWorkedOn = label.startsWith('ask ') && scheduler.gates.some((gate) => gate.label === label.replace('ask', 'Stripe works on'));
  return isWorkedOn && steps.filter((step) => step.actor === number && step.label === label).length >= asksMax;
}

async function take(house: House, actor: Actor, gate: Gate, course: Course): Promise<void> {
  const step: Step = { actor: actor.number, label: gate.label, footprint: 'unknown', heldUntil: Number.POSITIVE_INFINITY };
  course.add(step);
  house.clock.advance(Math.max(1, gate.readyAt - house.clock.now().getTime()));
  await house.scheduler.step(gate);
  if (isBack(house, actor)) settle(actor, step, null);
  else actor.held = step;
}

function isBack(house: House, actor: Actor): boolean {
  return actor.isOver || gateOf(house, actor) !== undefined;
}

/** A step is done: only now is it known what it touched. */
function settle(actor: Actor, step: Step, heldUntil: number | null): void {
  const touched = actor.run?.watched?.touched.splice(0) ?? [];
  step.heldUntil = heldUntil;
  step.footprint = footprintAtStripe(step.label) ?? footprintOf(step.label, touched, heldUntil !== null);
  actor.held = null;
}

function footprintOf(label: string, [touched, ...more]: (Touched | 'unknown' | null)[], hasWaited: boolean): Touched | 'unknown' {
  if (touched === undefined) return nothing;
  if (touched === 'unknown' || more.length > 0) return 'unknown';
  if (touched === null || !hasWaited) return touched ?? nothing;
  const waitedFor = [...label.matchAll(/(?:update|delete|^select) (\w+)/g)].map(([, table]) => table as string);
  return { ...touched, holds: new Set([...touched.holds, ...waitedFor]) };
}
