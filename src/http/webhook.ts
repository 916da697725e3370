import type { FastifyPluginAsync } from 'fastify';
import { receiveWebhook } from '../events/intake.js';
import type { Door } from './door.js';

const bodyMaxBytes = 512_000; // Stripe's largest events stay well below

const busySeconds = 2;

const problems = {
  SIGNATURE_MISSING: 'The Stripe-Signature header is missing.',
  SIGNATURE_INVALID: 'The signature does not fit the body and any of our secrets.',
  TOO_OLD: 'The signature is older than five minutes.',
  FROM_THE_FUTURE: 'The signature is from more than five minutes ahead; one of the clocks is wrong.',
  NOT_AN_EVENT: 'The body is signed but is not an event.',
};

/** Where Stripe delivers events: checked and stored, answered at once, applied afterwards. */
export function webhookRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: bodyMaxBytes }, (_request, body, done) => done(null, body));

    app.post('/api/webhooks/stripe', { bodyLimit: bodyMaxBytes }, async (request, reply) => {
      const signature = request.headers['stripe-signature'];
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const intake = await receiveWebhook(door.openWork(), body, typeof signature === 'string' ? signature : undefined, door.storeDelivered);
      if (intake.outcome === 'REFUSED') {
        reply.status(400);
        return { error: { code: intake.problem, message: problems[intake.problem] } };
      }
      if (intake.outcome === 'BUSY') {
        reply.status(503).header('retry-after', busySeconds);
        return { error: { code: 'UNAVAILABLE', message: 'Too many events wait to be stored.' } };
      }
      if (intake.outcome === 'STORED' && intake.isDue) door.wakeApplier();
      return { received: intake.outcome };
    });
  };
}
