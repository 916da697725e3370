import { readScenario } from '../../src/scenarios/scenario.js';
import { say } from '../../src/scenarios/sentences.js';
import { Chance } from './chance.js';
import type { Gate } from './ground/scheduler.js';
import { heal } from './healing.js';
import type { House } from './house.js';
import { doneTwice } from './model.js';
import { wrongNow } from './scenario.js';
import { Scene } from './scene.js';

/** What came of letting two act at once in every order. */
export interface Explored {
  name: string;
  /** The orders that differ, each played to the end. */
  orders: number;
  /** Whether those were all there are. */
  isAll: boolean;
  problems: string[];
}

/** One of those who act at once. */
interface Actor {
  number: number;
  isOver: boolean;
  failure: unknown;
  /** The tables that its open transaction has written. */
  wrote: Set<string>;
}

/** Where an order may go on in more than one way. */
interface Fork {
  chosen: number;
  open: number[];
  tried: number[];
  asleep: number[];
}

/** What an actor does next: its gate, and what that touches. */
interface Move {
  actor: Actor;
  gate: Gate;
  reads: Set<string>;
  writes: Set<string>;
  isCommit: boolean;
}

const movesMax = 400;
const nobody = 0;

/**
 * Plays a scenario up to its `at once:`, then lets the lines after it happen in every order of their statements and requests, and checks each time
 * that everything comes to its end to the cent. Of orders that differ only in what cannot matter, it plays one: two steps may change places where they
 * touch different tables, where both only read, or where one writes what nobody sees before it commits and the other does not write it.
 * Where `ordersMax` is finite, so many are drawn instead, always the same.
 */
export async function playAtOnce(house: House, name: string, text: string, ordersMax: number): Promise<Explored> {
  const explored: Explored = { name, orders: 0, isAll: false, problems: [] };
  const isDrawn = Number.isFinite(ordersMax);
  let forks: Fork[] = [];
  do {
    const chance = new Chance(`${name} ${explored.orders}`);
    const wrong = await playOnce(house, name, text, forks, isDrawn ? (open) => chance.of(open) : ([first]) => first as number);
    if (isDrawn || wrong !== null) explored.orders++;
    if (wrong && wrong.length > 0) explored.problems.push(`order ${forks.map(({ chosen }) => chosen).join('')}: ${wrong.join('; ')}`);
    if (isDrawn) forks = [];
    else explored.isAll = !turnBack(forks);
  } while (!explored.isAll && explored.orders < ordersMax && explored.problems.length === 0);
  return explored;
}

/** Which of those who may go on does. */
type Pick = (open: number[]) => number;

/** Takes the last choice back that has another way; false where none has. */
function turnBack(forks: Fork[]): boolean {
  for (let fork = forks.at(-1); fork; forks.pop(), fork = forks.at(-1)) {
    const { chosen, open, tried, asleep } = fork;
    tried.push(chosen);
    const other = open.find((number) => !tried.includes(number) && !asleep.includes(number));
    if (other === undefined) continue;
    fork.chosen = other;
    return true;
  }
  return false;
}

/** One order: as `forks` says as far as it goes, and from there on any. Answers what was wrong; null where it is one that was played before. */
async function playOnce(house: House, name: string, text: string, forks: Fork[], pick: Pick): Promise<string[] | null> {
  const { lines, atOnce } = readScenario(name, text);
  await house.begin(name);
  const scene = new Scene(house);
  await scene.open();
  for (const line of lines) {
    const wrong = await say(scene, line);
    if (wrong.length > 0) return wrong.map((problem) => `after "${line}": ${problem}`);
  }
  const actors: Actor[] = [];
  for (const [index, line] of atOnce.entries()) actors.push(await begin(new Scene(house, scene.market, index + 1), line));

  const wrong = await interleave(house, actors, forks, pick);
  for (const { name: process } of house.processes) await house.scheduler.kill(process);
  if (wrong === null || wrong.length > 0) return wrong;
  house.expose(null);
  const failures = actors.map(({ failure }) => failure).filter((failure) => failure !== null);
  if (failures.length > 0) return failures.map((failure) => (failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)));
  return heal(house, scene.market);
}

