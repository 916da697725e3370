import type { Stripe } from 'stripe';

type Interval = 'day' | 'week' | 'month' | 'year';

/**
 * Says a subscription schedule phase by phase; `build` answers the plain parameters that `subscriptionSchedules.create` takes.
 * Refuses, before Stripe could, a schedule without phases and a phase without a price or without an end.
 */
export class ScheduleBuilder {
  readonly #phases: Stripe.SubscriptionScheduleCreateParams.Phase[] = [];
  #start: 'now' | number = 'now';
  #end: 'release' | 'cancel' = 'release';

  constructor(readonly customer: string) {}

  /** Begins in that second, or now. */
  starting(when: 'now' | number): this {
    this.#start = when;
    return this;
  }

  /** What becomes of the subscription after the last phase: it goes on, or it ends. */
  ending(how: 'release' | 'cancel'): this {
    this.#end = how;
    return this;
  }

  /** The next phase: a price, how many of it, and for how long. */
  phase(price: string, quantity: number, lasting: { count: number; interval: Interval }): this {
    if (price === '') throw new Error(`Phase ${this.#phases.length + 1} has no price.`);
    if (lasting.count < 1) throw new Error(`Phase ${this.#phases.length + 1} lasts for no time.`);
    this.#phases.push({ items: [{ price, quantity }], duration: { interval: lasting.interval, interval_count: lasting.count } });
    return this;
  }

  build(): Stripe.SubscriptionScheduleCreateParams {
    if (this.#phases.length === 0) throw new Error('A schedule has at least one phase.');
    return { customer: this.customer, start_date: this.#start, end_behavior: this.#end, phases: [...this.#phases] };
  }
}
