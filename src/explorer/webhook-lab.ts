import type { Stripe } from 'stripe';

/** An event's body as Stripe would send it: text, which is signed before anybody parses it. */
export function eventBody(type: string, id = 'evt_explorer'): string {
  return JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_795_000_000,
    type,
    livemode: false,
    pending_webhooks: 1,
    request: null,
    data: { object: { id: 'obj_explorer', object: type.split('.').slice(0, -1).join('.') } },
  });
}

/** The second that a signature says it was made in. */
export function signedAt(signature: string): number {
  return Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1] ?? 0);
}

const silenceMaxMs = 8_000;

/** Delivers a body to an endpoint as Stripe would, and answers what the endpoint did. */
export async function deliver(endpoint: string, body: string, signature: string): Promise<{ status: number; answer: unknown }> {
  const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
  const answer = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(silenceMaxMs) });
  const text = await answer.text();
  return { status: answer.status, answer: text.startsWith('{') ? JSON.parse(text) : text.slice(0, 1_000) };
}

/** What a shop does about an event: what the buyer paid is delivered, what has ended is taken away, what failed is asked for again. */
export function reactionTo({ type }: Pick<Stripe.Event, 'type'>): string {
  switch (type) {
    case 'payment_intent.succeeded':
      return 'fulfil what was bought';
    case 'customer.subscription.deleted':
      return 'revoke access';
    case 'invoice.payment_failed':
      return 'ask the customer for another card';
    default:
      return 'unhandled: answer 2xx all the same, or Stripe sends it for days';
  }
}
