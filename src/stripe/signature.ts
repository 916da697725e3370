import Stripe from 'stripe';
import { known } from '../base/assert.js';
import { type Clock, later } from '../base/clock.js';
import type { Secret } from '../base/secret.js';
import { instant } from './client.js';

/** What an event says of itself. Only a hint: the object it is about is read again. */
export interface EventHint {
  id: string;
  type: string;
  objectId: string | null;
  /** The connected account it happened on; null for the platform's own. */
  stripeAccountId: string | null;
  livemode: boolean;
  happenedAt: Date;
}

export type SignatureProblem = 'SIGNATURE_MISSING' | 'SIGNATURE_INVALID' | 'TOO_OLD' | 'FROM_THE_FUTURE' | 'NOT_AN_EVENT';

const toleranceMs = 300_000; // Stripe's own, which it applies to the past alone

/**
 * Whether Stripe sent this body, signed with one of `secrets` within five minutes of now, either way.
 * Source: docs.stripe.com/webhooks/signature. Without a secret nothing verifies.
 */
export function verifyWebhook(
  body: string,
  header: string | undefined,
  secrets: Secret[],
  clock: Clock,
): { event: EventHint } | { problem: SignatureProblem } {
  if (!header) return { problem: 'SIGNATURE_MISSING' };
  const signedAt = signedAtOf(header);
  if (!signedAt || !secrets.some((secret) => isSigned(body, header, secret))) return { problem: 'SIGNATURE_INVALID' };
  const now = clock.now();
  if (signedAt < later(now, -toleranceMs)) return { problem: 'TOO_OLD' };
  if (signedAt > later(now, toleranceMs)) return { problem: 'FROM_THE_FUTURE' };
  const event = hintOf(parsed(body));
  return event ? { event } : { problem: 'NOT_AN_EVENT' };
}

/** When it was signed. Of two times, the SDK would check the signature against one and we the age of the other: none counts then. */
function signedAtOf(header: string): Date | null {
  const times = header.split(',').filter((part) => part.split('=')[0] === 't');
  const seconds = times.length === 1 ? /^t=(\d{1,12})$/.exec(times[0] ?? '')?.[1] : undefined;
  return seconds ? instant(Number(seconds)) : null;
}

function isSigned(body: string, header: string, secret: Secret): boolean {
  try {
    return known(Stripe.webhooks.signature, 'the SDK’s signatures').verifyHeader(body, header, secret.reveal(), Number.MAX_SAFE_INTEGER);
  } catch {
    return false;
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** What an event says of itself, or null for what is no event as Stripe's v1 API has them. */
export function hintOf(told: unknown): EventHint | null {
  if (typeof told !== 'object' || told === null) return null;
  const event = told as Stripe.Event;
  if (event.object !== 'event' || typeof event.id !== 'string' || typeof event.type !== 'string' || !isInstant(event.created)) return null;
  if (event.account && !/^acct_\w{1,64}$/.test(event.account)) return null;
  const object = event.data?.object as { id?: unknown } | null | undefined;
  if (![event.id, event.type, object?.id].every(isStorable)) return null;
  return {
    id: event.id,
    type: event.type,
    objectId: typeof object?.id === 'string' ? object.id : null,
    stripeAccountId: event.account || null,
    livemode: event.livemode === true,
    happenedAt: instant(event.created),
  };
}

const yearTenThousand = 253_402_300_800; // in seconds: no calendar of ours goes on from there

function isInstant(seconds: unknown): boolean {
  return typeof seconds === 'number' && seconds >= 0 && seconds < yearTenThousand;
}

/** Whether a text, where it is one, has no letter that no database keeps: half of a surrogate pair, or a zero byte. */
function isStorable(text: unknown): boolean {
  return typeof text !== 'string' || (text.isWellFormed() && !text.includes('\0'));
}
