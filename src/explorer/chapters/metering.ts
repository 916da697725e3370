import { type Chapter, fresh, id, step, text, told, whole } from '../step.js';

const customer = id('The customer', 'cus_');
const meteredEvent = told('The event_name of the meter');

export const metering: Chapter = {
  name: 'metering',
  title: 'Metering',
  explanation:
    'A meter counts what customers use. An answer to a meter event is a receipt; what is wrong with the event comes later, as an event of Stripe’s own.',
  steps: [
    step({
      name: 'meter',
      title: 'Create a meter',
      explanation: 'It adds up `value` of all events of its name, for the customer that each event names.',
      takes: { displayName: text('Name for people', 'API requests'), eventName: fresh('Name of its events', 'api_requests_') },
      run: ({ stripe, displayName, eventName }) =>
        stripe.billing.meters.create({
          display_name: displayName,
          event_name: eventName,
          default_aggregation: { formula: 'sum' },
          customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
          value_settings: { event_payload_key: 'value' },
        }),
      binds: { meter: ({ id: made }) => made, meteredEvent: ({ event_name: name }) => name },
    }),
    step({
      name: 'event',
      title: 'Tell of usage',
      explanation:
        'The identifier makes a repeat harmless for a day. Stripe takes the event first and looks at it later: what it cannot count it tells by `v1.billing.meter.error_report_triggered`, which the simulator leaves out.',
      takes: { meteredEvent, customer, value: whole('How much', 25), identifier: fresh('Identifier', 'use_') },
      run: ({ stripe, meteredEvent, customer, value, identifier }) =>
        stripe.billing.meterEvents.create({
          event_name: meteredEvent,
          identifier,
          payload: { stripe_customer_id: customer, value: String(value) },
        }),
      binds: { usedAt: ({ timestamp }) => String(timestamp) },
    }),
    step({
      name: 'summary',
      title: 'What was used that day',
      explanation: 'Times are at whole minutes, for a sum by day at midnights. Stripe counts with some minutes’ delay, the simulator at once.',
      takes: { meter: id('The meter', 'mtr_'), customer, usedAt: told('A second of the day') },
      columns: ['start_time', 'end_time', 'aggregated_value'],
      run: ({ stripe, meter, customer, usedAt }) => {
        const midnight = Number(usedAt) - (Number(usedAt) % 86_400);
        return stripe.billing.meters.listEventSummaries(meter, { customer, start_time: midnight, end_time: midnight + 86_400 });
      },
    }),
    step({
      name: 'session',
      title: 'Open a stream',
      explanation: 'Its token stands for the key for a quarter of an hour, at the stream alone. It is hidden here, and kept nowhere.',
      takes: {},
      isRefused: null,
      whyRefused: 'A stripe-mock has no v2 API: it refuses every key there (invalid_v2_key). The simulator and Stripe’s test mode do it.',
      run: ({ stripe }) => stripe.v2.billing.meterEventSession.create(),
      binds: { streamToken: ({ authentication_token: token }) => token },
      secrets: ['streamToken'],
    }),
    step({
      name: 'stream',
      title: 'Send through the stream',
      explanation:
        'Three things can happen: it is sent, the session has expired and a new one is needed, or it is refused. A stripe-mock always refuses: it has no v2 keys.',
      takes: { streamToken: told('The token of the session', { isSecret: true }), meteredEvent, customer, value: whole('How much', 10) },
      run: async ({ stripe, streamToken, meteredEvent, customer, value }) => {
        const events = [{ event_name: meteredEvent, payload: { stripe_customer_id: customer, value: String(value) } }];
        try {
          await stripe.v2.billing.meterEventStream.create({ events }, { apiKey: streamToken });
          return { outcome: 'sent' };
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          const isExpired = 'type' in error && error.type === 'TemporarySessionExpiredError';
          return { outcome: isExpired ? 'session expired' : 'refused', message: error.message };
        }
      },
    }),
  ],
};
