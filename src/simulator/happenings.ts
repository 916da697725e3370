import { channel } from 'node:diagnostics_channel';

/** Where every simulator of the process tells of each request it answered, as `{ request, answer }`; costs nothing while nobody listens. */
export const answersTold = channel('holdfast.simulator.answers');

/** Where it tells of each event, as Stripe's event object. */
export const eventsTold = channel('holdfast.simulator.events');
