import { type Chapter, id, step, text, whole } from '../step.js';

const account = id('The connected account', 'acct_');

export const connect: Chapter = {
  name: 'connect',
  title: 'Connect',
  explanation:
    'A connected account is a seller’s at Stripe. What is made here is known to whoever made it: an id of a simulator or a mock means nothing to Stripe.',
  steps: [
    step({
      name: 'account',
      title: 'Create an account',
      explanation:
        'Four decisions in place of a type: who pays Stripe’s fees, who bears losses, who asks the seller’s data, and which dashboard there is.',
      takes: { email: text('E-mail', 'seller@example.com') },
      run: ({ stripe, email }) =>
        stripe.accounts.create({
          email,
          controller: {
            fees: { payer: 'application' },
            losses: { payments: 'application' },
            requirement_collection: 'stripe',
            stripe_dashboard: { type: 'express' },
          },
          capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
        }),
      binds: { account: ({ id: made }) => made },
    }),
    step({
      name: 'retrieve',
      title: 'Read the account again',
      explanation: '`requirements` says what Stripe still asks, `charges_enabled` and `payouts_enabled` what the seller may do already.',
      takes: { account },
      run: ({ stripe, account }) => stripe.accounts.retrieve(account),
    }),
    step({
      name: 'link',
      title: 'Lead the seller to Stripe',
      explanation:
        'The link works once and for minutes: make it on the click, and a new one at refresh_url. Coming back does not mean finished. It is hidden here.',
      takes: {
        account,
        refreshUrl: text('Where a link that is used up leads', 'https://example.com/refresh'),
        returnUrl: text('Where the way back leads', 'https://example.com/return'),
      },
      run: ({ stripe, account, refreshUrl, returnUrl }) =>
        stripe.accountLinks.create({ account, refresh_url: refreshUrl, return_url: returnUrl, type: 'account_onboarding' }),
      binds: { onboardingUrl: ({ url }) => url },
      secrets: ['onboardingUrl'],
    }),
    step({
      name: 'funds',
      title: 'Have money to send',
      explanation: 'A transfer takes what is available. This test card’s money is available at once; others’ in some days.',
      takes: { amount: whole('Amount in minor units', 5_000) },
      run: ({ stripe, amount }) =>
        stripe.paymentIntents.create({
          amount,
          currency: 'usd',
          payment_method: 'pm_card_bypassPending',
          confirm: true,
          automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        }),
    }),
    step({
      name: 'transfer',
      title: 'Send money to the seller',
      explanation:
        'Stripe refuses until the seller has finished: follow the link and press Complete, or give an account that has the transfers capability.',
      takes: { account, amount: whole('Amount in minor units', 1_000), currency: text('Currency', 'usd') },
      isRefused: null,
      whyRefused: 'The seller has not finished at Stripe yet: the transfers capability is not active.',
      run: ({ stripe, account, amount, currency }) => stripe.transfers.create({ amount, currency, destination: account }),
    }),
  ],
};