/** Lets somebody begin; they stand at their first gate then. */
async function begin(scene: Scene, line: string): Promise<Actor> {
  const actor: Actor = { number: scene.of as number, isOver: false, failure: null, wrote: new Set() };
  const over = (failure: unknown) => Object.assign(actor, { isOver: true, failure });
  void say(scene, line).then(([wrong]) => over(wrong ?? null), over);
  while (!actor.isOver && !gateOf(scene.house, actor)) await new Promise((resolve) => setImmediate(resolve));
  return actor;
}

function gateOf({ scheduler }: House, { number }: Actor): Gate | undefined {
  return scheduler.gates.find(({ run }) => run.process.endsWith(String(number)));
}

async function interleave(house: House, actors: Actor[], forks: Fork[], pick: Pick): Promise<string[] | null> {
  let asleep: number[] = [];
  for (let depth = 0; actors.some(({ isOver }) => !isOver); depth++) {
    const moves = actors.flatMap((actor) => moveOf(house, actor) ?? []);
    if (moves.length === 0 || depth > movesMax) return ['nobody goes on'];
    const fork = forks[depth] ?? forkOf(moves, asleep, pick);
    forks[depth] = fork;
    const move = moves.find(({ actor }) => actor.number === fork.chosen);
    if (!move) {
      forks.length = depth;
      return null; // whoever could go on does so in an order that was played
    }
    asleep = [...fork.asleep, ...fork.tried].filter((number) => {
      const other = moves.find(({ actor }) => actor.number === number);
      return other !== undefined && number !== fork.chosen && !matters(other, move);
    });
    await take(house, move);
    if (move.isCommit) {
      const wrong = [...(await wrongNow(house)), ...doneTwice(house.stripe.world)];
      if (wrong.length > 0) return wrong;
    }
  }
  return [];
}

function forkOf(moves: Move[], asleep: number[], pick: Pick): Fork {
  const open = moves.map(({ actor }) => actor.number);
  const awake = open.filter((number) => !asleep.includes(number));
  return { chosen: awake.length > 0 ? pick(awake) : nobody, open, tried: [], asleep };
}

async function take(house: House, { actor, gate, writes, isCommit }: Move): Promise<void> {
  house.clock.advance(Math.max(1, gate.readyAt - house.clock.now().getTime()));
  if (isCommit || gate.label === 'rollback') actor.wrote.clear();
  else for (const table of writes) actor.wrote.add(table);
  await house.scheduler.step(gate);
}

function moveOf(house: House, actor: Actor): Move | null {
  const gate = gateOf(house, actor);
  if (!gate) return null;
  const { label } = gate;
  const isCommit = label === 'commit';
  const writes = new Set(
    [...label.matchAll(/\b(?:insert|update|delete) (\w+)|^select (\w+) for update/g)].map(([, changed, locked]) => `${changed ?? locked}`),
  );
  const reads = new Set([...label.matchAll(/^select (\w+)$/g)].map(([, table]) => `${table}`));
  const request = /^(?:ask|Stripe works on) (\w+)/.exec(label);
  if (request) (request[1] === 'GET' ? reads : writes).add('Stripe');
  return { actor, gate, reads, writes: isCommit ? actor.wrote : writes, isCommit };
}

/** Whether it matters which of two comes first. */
function matters(one: Move, other: Move): boolean {
  return sees(one, other) || sees(other, one) || meet(one.writes, other.writes);
}

/** What is read is what was committed; of Stripe, whatever it has done. */
function sees(reader: Move, writer: Move): boolean {
  return writer.isCommit ? meet(reader.reads, writer.writes) : reader.reads.has('Stripe') && writer.writes.has('Stripe');
}

function meet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some((table) => other.has(table));
}
