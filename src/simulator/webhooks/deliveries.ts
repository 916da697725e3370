import { type Clock, secondMs } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { World } from '../world.js';
import { type Delivery, type Endpoint, secretsAt } from './endpoints.js';
import { ordered, type Post, postOf, shownIn, strayAheadOf } from './posts.js';

const underWayMax = 64; // a local server's own queue takes no more with ease
const answerMaxMs = 10_000;
const givenUpAfterSeconds = 3 * 86_400; // Source: docs.stripe.com/webhooks, on retries in live mode
const waitMaxMs = 3_600_000; // timers are looked at again this often; they hold 24 days at most

/** What the world's own deliveries need of it. */
export interface DeliveryOptions {
  /** The real time, which signatures carry. */
  clock: Clock;
  log: Log;
  /** The present second of a world. */
  nowOf(world: World): number;
  /** Notes that an endpoint has taken an event, or is given up. */
  conclude(world: World, key: string, taken: boolean): void;
}

interface Progress {
  tries: number;
  /** The second, simulated, of the next try. */
  dueAt: number;
  isUnderWay: boolean;
}

interface Ready extends Delivery {
  key: string;
  endpoint: Endpoint;
  progress: Progress;
}

/** Brings worlds' events to the endpoints that want them, again until they are taken, three simulated days long. */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #progress = new WeakMap<Delivery, Progress>();
  readonly #timers = new Map<World, NodeJS.Timeout>();
  readonly #collecting = new Set<World>();
  readonly #open = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #underWay = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Sends what a world has due, and comes back when more is. Answers at once. */
  pump(world: World): void {
    if (this.#stop.signal.aborted) return;
    const { mode } = world.webhooks;
    if (mode === 'reverse' || mode === 'shuffle') this.#collect(world);
    else this.#begin(world, this.#ready(world));
    this.#comeBack(world);
  }

  /** Lets go of a world that was emptied. */
  forget(world: World): void {
    world.undelivered.clear();
    clearTimeout(this.#timers.get(world));
    this.#timers.delete(world);
  }

  /** When nothing is under way or due: every event has been taken, waits for its next try, or is given up. */
  async delivered(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#open);
  }

  #ready(world: World): Ready[] {
    const now = this.#options.nowOf(world);
    return this.#waiting(world).filter(({ progress }) => progress.dueAt <= now);
  }

  /** What is on its way to an endpoint whose secret is known, and not under way. */
  #waiting(world: World): Ready[] {
    const { mode, delaySeconds } = world.webhooks;
    const heldFor = mode === 'delay' ? (delaySeconds ?? Number.POSITIVE_INFINITY) : 0;
    return [...world.undelivered].flatMap(([key, delivery]) => {
      const endpoint = world.endpoints.find(({ id }) => id === delivery.endpointId);
      const progress = this.#progress.get(delivery) ?? { tries: 0, dueAt: 0, isUnderWay: false };
      if (!endpoint || endpoint.secrets.length === 0 || progress.isUnderWay) return [];
      if (progress.tries === 0) progress.dueAt = delivery.event.created + heldFor;
      this.#progress.set(delivery, progress);
      return [{ key, ...delivery, endpoint, progress }];
    });
  }

  #collect(world: World): void {
    if (this.#collecting.has(world) || this.#ready(world).length === 0) return;
    this.#collecting.add(world);
    const sent = this.#pause(world.webhooks.windowMs).then(() => {
      this.#collecting.delete(world);
      this.#begin(world, ordered(this.#ready(world), world.webhooks.mode));
    });
    this.#track(sent);
  }

  #begin(world: World, ready: Ready[]): void {
    if (this.#stop.signal.aborted) return;
    for (const one of ready.slice(0, underWayMax - this.#underWay)) {
      one.progress.isUnderWay = true;
      this.#underWay++;
      this.#track(this.#attempt(world, one));
    }
  }

  async #attempt(world: World, { key, event, endpoint, progress }: Ready): Promise<void> {
    const taken = await this.#send(world, { event, endpoint });
    this.#underWay--;
    progress.isUnderWay = false;
    if (this.#stop.signal.aborted) return;
    progress.tries++;
    progress.dueAt = this.#options.nowOf(world) + 2 ** (progress.tries - 1);
    if (taken || progress.dueAt > event.created + givenUpAfterSeconds) this.#options.conclude(world, key, taken);
    this.pump(world);
  }

  /** One try, as the world's mode says; whether the endpoint took it. */
  async #send(world: World, { event, endpoint }: { event: Delivery['event']; endpoint: Endpoint }): Promise<boolean> {
    const { mode, copies } = world.webhooks;
    const secrets = secretsAt(endpoint, this.#options.nowOf(world));
    const signedAt = Math.floor(this.#options.clock.now().getTime() / secondMs);
    const stray = strayAheadOf(event, mode, secrets, signedAt);
    if (stray) await this.#post(endpoint.url, stray);
    const post = postOf(shownIn(mode, event), secrets, signedAt);
    const answers = await Promise.all(Array.from({ length: mode === 'duplicate' ? copies : 1 }, () => this.#post(endpoint.url, post)));
    return answers.every((taken) => taken);
  }

  async #post(url: string, { body, signature }: Post): Promise<boolean> {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
        redirect: 'manual', // an answer that sends elsewhere counts as not taken
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerMaxMs)]),
      });
      await answer.body?.cancel();
      if (!answer.ok) this.#options.log.debug({ status: answer.status }, 'simulated webhook not taken');
      return answer.ok;
    } catch {
      return false; // no answer: tried again later
    }
  }

  #comeBack(world: World): void {
    clearTimeout(this.#timers.get(world));
    this.#timers.delete(world);
    const now = this.#options.nowOf(world);
    const next = Math.min(
      ...this.#waiting(world)
        .map(({ progress }) => progress.dueAt)
        .filter((dueAt) => dueAt > now),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => this.pump(world), Math.min((next - now) * secondMs, waitMaxMs));
    this.#timers.set(world, timer.unref());
  }

  #track(work: Promise<void>): void {
    this.#open.add(work);
    void work.finally(() => this.#open.delete(work));
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
