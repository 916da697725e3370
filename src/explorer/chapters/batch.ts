import { allOf } from '../batch.js';
import { type Chapter, id, step, whole } from '../step.js';

const customer = id('The customer', 'cus_');

export const batch: Chapter = {
  name: 'batch',
  title: 'Batch',
  explanation: 'Several calls at once, some of which fail. Each has an outcome of its own; a limit keeps within what Stripe takes a second.',
  steps: [
    step({
      name: 'together',
      title: 'Several at once, one of them wrong',
      explanation: 'The customer who does not exist is refused; the others answer. The outcomes stand in the order of the calls.',
      takes: { customer, limit: whole('How many at a time', 3) },
      columns: ['label', 'ok', 'beganMs', 'tookMs', 'error'],
      uses: [allOf],
      run: ({ stripe, customer, limit }) =>
        allOf<object>(
          [
            { label: 'balance', run: () => stripe.balance.retrieve() },
            { label: 'customer', run: () => stripe.customers.retrieve(customer) },
            { label: 'nobody', run: () => stripe.customers.retrieve('cus_nobody') },
            { label: 'payments', run: () => stripe.paymentIntents.list({ customer, limit: 1 }) },
            { label: 'products', run: () => stripe.products.list({ limit: 1 }) },
          ],
          limit,
        ),
    }),
    step({
      name: 'crash',
      title: 'One that breaks',
      explanation: 'A call that throws before anything is sent is one outcome among the others, too.',
      takes: {},
      columns: ['label', 'ok', 'beganMs', 'tookMs', 'error'],
      uses: [allOf],
      run: ({ stripe }) =>
        allOf<object>(
          [
            {
              label: 'breaks',
              run: () => {
                throw new Error('a defect in our own code');
              },
            },
            { label: 'balance', run: () => stripe.balance.retrieve() },
          ],
          2,
        ),
    }),
  ],
};
