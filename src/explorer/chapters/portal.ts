import { type Chapter, id, step, text } from '../step.js';

export const portal: Chapter = {
  name: 'portal',
  title: 'Portal',
  explanation: 'A page of Stripe’s where customers see their subscriptions, change their card and cancel.',
  steps: [
    step({
      name: 'session',
      title: 'Open the portal for a customer',
      explanation:
        'Whoever has its address is the customer to Stripe: make it on the click, hand it to that browser, keep it nowhere. It is hidden here.',
      takes: { customer: id('The customer', 'cus_'), returnUrl: text('Where the way back leads', 'https://example.com/account') },
      run: ({ stripe, customer, returnUrl }) => stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }),
      binds: { portalUrl: ({ url }) => url },
      secrets: ['portalUrl'],
    }),
  ],
};
