import { createHash, createHmac } from 'node:crypto';
import type { Stored } from '../world.js';
import type { WebhookMode } from './endpoints.js';

/** One request to an endpoint. */
export interface Post {
  body: string;
  signature: string;
}

const olderThanAccepted = 600; // seconds; Stripe's libraries accept 300
const otherVersion = '2019-12-03';

/** An event as an endpoint gets it: with a signature for each secret, at a second. */
export function postOf(event: object, secrets: string[], signedAt: number): Post {
  const body = JSON.stringify(event);
  const signatures = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(`${signedAt}.${body}`).digest('hex')}`);
  return { body, signature: [`t=${signedAt}`, ...signatures].join(',') };
}

/** What the world's mode sends ahead of an event, with an id of its own, and nobody should believe: null where it sends nothing. */
export function strayAheadOf(event: Stored, mode: WebhookMode, secrets: string[], now: number): Post | null {
  const stray = { ...event, id: `${event.id.slice(0, -5)}stray` };
  if (mode === 'stale') return postOf(stray, secrets, now - olderThanAccepted);
  if (mode === 'bad_signature') return postOf(stray, ['whsec_of_somebody_else'], now);
  if (mode === 'live_stray') return postOf({ ...stray, livemode: true }, secrets, now);
  return null;
}

/** The event as the mode shows it: of an API version before ours all that can be relied on is which object it is about. */
export function shownIn(mode: WebhookMode, event: Stored): object {
  if (mode !== 'other_version') return event;
  const { id, object } = (event['data'] as { object: { id?: string; object: string } }).object;
  return { ...event, api_version: otherVersion, data: { object: { id, object } } };
}

/** Events in the order the mode sends them in: the same in every run over the same events. */
export function ordered<T extends { event: Stored }>(deliveries: T[], mode: WebhookMode): T[] {
  if (mode === 'reverse') return deliveries.toReversed();
  const place = ({ event }: T) => createHash('sha256').update(event.id).digest('hex');
  return mode === 'shuffle' ? deliveries.toSorted((one, other) => (place(one) < place(other) ? -1 : 1)) : deliveries;
}
