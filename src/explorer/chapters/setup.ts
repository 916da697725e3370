import { type Chapter, step } from '../step.js';

export const setup: Chapter = {
  name: 'setup',
  title: 'Setup',
  explanation: 'A client is a key and an address. The simulator, a stripe-mock and Stripe’s test mode differ in those two alone.',
  steps: [
    step({
      name: 'balance',
      title: 'Reach the API',
      explanation:
        'Reading the balance changes nothing, so it is the question to ask first, and as often as you like: an answer proves key and address.',
      takes: {},
      run: ({ stripe }) => stripe.balance.retrieve(),
    }),
    step({
      name: 'no-such-thing',
      title: 'Ask for what is not there',
      explanation: 'Every refusal has a type, mostly a code, and the id of the request, which Stripe’s logs know it by.',
      takes: {},
      isRefused: true,
      run: ({ stripe }) => stripe.customers.retrieve('cus_nobody'),
    }),
  ],
};
