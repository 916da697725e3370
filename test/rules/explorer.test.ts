import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { stepOf } from '../../src/explorer/running.js';

/** What the explorer is to teach, each with the step that does: words of its code or of its explanation. Every step is run by tests and clicked in a browser. */
const lessons: [lesson: string, step: string, words: string][] = [
  ['a customer is made', 'payments.customer', 'stripe.customers.create({ email, name })'],
  ['a PaymentIntent is made for the customer', 'payments.create', 'stripe.paymentIntents.create('],
  ['it is read again', 'payments.retrieve', 'stripe.paymentIntents.retrieve('],
  ['the recent ones are listed as a table', 'payments.list', 'stripe.paymentIntents.list({ limit })'],
  ['it is paid with a test card', 'payments.confirm', 'pm_card_visa'],
  ['a refusal is a value with a type and a message', 'payments.declined', 'StripeCardError'],
  ['a SetupIntent keeps a card for later', 'payments.setup', "usage: 'off_session'"],
  ['it is read again', 'payments.setup-retrieve', 'stripe.setupIntents.retrieve('],
  ['a part of a payment is refunded', 'payments.refund-part', 'amount }'],
  ['all of it is', 'payments.refund', 'stripe.refunds.create({ payment_intent: payment })'],
  ['a product is made', 'billing.product', 'stripe.products.create('],
  ['it has a monthly price', 'billing.price', "interval: 'month'"],
  ['a customer subscribes', 'billing.subscribe', 'stripe.subscriptions.create('],
  ['a customer’s subscriptions are listed as a table', 'billing.list', 'stripe.subscriptions.list({ customer })'],
  ['a subscription is canceled', 'billing.cancel', 'stripe.subscriptions.cancel('],
  ['a schedule is said phase by phase', 'billing.schedule', ".phase(price, 1, { count: months, interval: 'month' })"],
  ['the builder may be left out', 'billing.schedule', 'they could as well be written by hand'],
  ['a meter is made', 'metering.meter', "default_aggregation: { formula: 'sum' }"],
  ['usage is told under an identifier', 'metering.event', 'identifier,'],
  ['its answer is a receipt, and what is wrong comes later', 'metering.event', 'v1.billing.meter.error_report_triggered'],
  ['a stream is opened for a quarter of an hour', 'metering.session', 'stripe.v2.billing.meterEventSession.create()'],
  ['it is sent through, expired or refused', 'metering.stream', "isExpired ? 'session expired' : 'refused'"],
  ['a portal is opened, whose address is a credential', 'portal.session', 'stripe.billingPortal.sessions.create('],
  ['a seller’s account is made', 'connect.account', "stripe_dashboard: { type: 'express' }"],
  ['it is read again', 'connect.retrieve', 'stripe.accounts.retrieve(account)'],
  ['the seller is led to Stripe', 'connect.link', "type: 'account_onboarding'"],
  ['money is sent to the seller', 'connect.transfer', 'stripe.transfers.create('],
  ['a body is signed for tests', 'webhooks.sign', 'generateTestHeaderString('],
  ['it is verified within a tolerance', 'webhooks.verify', 'constructEvent(body, signature, secret, tolerance)'],
  ['it is HMAC-SHA256 over the time and the body', 'webhooks.apart', "createHmac('sha256', secret)"],
  ['a missing header is told', 'webhooks.no-header', "constructEvent(body, '', secret)"],
  ['an old signature is', 'webhooks.too-old', 'signedAt(signature) - age'],
  ['another secret is', 'webhooks.wrong-secret', 'whsec_of_another_endpoint'],
  ['a changed body is', 'webhooks.tampered', 'One space more'],
  ['the body is checked before it is parsed', 'webhooks.parsed', 'Take the raw body before'],
  ['what is bought is delivered, what has ended taken away, what failed asked for again', 'webhooks.dispatch', 'reactionTo'],
  ['an event is delivered to this server', 'webhooks.deliver', 'deliver(server.endpoint, body, server.sign(body))'],
  ['several calls are made at once, labelled, in their order', 'batch.together', 'outcomes[index]'],
  ['one that breaks stops no other', 'batch.crash', 'a defect in our own code'],
  ['a field is an id', 'expand.plain', 'stripe.paymentIntents.retrieve(payment)'],
  ['or an object', 'expand.expanded', "expand: ['customer']"],
  ['in lists too', 'expand.in-lists', "expand: ['data.customer']"],
  ['connections are warmed up and kept in a pool', 'performance.warm-up', 'The first request opens a connection'],
  ['a pool has a bound', 'performance.pool', 'maxSockets'],
];

