import { crashPoint } from '../base/crash-points.js';
import { atomically, type Work } from '../db/work.js';
import { type SignatureProblem, verifyWebhook } from '../stripe/signature.js';
import { storeEvents } from './storing.js';

/** What became of a delivery. Only STORED and DUPLICATE left a row. */
export type Intake = { outcome: 'STORED' | 'DUPLICATE' | 'OTHER_MODE' } | { outcome: 'REFUSED'; problem: SignatureProblem };

/**
 * Takes one webhook delivery: checks who sent it, stores it once, and nothing more; applying it is the inbox's work.
 * Refused are bodies that Stripe did not sign within five minutes of now. An event of the other mode (test or live) is left alone.
 */
export async function receiveWebhook(work: Work, body: Buffer, signature: string | undefined): Promise<Intake> {
  const { platformWebhookSecrets, connectWebhookSecrets, mode } = work.config.stripe;
  const verified = verifyWebhook(body, signature, [...platformWebhookSecrets, ...connectWebhookSecrets], work.wallClock);
  if ('problem' in verified) return { outcome: 'REFUSED', problem: verified.problem };
  if (verified.event.livemode !== (mode === 'live')) {
    work.log.warn({ event: verified.event.id, livemode: verified.event.livemode }, 'an event of the other mode is left alone');
    return { outcome: 'OTHER_MODE' };
  }

  const { event } = verified;
  const newCount = await atomically(work, (tx) => storeEvents(tx, [{ event, payload: body.toString('utf8') }], 'WEBHOOK'));
  crashPoint('event.stored');
  return { outcome: newCount === 1 ? 'STORED' : 'DUPLICATE' };
}
