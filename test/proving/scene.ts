import type { Seller } from '../../src/access/viewer.js';
import { known } from '../../src/base/assert.js';
import type { Work } from '../../src/db/work.js';
import { platformOwner, type Stored } from '../../src/simulator/world.js';
import type { Run } from './ground/scheduler.js';
import type { RequestFault } from './ground/stripe-line.js';
import type { House } from './house.js';
import { type Marketplace, onboard, openSellers } from './marketplace.js';

const stepsMax = 500;

/** One seller's story as it goes on. */
export class Scene {
  readonly #faults: { kind: RequestFault; path: string; times: number }[] = [];
  #diesBefore: string | null = null;

  /** `of` makes it one of several who act at once: with processes of its own, which somebody else lets on. */
  constructor(
    readonly house: House,
    readonly market: Marketplace = { sellers: [], offerings: [], checkouts: [] },
    readonly of: number | null = null,
  ) {
    house.expose({ faultOf: (method, path) => this.#faultOf(`${method} ${path}`), losesConnection: () => null });
  }

  async open(): Promise<void> {
    this.market.sellers = await openSellers(this.house, 1);
    await this.as('serve 1', (work) => onboard(work, this.seller));
    for (const { id } of this.house.stripe.world.all('account', null)) this.house.stripe.control(`accounts/${id}/onboard`);
  }

  /** Lets one process do one thing to its end, or to where it is to die. A refusal is an end. */
  async as(process: string, task: (work: Work) => Promise<unknown>): Promise<void> {
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

  fail(kind: RequestFault, path: string, times: number): void {
    this.#faults.push({ kind, path, times });
  }

  dieBefore(label: string): void {
    this.#diesBefore = label;
  }

  get seller(): Seller {
    return known(this.market.sellers[0], 'the seller');
  }

  /** Something happens at Stripe. */
  at(path: string, body: object = {}): void {
    this.house.stripe.control(path, body);
  }

  latest(kind: string): Stored {
    return known(this.house.stripe.world.all<Stored>(kind, platformOwner)[0], `a ${kind}`);
  }

  #faultOf(asked: string): RequestFault | null {
    const fault = this.#faults.find(({ path, times }) => times > 0 && asked.startsWith(path));
    if (!fault) return null;
    fault.times--;
    return fault.kind;
  }
}
