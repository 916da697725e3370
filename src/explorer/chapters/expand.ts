import { type Chapter, id, step } from '../step.js';

const payment = id('A PaymentIntent of a customer', 'pi_');

export const expansion: Chapter = {
  name: 'expand',
  title: 'Expand',
  explanation: 'Where an object belongs to another, Stripe answers its id, or on request the object itself: the same field, two types.',
  steps: [
    step({
      name: 'plain',
      title: 'A field as an id',
      explanation: '`customer` is a text.',
      takes: { payment },
      run: async ({ stripe, payment }) => {
        const { customer } = await stripe.paymentIntents.retrieve(payment);
        return { type: typeof customer, customer };
      },
    }),
    step({
      name: 'expanded',
      title: 'The same field as an object',
      explanation: 'One request in place of two. What may be expanded says so in Stripe’s reference.',
      takes: { payment },
      run: async ({ stripe, payment }) => {
        const { customer } = await stripe.paymentIntents.retrieve(payment, { expand: ['customer'] });
        return { type: typeof customer, customer };
      },
    }),
    step({
      name: 'difference',
      title: 'Side by side',
      explanation: 'Of the whole object, the fields that differ: what was expanded, and nothing else.',
      takes: { payment },
      columns: ['field', 'plain', 'expanded'],
      run: async ({ stripe, payment }) => {
        const plain = Object.entries(await stripe.paymentIntents.retrieve(payment));
        const expanded = new Map(Object.entries(await stripe.paymentIntents.retrieve(payment, { expand: ['customer'] })));
        return plain
          .map(([field, value]) => ({ field, plain: JSON.stringify(value), expanded: JSON.stringify(expanded.get(field)) }))
          .filter((row) => row.plain !== row.expanded);
      },
    }),
    step({
      name: 'in-lists',
      title: 'In a list',
      explanation: 'There the path begins with `data`. Every entry comes with its customer.',
      takes: {},
      columns: ['id', 'status', 'customer'],
      run: ({ stripe }) => stripe.paymentIntents.list({ limit: 3, expand: ['data.customer'] }),
    }),
    step({
      name: 'not-expandable',
      title: 'What cannot be',
      explanation: 'A field that holds no object is refused.',
      takes: { payment },
      isRefused: true,
      run: ({ stripe, payment }) => stripe.paymentIntents.retrieve(payment, { expand: ['amount'] }),
    }),
  ],
};
