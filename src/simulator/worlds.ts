import { randomUUID } from 'node:crypto';
import { type Clock, secondMs } from '../base/clock.js';
import type { Log } from '../base/log.js';
import { control } from './controls.js';
import { type ApiRequest, dispatch } from './dispatch.js';
import { type Command, type Journal, openJournal } from './journal.js';
import { pageCommand } from './pages/pages.js';
import { ApiError } from './protocol/errors.js';
import type { Form } from './protocol/form.js';
import { passTime } from './time.js';
import { Deliveries } from './webhooks/deliveries.js';
import { World } from './world.js';

/** What a command does, before its world and time are known. */
type Deed = Pick<Command, 'kind'> & Record<string, unknown>;

/** All worlds, each made by its commands alone: on disk first, then done, its books checked, its events sent. Read again, they make the same worlds. */
export class Worlds {
  readonly #worlds = new Map<string, World>();
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #deliveries: Deliveries;

  constructor({ clock, log, journalFile }: { clock: Clock; log: Log; journalFile: string | null }) {
    this.#clock = clock;
    this.#deliveries = new Deliveries({
      clock,
      log,
      nowOf: (world) => this.nowOf(world),
      conclude: (world, key, taken) => this.#conclude(world, key, taken),
    });
    const { journal, commands } = openJournal(journalFile);
    this.#journal = journal;
    for (const command of commands) this.#replay(command);
  }

  /** The world of a name, where it has begun. */
  find(name: string): World | null {
    return this.#worlds.get(name) ?? null;
  }

  /** The world of a name: there, or begun now. */
  open(name: string): World {
    const there = this.#worlds.get(name);
    if (there) return there;
    const seed = randomUUID();
    this.#journal.append({ world: name, at: 0, kind: 'genesis', seed });
    return this.#begin(name, seed);
  }

  nowOf({ offsetSeconds }: World): number {
    return Math.floor(this.#clock.now().getTime() / secondMs) + offsetSeconds;
  }

  /** Does what changes a world. What it answers, and refuses, is the deed's own. */
  run<T>(name: string, deed: Deed): T {
    const world = this.open(name);
    const command = { ...deed, world: name, at: this.nowOf(world) };
    this.#journal.append(command);
    return this.#done<T>(command);
  }

  /** Does what only reads a world; of that, only the time that has passed is kept. */
  read<T>(name: string, deed: Deed): T {
    const world = this.open(name);
    const command = { ...deed, world: name, at: this.nowOf(world) };
    if (timeChanged(world, command.at)) this.#journal.append({ world: name, at: command.at, kind: 'tick' });
    return this.#done<T>(command);
  }

  /** Says where a world's events go beside what it registers itself; known before, what waits for them goes on its way. */
  deliverTo(name: string, endpoints: { id: string; url: string; connect: boolean; secrets: string[] }[]): void {
    const world = this.open(name);
    const isKnown = endpoints.every(({ id, url }) => world.endpoints.some((endpoint) => endpoint.id === id && endpoint.url === url));
    if (!isKnown) this.run(name, { kind: 'endpoints', endpoints: endpoints.map(({ secrets: _, ...endpoint }) => endpoint) });
    for (const { id, secrets } of endpoints) {
      const endpoint = world.endpoints.find((one) => one.id === id);
      if (endpoint) endpoint.secrets = secrets.map((value) => ({ value, until: null }));
    }
  }

  /** Sends what waits in every world: at the start, also what was under way when the process ended. */
  pumpAll(): void {
    for (const world of this.#worlds.values()) this.#deliveries.pump(world);
  }

  delivered(): Promise<void> {
    return this.#deliveries.delivered();
  }

  async close(): Promise<void> {
    await this.#deliveries.close();
    this.#journal.close();
  }

  #begin(name: string, seed: string): World {
    const world = new World(name, seed);
    this.#worlds.set(name, world);
    return world;
  }

  #done<T>(command: Command): T {
    try {
      return this.#perform(this.open(command.world), command) as T;
    } finally {
      this.#deliveries.pump(this.open(command.world));
    }
  }

  #replay(command: Command): void {
    if (command.kind === 'genesis') return void this.#begin(command.world, command['seed'] as string);
    try {
      this.#perform(this.open(command.world), command);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // refused then as now
    }
  }

  #perform(world: World, command: Command): unknown {
    if (command.kind === 'delivery') return world.conclude(command['key'] as string, command['taken'] === true);
    world.now = command.at;
    passTime(world);
    try {
      switch (command.kind) {
        case 'api':
          return dispatch(world, command['request'] as ApiRequest, command['isInFlight'] === true);
        case 'page':
          return pageCommand(world, command['path'] as string, command['form'] as Form);
        case 'genesis':
        case 'tick':
          return world;
        case 'endpoints':
          return world.knowEndpoints(command['endpoints'] as { id: string; url: string; connect: boolean }[]);
        case 'control':
          if (command['path'] === 'reset') return this.#reset(world, command['seed'] as string);
          return control(world, command['path'] as string, command['body']);
      }
    } finally {
      world.ledger.assertBalanced();
    }
  }

  /** An empty world of the same name, which the same server goes with. */
  #reset(world: World, seed: string): object {
    this.#deliveries.forget(world);
    const made = this.#begin(world.name, seed);
    made.endpoints.push(...world.endpoints.filter(({ id }) => !id.startsWith('we_')));
    return { reset: world.name };
  }

  #conclude(world: World, key: string, taken: boolean): void {
    if (this.#worlds.get(world.name) !== world || !world.undelivered.has(key)) return; // of a world that was emptied, or sent twice
    this.#journal.note({ world: world.name, at: this.nowOf(world), kind: 'delivery', key, taken });
    world.conclude(key, taken);
  }
}

/** Lets time pass for a request that only reads; whether that changed anything, which a replay must then do at the same moment. */
function timeChanged(world: World, at: number): boolean {
  const [objects, pending] = [world.objects.size, world.pending.length];
  world.now = at;
  passTime(world);
  return world.objects.size !== objects || world.pending.length !== pending;
}
