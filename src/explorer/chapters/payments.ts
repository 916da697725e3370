import { type Chapter, id, step, text, whole } from '../step.js';

const customer = id('The customer', 'cus_');
const payment = id('The PaymentIntent', 'pi_');

export const payments: Chapter = {
  name: 'payments',
  title: 'Payments',
  explanation: 'A PaymentIntent is one payment from the intention to the money. Amounts are whole numbers in the currency’s smallest unit.',
  steps: [
    step({
      name: 'customer',
      title: 'Create a customer',
      explanation: 'A customer is who later payments, cards and subscriptions belong to.',
      takes: { email: text('E-mail', 'ada@example.com'), name: text('Name', 'Ada Lovelace') },
      run: ({ stripe, email, name }) => stripe.customers.create({ email, name }),
      binds: { customer: ({ id: made }) => made },
    }),
    step({
      name: 'create',
      title: 'Create a PaymentIntent',
      explanation: 'It waits for a payment method. Whichever are switched on in the dashboard may pay it; none that would lead the buyer elsewhere.',
      takes: { amount: whole('Amount in minor units', 2_000), currency: text('Currency', 'usd'), customer },
      run: ({ stripe, amount, currency, customer }) =>
        stripe.paymentIntents.create({
          amount,
          currency,
          customer,
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        }),
      binds: { payment: ({ id: made }) => made },
    }),
    step({
      name: 'retrieve',
      title: 'Read it again',
      explanation: 'What Stripe says now is the truth; what an event told is a hint.',
      takes: { payment },
      run: ({ stripe, payment }) => stripe.paymentIntents.retrieve(payment),
    }),
    step({
      name: 'list',
      title: 'Recent PaymentIntents',
      explanation: 'Lists come newest first, at most a hundred at a time; `has_more` says whether to go on after the last id.',
      takes: { limit: whole('How many', 5) },
      columns: ['id', 'amount', 'currency', 'status', 'customer'],
      run: ({ stripe, limit }) => stripe.paymentIntents.list({ limit }),
    }),
    step({
      name: 'confirm',
      title: 'Pay it with a test card',
      explanation: '`pm_card_visa` is a card of the test mode that always pays.',
      takes: { payment, card: text('Payment method', 'pm_card_visa') },
      run: ({ stripe, payment, card }) => stripe.paymentIntents.confirm(payment, { payment_method: card }),
    }),
    step({
      name: 'declined',
      title: 'See a card declined',
      explanation:
        'A decline is an error of type StripeCardError, with a code for programs and a sentence for the buyer. It is an answer, not an accident.',
      takes: { amount: whole('Amount in minor units', 2_000), currency: text('Currency', 'usd') },
      isRefused: true,
      run: ({ stripe, amount, currency }) =>
        stripe.paymentIntents.create({
          amount,
          currency,
          payment_method: 'pm_card_chargeDeclined',
          confirm: true,
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        }),
    }),
    step({
      name: 'setup',
      title: 'Create a SetupIntent',
      explanation: 'It gets a card ready to be charged later, while its owner is away, and charges nothing now.',
      takes: { customer },
      run: ({ stripe, customer }) =>
        stripe.setupIntents.create({
          customer,
          usage: 'off_session',
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        }),
      binds: { setup: ({ id: made }) => made },
    }),
    step({
      name: 'setup-confirm',
      title: 'Keep a card with it',
      explanation: 'The bank agrees to later charges, and the card is the customer’s from now on.',
      takes: { setup: id('The SetupIntent', 'seti_') },
      run: ({ stripe, setup }) => stripe.setupIntents.confirm(setup, { payment_method: 'pm_card_visa' }),
    }),
    step({
      name: 'setup-retrieve',
      title: 'Read the SetupIntent again',
      explanation: 'Its payment method now has an id of its own.',
      takes: { setup: id('The SetupIntent', 'seti_') },
      run: ({ stripe, setup }) => stripe.setupIntents.retrieve(setup),
    }),
    step({
      name: 'refund-part',
      title: 'Refund a part',
      explanation: 'Refunds take an amount, and add up: never to more than was paid.',
      takes: { payment, amount: whole('Amount in minor units', 500) },
      run: ({ stripe, payment, amount }) => stripe.refunds.create({ payment_intent: payment, amount }),
    }),
    step({
      name: 'refund',
      title: 'Refund the rest',
      explanation: 'Without an amount, everything that is left goes back.',
      takes: { payment },
      run: ({ stripe, payment }) => stripe.refunds.create({ payment_intent: payment }),
    }),
  ],
};
