import { createHmac } from 'node:crypto';
import { type Chapter, step, text, told, whole } from '../step.js';
import { eventBody, reactionTo, signedAt } from '../webhook-lab.js';
import { deliverySteps } from './deliveries.js';

const secret = text('The endpoint’s secret', 'whsec_of_the_explorer');
const body = told('The body, as it came');
const signature = told('The stripe-signature header');

export const webhooks: Chapter = {
  name: 'webhooks',
  title: 'Webhooks',
  explanation:
    'Stripe signs the raw bytes of each body with the endpoint’s secret (HMAC-SHA256) and the time. Checking is arithmetic: no request is made, and nothing may parse the body before.',
  steps: [
    step({
      name: 'sign',
      title: 'Sign a body',
      explanation: 'The SDK signs as Stripe does, for tests. The header has the time and one signature for each secret that holds.',
      takes: { type: text('Type of the event', 'payment_intent.succeeded'), secret },
      uses: [eventBody],
      run: ({ stripe, type, secret }) => {
        const body = eventBody(type);
        return { body, signature: stripe.webhooks.generateTestHeaderString({ payload: body, secret }) };
      },
      binds: { body: ({ body: made }) => made, signature: ({ signature: made }) => made },
    }),
    step({
      name: 'verify',
      title: 'Verify it',
      explanation: 'The answer is the event, now that it is known to be Stripe’s.',
      takes: { body, signature, secret, tolerance: whole('Seconds it may be old', 300) },
      run: ({ stripe, body, signature, secret, tolerance }) => stripe.webhooks.constructEvent(body, signature, secret, tolerance),
    }),
    step({
      name: 'apart',
      title: 'Take the header apart',
      explanation:
        '`t` is the second it was signed in, `v1` the signature of that second, a dot and the body. Anybody with the secret gets the same.',
      takes: { body, signature, secret },
      uses: [signedAt],
      run: ({ body, signature, secret }) => {
        const signedText = `${signedAt(signature)}.${body}`;
        const signatures = signature.split(',').filter((part) => part.startsWith('v1='));
        const ours = `v1=${createHmac('sha256', secret).update(signedText).digest('hex')}`;
        return { t: signedAt(signature), signatures, signedText, ours, isSame: signatures.includes(ours) };
      },
    }),
    step({
      name: 'no-header',
      title: 'Without a signature',
      explanation: 'Somebody who does not know how it is done, or a proxy that drops headers.',
      takes: { body, secret },
      isRefused: true,
      run: ({ stripe, body, secret }) => stripe.webhooks.constructEvent(body, '', secret),
    }),
    step({
      name: 'too-old',
      title: 'Sent again by somebody else',
      explanation: 'A true signature of ten minutes ago: whoever recorded the request cannot play it again, as five minutes are the most.',
      takes: { body, signature, secret, age: whole('Seconds ago', 600) },
      isRefused: true,
      uses: [signedAt],
      run: ({ stripe, body, signature, secret, age }) => {
        const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: signedAt(signature) - age });
        return stripe.webhooks.constructEvent(body, header, secret);
      },
    }),
    step({
      name: 'wrong-secret',
      title: 'With another secret',
      explanation: 'Mostly the secret of another endpoint: the platform’s and Connect’s differ, so do those of test and live mode.',
      takes: { body, signature },
      isRefused: true,
      run: ({ stripe, body, signature }) => stripe.webhooks.constructEvent(body, signature, 'whsec_of_another_endpoint'),
    }),
    step({
      name: 'tampered',
      title: 'Changed on the way',
      explanation: 'One space more is another body.',
      takes: { body, signature, secret },
      isRefused: true,
      run: ({ stripe, body, signature, secret }) => stripe.webhooks.constructEvent(`${body} `, signature, secret),
    }),
    step({
      name: 'parsed',
      title: 'Parsed and printed again',
      explanation: 'The same JSON, and other bytes: a framework that parses bodies breaks every signature. Take the raw body before it does.',
      takes: { body, signature, secret },
      isRefused: true,
      run: ({ stripe, body, signature, secret }) => stripe.webhooks.constructEvent(JSON.stringify(JSON.parse(body), null, 2), signature, secret),
    }),
    step({
      name: 'rotated',
      title: 'While the secret is replaced',
      explanation: 'Stripe signs with both secrets for a day; one that holds is enough.',
      takes: { body, secret },
      uses: [signedAt],
      run: ({ stripe, body, secret }) => {
        const before = stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_of_yesterday' });
        const now = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: signedAt(before) });
        return stripe.webhooks.constructEvent(body, `${before},${now.split(',')[1]}`, secret);
      },
    }),
    step({
      name: 'dispatch',
      title: 'React by type',
      explanation: 'The event says what to look at; read the object again before acting, as events come late, twice and out of order.',
      takes: {
        types: text('Types, comma-separated', 'payment_intent.succeeded,customer.subscription.deleted,invoice.payment_failed,charge.updated'),
        secret,
      },
      columns: ['type', 'reaction'],
      uses: [eventBody, reactionTo],
      run: ({ stripe, types, secret }) =>
        types.split(',').map((type) => {
          const body = eventBody(type.trim());
          const event = stripe.webhooks.constructEvent(body, stripe.webhooks.generateTestHeaderString({ payload: body, secret }), secret);
          return { type: event.type, reaction: reactionTo(event) };
        }),
    }),
    ...deliverySteps,
  ],
};
