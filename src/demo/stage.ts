import { actAs } from '../access/acting.js';
import { anonymous, type Viewer } from '../access/viewer.js';
import { secondMs } from '../base/clock.js';
import type { Work } from '../db/work.js';
import type { Budget } from '../stripe/budget.js';

/** Nobody else asks the simulator while the demo fills. */
export const unhurried: Budget = { reserve: async () => 0, slowDown: async () => undefined };

/** Where the demo is played: everything is done by the same actions as the API's and the pages', for somebody who may. */
export class Stage {
  constructor(readonly openWork: () => Work) {}

  /** A unit of work of somebody's, as at the door. */
  as(viewer: Viewer): Work {
    const work = this.openWork();
    actAs(work, viewer, { address: null, requestId: null });
    return work;
  }

  asBuyer(): Work {
    return this.as(anonymous);
  }

  now(): Date {
    return this.openWork().clock.now();
  }

  /** Lets time pass until an instant; not at all where it has passed already. */
  async turnTo(instant: Date): Promise<void> {
    const seconds = Math.floor((instant.getTime() - this.now().getTime()) / secondMs);
    if (seconds > 0) await this.control('clock/advance', { seconds });
  }

  /** What people, banks and Stripe itself do at Stripe. */
  control(path: string, body: object = {}): Promise<Record<string, unknown>> {
    return this.#ask(`/_simulator/${path}`, { body: JSON.stringify(body) });
  }

  /** What somebody asks of Stripe by themselves, in its own dashboard. */
  async atStripe(path: string, form: Record<string, string>, stripeAccountId: string | null = null): Promise<void> {
    const authorization = `Bearer ${this.openWork().config.stripe.secretKey.reveal()}`;
    await this.#ask(path, {
      body: new URLSearchParams(form),
      headers: { authorization, ...(stripeAccountId ? { 'stripe-account': stripeAccountId } : {}) },
    });
  }

  async #ask(path: string, request: RequestInit): Promise<Record<string, unknown>> {
    const answer = await fetch(this.openWork().config.stripe.apiBase + path, { method: 'POST', ...request });
    const told = (await answer.json()) as Record<string, unknown>;
    if (!answer.ok) throw new Error(`the simulator refused ${path}: ${JSON.stringify(told)}`);
    return told;
  }
}
