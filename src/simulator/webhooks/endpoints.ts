import type { Stored } from '../world.js';

/** Where a world's events go: an endpoint somebody registered, or one of the two of the server that the simulator goes with. */
export interface Endpoint {
  id: string;
  url: string;
  /** Whether it takes what happens on connected accounts; if not, what happens on the platform. */
  connect: boolean;
  enabledEvents: string[];
  secrets: Secret[];
}

interface Secret {
  value: string;
  /** The second, simulated, from which it signs no more; null for never. */
  until: number | null;
}

/** An event on its way to an endpoint, until that has taken it or is given up. */
export interface Delivery {
  event: Stored;
  endpointId: string;
}

/** How a world's events are delivered. */
export interface WebhookSettings {
  mode: WebhookMode;
  /** How often `duplicate` sends each event, all at once. */
  copies: number;
  /** How long `reverse` and `shuffle` collect events before they send them in another order. */
  windowMs: number;
  /** How late `delay` sends each event, in simulated seconds; null for not before the mode is another. */
  delaySeconds: number | null;
}

export const webhookModes = [
  'normal',
  'duplicate',
  'reverse',
  'shuffle',
  'delay',
  'off',
  'stale',
  'bad_signature',
  'live_stray',
  'other_version',
] as const;
export type WebhookMode = (typeof webhookModes)[number];

export const usualDelivery: WebhookSettings = { mode: 'normal', copies: 2, windowMs: 40, delaySeconds: null };

export function wants({ connect, enabledEvents }: Endpoint, event: Stored): boolean {
  return connect === 'account' in event && (enabledEvents.includes('*') || enabledEvents.includes(String(event['type'])));
}

/** The secrets that sign at a second: while one is being replaced, both. Source: docs.stripe.com/webhooks, on rolling secrets */
export function secretsAt({ secrets }: Endpoint, now: number): string[] {
  return secrets.filter(({ until }) => until === null || now < until).map(({ value }) => value);
}

/** Gives an endpoint a new secret, the first from now on; the ones before go on signing for a while. */
export function rollSecret(endpoint: Endpoint, value: string, keepUntil: number): void {
  for (const secret of endpoint.secrets) secret.until = Math.min(secret.until ?? keepUntil, keepUntil);
  endpoint.secrets.unshift({ value, until: null });
}