/** What the explorer is to do, each with the test that keeps it: file, and words of its name. */
const promises: [promise: string, file: string, test: string][] = [
  ['it runs against the simulator, Stripe’s test mode or a stripe-mock', 'test/flows/explorer-api.test.ts', 'asks another server that speaks'],
  ['key and address are chosen on the page', 'test/flows/browser-explorer.test.ts', 'a wrong key, a server that is gone'],
  ['the set-up can be run again, as every step can', 'test/flows/browser-explorer.test.ts', 'runs every step of every chapter by clicking'],
  ['earlier results are named, and an id is taken in their place', 'test/flows/browser-explorer.test.ts', 'or takes an id of one’s own'],
  ['lists are tables and objects trees', 'test/flows/browser-explorer.test.ts', 'shows a list as a table'],
  ['the schedule’s builder answers plain parameters', 'src/explorer/schedule-builder.test.ts', 'plain parameters that could be written by hand'],
  ['when a session expires can be read; its token cannot', 'src/explorer/exploring.test.ts', 'through the stream, whose token is hidden'],
  ['sent, expired and refused are told apart', 'src/explorer/exploring.test.ts', 'tells a session that has expired'],
  ['a stripe-mock is expected to refuse a stream, and that is said', 'test/flows/explorer-api.test.ts', 'tells what that cannot'],
  [
    'ids of a mock mean nothing to Stripe, and it remembers nothing',
    'src/explorer/exploring.test.ts',
    'and says that a stripe-mock remembers nothing',
  ],
  ['a transfer waits for the seller', 'src/explorer/exploring.test.ts', 'only once the seller has finished'],
  ['verifying makes no request, and has four outcomes', 'src/explorer/exploring.test.ts', 'tells four outcomes of a signature apart'],
  ['one failure among several calls stays alone, in order', 'src/explorer/exploring.test.ts', 'keeps one failure from the other calls'],
  ['a field is an id or an object', 'src/explorer/exploring.test.ts', 'the same field as an id and as an object'],
  ['there is a guide to each chapter', 'src/explorer/exploring.test.ts', 'in docs/stripe.md is what the chapters say'],
  ['no credential is shown unasked, or kept', 'test/flows/browser-explorer.test.ts', 'shows a credential when somebody asks, and keeps none'],
];

const teaches = (name: string, words: string) => {
  const { code, explanation, takes } = stepOf(name);
  const fallbacks = Object.values(takes).map(({ fallback }) => fallback?.() ?? '');
  return [code.replace(/\s+/g, ' '), explanation, ...fallbacks].some((text) => text.includes(words));
};
const isKept = (file: string, test: string) => readFileSync(file, 'utf8').includes(test);

describe('the explorer', () => {
  it.each(lessons)('teaches that %s (%s)', (_, step, words) => {
    expect(teaches(step, words)).toBe(true);
  });

  it.each(promises)('keeps that %s', (_, file, test) => {
    expect(isKept(file, test)).toBe(true);
  });

  it('has no guide less than seven, from getting started to performance', () => {
    const guide = readFileSync('docs/stripe.md', 'utf8');
    for (const title of ['Setup', 'Payments', 'Billing', 'Metering', 'Connect', 'Webhooks', 'Performance'])
      expect(guide).toContain(`\n## ${title}\n`);
  });

  it('would be reported where a lesson or a promise went away', () => {
    expect([teaches('payments.customer', 'a lesson that nobody wrote'), isKept('src/explorer/batch.test.ts', 'a test that nobody wrote')]).toEqual([
      false,
      false,
    ]);
  });
});
