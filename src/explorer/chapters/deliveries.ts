import { randomUUID } from 'node:crypto';
import { Refusal } from '../../base/errors.js';
import { id, type Step, step, text } from '../step.js';
import { deliver, eventBody } from '../webhook-lab.js';

const deliveredEvent = id('The event', 'evt_explorer_');

/** Events of the explorer's own, delivered to this server's endpoint as Stripe delivers: of types that the server takes and does nothing about. */
export const deliverySteps: Step[] = [
  step({
    name: 'deliver',
    title: 'Deliver to this server',
    explanation:
      'The same request that Stripe makes, over the network to the endpoint of this server, signed with its secret. It answers once the event is stored, and before anything is done about it.',
    takes: { type: text('Type of the event', 'product.updated') },
    isOfServer: true,
    uses: [eventBody, deliver],
    run: async ({ type, server }) => {
      if (server.handledTypes.includes(type))
        throw new Refusal('INVALID', `This server acts on ${type}; nothing here is invented about money.`, ['type'], 'Take product.updated.');
      const event = `evt_explorer_${randomUUID().slice(0, 8)}`;
      const body = eventBody(type, event);
      return { event, ...(await deliver(server.endpoint, body, server.sign(body))) };
    },
    binds: { deliveredEvent: ({ event, status }) => (status === 200 ? event : null) },
  }),
  step({
    name: 'deliver-again',
    title: 'Deliver it twice',
    explanation: 'Stripe delivers again where it saw no answer. The inbox holds an event once, so that the second is taken and changes nothing.',
    takes: { deliveredEvent },
    isOfServer: true,
    uses: [deliver],
    run: ({ deliveredEvent, server }) => {
      const body = eventBody('product.updated', deliveredEvent);
      return deliver(server.endpoint, body, server.sign(body));
    },
  }),
  step({
    name: 'deliver-forged',
    title: 'Deliver a forgery',
    explanation: 'Signed with a secret that is not the endpoint’s: it is refused with 400, and nothing is stored.',
    takes: {},
    isOfServer: true,
    uses: [deliver],
    run: ({ stripe, server }) => {
      const body = eventBody('product.updated');
      return deliver(server.endpoint, body, stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_of_somebody_else' }));
    },
  }),
  step({
    name: 'inbox',
    title: 'See it in the inbox',
    explanation: 'Received, and a moment later applied; or ignored, as this type asks for nothing here. The page Events lists it with all others.',
    takes: { deliveredEvent },
    isOfServer: true,
    columns: ['type', 'source', 'state', 'receivedAt', 'concludedAt'],
    run: async ({ deliveredEvent, server }) => {
      const row = await server.arrivalOf(deliveredEvent);
      return row ? [row] : [];
    },
  }),
];
