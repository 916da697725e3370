import { ScheduleBuilder } from '../schedule-builder.js';
import { type Chapter, id, step, text, told, whole } from '../step.js';

const customer = id('The customer', 'cus_');
const price = id('The price', 'price_');
const subscription = id('The subscription', 'sub_');
const item = id('Its item', 'si_');

export const billing: Chapter = {
  name: 'billing',
  title: 'Billing',
  explanation: 'A product is what is sold, a price what it costs, a subscription who pays it how often. A schedule is what a subscription will be.',
  steps: [
    step({
      name: 'product',
      title: 'Create a product',
      explanation: 'What the buyer reads on the invoice.',
      takes: { name: text('Name', 'Club') },
      run: ({ stripe, name }) => stripe.products.create({ name }),
      binds: { product: ({ id: made }) => made },
    }),
    step({
      name: 'price',
      title: 'Create a monthly price',
      explanation: 'A price never changes its amount: a new amount is a new price.',
      takes: { product: id('The product', 'prod_'), amount: whole('Amount in minor units', 2_000), currency: text('Currency', 'usd') },
      run: ({ stripe, product, amount, currency }) =>
        stripe.prices.create({ product, unit_amount: amount, currency, recurring: { interval: 'month' } }),
      binds: { price: ({ id: made }) => made },
    }),
    step({
      name: 'card',
      title: 'Give the customer a card',
      explanation: 'The test card becomes a payment method of the customer’s, under an id of its own.',
      takes: { customer },
      run: ({ stripe, customer }) => stripe.paymentMethods.attach('pm_card_visa', { customer }),
      binds: { card: ({ id: made }) => made },
    }),
    step({
      name: 'subscribe',
      title: 'Subscribe the customer',
      explanation: 'The first invoice is paid at once, with the card that is named.',
      takes: { customer, price, card: id('The payment method', 'pm_') },
      run: ({ stripe, customer, price, card }) => stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: card }),
      binds: { subscription: ({ id: made }) => made, item: ({ items }) => items.data[0]?.id ?? null },
    }),
    step({
      name: 'trial',
      title: 'Begin with a trial',
      explanation:
        'Nothing is paid until it ends: the first invoice is of 0. Three days before, `customer.subscription.trial_will_end` says so; then the first period begins.',
      takes: { customer, price, card: id('The payment method', 'pm_'), days: whole('Days', 14) },
      run: ({ stripe, customer, price, card, days }) =>
        stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: card, trial_period_days: days }),
    }),
    step({
      name: 'preview',
      title: 'See what a change would cost',
      explanation: 'What is left of the period is given back at the old price and asked for at the new one, by the second. Nothing is changed yet.',
      takes: { subscription, item, quantity: whole('How many from now on', 2) },
      columns: ['description', 'amount', 'currency', 'period'],
      run: async ({ stripe, subscription, item, quantity }) => {
        const invoice = await stripe.invoices.createPreview({ subscription, subscription_details: { items: [{ id: item, quantity }] } });
        return invoice.lines;
      },
    }),
    step({
      name: 'change',
      title: 'Change it in the middle of a period',
      explanation:
        '`always_invoice` asks for the difference now, `create_prorations` with the next invoice, `none` never. The new invoice stands in `latest_invoice`.',
      takes: { subscription, item, quantity: whole('How many from now on', 2) },
      run: ({ stripe, subscription, item, quantity }) =>
        stripe.subscriptions.update(subscription, {
          items: [{ id: item, quantity }],
          proration_behavior: 'always_invoice',
          expand: ['latest_invoice'],
        }),
    }),
    step({
      name: 'list',
      title: 'The customer’s subscriptions',
      explanation: 'Those that have ended are listed only where `status` asks for them.',
      takes: { customer },
      columns: ['id', 'status', 'currency', 'latest_invoice', 'cancel_at_period_end'],
      run: ({ stripe, customer }) => stripe.subscriptions.list({ customer }),
    }),
    step({
      name: 'coupon',
      title: 'Make a coupon',
      explanation: 'It takes a percentage or an amount off: once, for some months, or for ever.',
      takes: { percent: whole('Percent off', 25), months: whole('For how many months', 3) },
      run: ({ stripe, percent, months }) => stripe.coupons.create({ percent_off: percent, duration: 'repeating', duration_in_months: months }),
      binds: { coupon: ({ id: made }) => made },
    }),
    step({
      name: 'discount',
      title: 'Take it off the subscription',
      explanation: 'The next invoices are lower by it, and say so in `total_discount_amounts`.',
      takes: { subscription, coupon: told('The coupon') },
      run: ({ stripe, subscription, coupon }) => stripe.subscriptions.update(subscription, { discounts: [{ coupon }] }),
    }),
    step({
      name: 'pause',
      title: 'Pause its collection',
      explanation: 'Periods go by, and their invoices are void: the subscription stays active, and nobody pays.',
      takes: { subscription },
      run: ({ stripe, subscription }) => stripe.subscriptions.update(subscription, { pause_collection: { behavior: 'void' } }),
    }),
    step({
      name: 'resume',
      title: 'Collect again',
      explanation: 'An empty text takes away what was set.',
      takes: { subscription },
      run: ({ stripe, subscription }) => stripe.subscriptions.update(subscription, { pause_collection: '' }),
    }),
    step({
      name: 'cancel',
      title: 'Cancel it',
      explanation: 'It ends at once. To let the paid period run out, update it with `cancel_at_period_end` instead.',
      takes: { subscription },
      run: ({ stripe, subscription }) => stripe.subscriptions.cancel(subscription),
    }),
    step({
      name: 'schedule',
      title: 'Schedule a subscription',
      explanation:
        'A builder says the phases one by one and answers plain parameters; they could as well be written by hand. Three months, then it goes on.',
      takes: { customer, price, months: whole('Months', 3) },
      uses: [ScheduleBuilder],
      run: ({ stripe, customer, price, months }) =>
        stripe.subscriptionSchedules.create(
          new ScheduleBuilder(customer).starting('now').phase(price, 1, { count: months, interval: 'month' }).ending('release').build(),
        ),
      binds: { schedule: ({ id: made }) => made },
    }),
    step({
      name: 'schedule-cancel',
      title: 'Cancel the schedule',
      explanation: 'The subscription it made ends with it. `release` would let the subscription go on.',
      takes: { schedule: id('The schedule', 'sub_sched_') },
      run: ({ stripe, schedule }) => stripe.subscriptionSchedules.cancel(schedule),
    }),
  ],
};
