import { setTimeout as pause } from 'node:timers/promises';
import { actAs } from '../access/acting.js';
import { anonymous, type Viewer } from '../access/viewer.js';
import { later, minuteMs, secondMs } from '../base/clock.js';
import type { Work } from '../db/work.js';
import { applyDueEvents } from '../events/apply.js';
import { returnDue } from '../settlements/returning.js';
import { reverseDue } from '../settlements/reversing.js';
import { settleDue } from '../settlements/settling.js';
import type { Budget } from '../stripe/budget.js';

const paysWithinMs = 10 * minuteMs; // who has not paid by then has left
const lookEveryMs = 250;
const handfulMax = 50; // events or settlements at a time

/** The budget while a demo is being played: the simulator takes any number of requests. Afterwards it is `usual`. */
export class DemoBudget implements Budget {
  isPlaying = true;

  constructor(readonly usual: Budget) {}

  async reserve(endpoint: string, write: boolean): Promise<number | null> {
    return this.isPlaying ? 0 : this.usual.reserve(endpoint, write);
  }

  async slowDown(endpoint: string): Promise<void> {
    if (!this.isPlaying) await this.usual.slowDown(endpoint);
  }
}

/** Where the demo is played: everything is done by the same actions as the API's and the pages', for somebody who may. */
export class Stage {
  /** `delivered` waits until the simulator has told what has happened. */
  constructor(
    readonly openWork: () => Work,
    readonly delivered: () => Promise<void>,
  ) {}

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

  /** Does what follows from what has happened, as the worker does: applies events, pays, takes back, gives back. */
  async follow(): Promise<void> {
    await this.delivered();
    const work = this.openWork();
    while ((await applyDueEvents(work, handfulMax)) > 0);
    while ((await settleDue(work, handfulMax)) > 0);
    await reverseDue(work, handfulMax);
    await returnDue(work, handfulMax);
  }

  /** Waits while somebody who is no part of the demo stands at Stripe's page to pay: if time went on, it would close before them. */
  async untilNobodyPays(isStopped: () => boolean): Promise<void> {
    const { read, wallClock } = this.openWork();
    const until = later(wallClock.now(), paysWithinMs);
    const paying = read
      .selectFrom('purchaseSession')
      .select('id')
      .where('status', 'in', ['CREATING', 'OPEN'])
      .where('email', 'not like', '%@demo.test')
      .where('expiresAt', '>', this.now());
    while (!isStopped() && wallClock.now() < until && (await paying.executeTakeFirst())) await pause(lookEveryMs);
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
