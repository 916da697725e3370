import type { Seller } from '../../src/access/viewer.js';
import { known } from '../../src/base/assert.js';
import { backUp, restore } from '../../src/db/backup.js';
import type { Work } from '../../src/db/work.js';
import { schedule } from '../../src/jobs/schedule.js';
import { emptyMarketplace, type Marketplace, onboard } from '../../src/scenarios/marketplace.js';
import type { Fault, ProcessName, StripeObject, Theatre } from '../../src/scenarios/theatre.js';
import type { InProcessStripe } from '../../src/simulator/in-process.js';
import type { Stored } from '../../src/simulator/world.js';
import { deliver } from './deeds.js';
import type { Run } from './ground/scheduler.js';
import type { House } from './house.js';
import { openSellers } from './marketplace.js';

const stepsMax = 500;

/** One seller's story as it goes on in the house: every step of it is let on by the schedule, so that it goes the same way each time. */
export class Scene implements Theatre {
  readonly #faults: { fault: Fault; path: string; times: number }[] = [];
  #diesBefore: string | null = null;

  /** `of` makes it one of several who act at once: with processes of its own, which somebody else lets on. */
  constructor(
    readonly house: House,
    readonly market: Marketplace = emptyMarketplace(),
    readonly of: number | null = null,
  ) {
    house.expose({ faultOf: (method, path) => this.#faultOf(`${method} ${path}`), losesConnection: () => null });
  }

  async open(): Promise<void> {
    this.market.sellers = await openSellers(this.house, 1);
    await this.as('serve 1', (work) => onboard(work, this.seller));
    for (const { id } of this.house.stripe.all('account', null)) this.house.stripe.control(`accounts/${id}/onboard`);
  }

  openWork(): Work {
    return known(this.house.processes[0], 'a process').openWork();
  }

  async as(process: ProcessName, task: (work: Work) => Promise<unknown>): Promise<void> {
    const { scheduler } = this.house;
    const name = this.of === null ? process : process.replace(/\d/, String(this.of));
    const work = known(
      this.house.processes.find((one) => one.name === name),
      name,
    ).openWork();
    const run = scheduler.start(name, 'scenario', () => task(work));
    if (this.of === null) await this.#drive(run);
    else await run.end;
    if (run.failure instanceof Error && !['Refusal', 'Denied'].includes(run.failure.name)) throw run.failure;
  }

  /** Lets a run on until it is over, or where it is to die. */
  async #drive(run: Run): Promise<void> {
    const { scheduler } = this.house;
    for (let steps = 0; !run.isOver && steps < stepsMax; steps++) {
      const gate = scheduler.gates.find((one) => one.run === run);
      if (!gate) throw new Error('it stands still');
      if (this.#diesBefore !== null && gate.label.startsWith(this.#diesBefore)) {
        this.#diesBefore = null;
        return scheduler.kill(run.process);
      }
      this.house.clock.advance(Math.max(1, gate.readyAt - this.house.clock.now().getTime()));
      await scheduler.step(gate);
    }
  }

  job(name: string): ((work: Work) => Promise<number>) | null {
    return schedule[name]?.run ?? null;
  }

  fail(fault: Fault, path: string, times: number): void {
    this.#faults.push({ fault, path, times });
  }

  dieBefore(step: string): void {
    this.#diesBefore = step;
  }

  turn(ms: number): Promise<void> {
    return this.house.turn(ms);
  }

  backUp(): Promise<void> {
    return backUp(this.house.databaseUrl);
  }

  async restore(): Promise<void> {
    for (const { name } of this.house.processes) await this.house.scheduler.kill(name);
    await restore(this.house.databaseUrl);
  }

  get told(): ReadonlySet<string> {
    return this.house.delivered;
  }

  async deliver(work: Work, event: StripeObject): Promise<void> {
    await deliver(this.house, event as Stored).task(work);
  }

  get stripe(): InProcessStripe {
    return this.house.stripe;
  }

  get seller(): Seller {
    return known(this.market.sellers[0], 'the seller');
  }

  #faultOf(asked: string): Fault | null {
    const found = this.#faults.find(({ path, times }) => times > 0 && asked.startsWith(path));
    if (!found) return null;
    found.times--;
    return found.fault;
  }
}
