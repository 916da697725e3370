import { createHmac } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Stored, World } from './world.js';

const triesMax = 6;
const retryBaseMs = 200;
const answerMaxMs = 10_000;
const gatherMs = 40; // how long `reverse` collects before it turns the order round

/** Sends events to the endpoints that want them, signed as Stripe signs, again until they are taken. */
export class Deliveries {
  #held: (() => void)[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(
    readonly clock: Clock,
    readonly log: Log,
  ) {}

  /** Sends a command's events as the world's mode says. Answers at once. */
  send(world: World, events: Stored[]): void {
    if (world.webhookMode === 'off' || this.#stop.signal.aborted) return;
    const sends = events.flatMap((event) => this.#endpointsFor(world, event).map((endpoint) => () => this.#track(this.#deliver(endpoint, event))));
    if (world.webhookMode === 'delay') this.#held.push(...sends);
    else if (world.webhookMode === 'reverse') this.#gather(sends);
    else for (const send of sends) for (let times = world.webhookMode === 'duplicate' ? 2 : 1; times > 0; times--) send();
  }

  /** Lets go of what `delay` held back. */
  releaseHeld(): void {
    for (const send of this.#held.splice(0)) send();
  }

  /** When every event that is under way has been taken, or given up. */
  async delivered(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#open);
  }

  #endpointsFor(world: World, event: Stored) {
    return world.endpoints.filter(
      ({ connect, enabledEvents }) =>
        connect === 'account' in event && (enabledEvents.includes('*') || enabledEvents.includes(String(event['type']))),
    );
  }

  #gather(sends: (() => void)[]): void {
    const first = this.#held.length === 0;
    this.#held.push(...sends);
    if (!first) return;
    setTimeout(() => {
      for (const send of this.#held.splice(0).reverse()) send();
    }, gatherMs).unref();
  }

  #track(delivery: Promise<void>): void {
    this.#open.add(delivery);
    void delivery.finally(() => this.#open.delete(delivery));
  }

  async #deliver({ url, secret }: { url: string; secret: string }, event: Stored): Promise<void> {
    const body = JSON.stringify(event);
    for (let tries = 1; tries <= triesMax && !this.#stop.signal.aborted; tries++) {
      try {
        const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerMaxMs)]);
        const answer = await fetch(url, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': this.#sign(body, secret) },
          signal,
        });
        await answer.body?.cancel();
        if (answer.ok) return;
        this.log.debug({ event: event.id, status: answer.status }, 'simulated webhook not taken');
      } catch {
        // no answer: tried again below
      }
      await this.#pause(retryBaseMs * 2 ** tries);
    }
  }

  #sign(body: string, secret: string): string {
    const t = Math.floor(this.clock.now().getTime() / 1_000);
    return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#stop.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        done();
      });
    });
  }
}
