import { crashPoint } from '../base/crash-points.js';
import { atomically, type Work } from '../db/work.js';
import type { ListedEvent } from '../stripe/events.js';
import { type SignatureProblem, verifyWebhook } from '../stripe/signature.js';
import { inBatches } from './batches.js';
import { asksForNothing } from './handlers.js';
import { storeEvents } from './storing.js';

const batchMax = 100; // events of one statement
const inFlightMax = 2; // one is written while the next is sent; more would wait for each other's rows
const waitingMax = 1_000; // some seconds' worth where the database is slow; Stripe delivers again what is sent away

/** What became of a delivery. Only STORED, to be applied or not, and DUPLICATE left a row; BUSY is to be delivered again. */
export type Intake =
  | { outcome: 'STORED'; isDue: boolean }
  | { outcome: 'DUPLICATE' | 'OTHER_MODE' | 'BUSY' }
  | { outcome: 'REFUSED'; problem: SignatureProblem };

/** Puts one delivered event into the inbox; whether it is new. Null where too many wait before it. */
export type StoreDelivered = (event: ListedEvent) => Promise<boolean> | null;

/** Stores what is delivered at the same time with few transactions: committing costs more than writing. */
export function openStoring(openWork: () => Work): StoreDelivered {
  return inBatches({ write: (events) => storeDelivered(openWork(), events), itemsMax: batchMax, inFlightMax, waitingMax });
}

/**
 * Takes one webhook delivery: checks who sent it, stores it once, and nothing more; applying it is the inbox's work.
 * Refused are bodies that Stripe did not sign within five minutes of now. An event of the other mode (test or live) is left alone.
 */
export async function receiveWebhook(work: Work, body: Buffer, signature: string | undefined, store: StoreDelivered = alone(work)): Promise<Intake> {
  const { platformWebhookSecrets, connectWebhookSecrets, mode } = work.config.stripe;
  const payload = body.toString('utf8');
  const verified = verifyWebhook(payload, signature, [...platformWebhookSecrets, ...connectWebhookSecrets], work.wallClock);
  if ('problem' in verified) return { outcome: 'REFUSED', problem: verified.problem };
  if (verified.event.livemode !== (mode === 'live')) {
    work.log.warn({ event: verified.event.id, livemode: verified.event.livemode }, 'an event of the other mode is left alone');
    return { outcome: 'OTHER_MODE' };
  }

  const { event } = verified;
  const isNew = await store({ event, payload });
  if (isNew === null) return { outcome: 'BUSY' };
  crashPoint('event.stored');
  return isNew ? { outcome: 'STORED', isDue: !asksForNothing(event) } : { outcome: 'DUPLICATE' };
}

function alone(work: Work): StoreDelivered {
  return async (event) => (await storeDelivered(work, [event]))[0] === true;
}

async function storeDelivered(work: Work, events: ListedEvent[]): Promise<boolean[]> {
  const fresh = new Set(await atomically(work, (tx) => storeEvents(tx, events, 'WEBHOOK')));
  return events.map((event) => fresh.has(event));
}
