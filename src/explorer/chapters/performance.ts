import { allOf } from '../batch.js';
import { type Chapter, fresh, step, whole } from '../step.js';

export const performanceChapter: Chapter = {
  name: 'performance',
  title: 'Performance',
  explanation:
    'Most of the time goes to distance: to opening connections, and to asking one after the other. Stripe takes 25 requests a second in test mode, 100 in live mode, and refuses more with 429.',
  steps: [
    step({
      name: 'warm-up',
      title: 'Warm up',
      explanation:
        'The first request opens a connection, the next go over the same one. A server that must be quick asks something harmless once as it starts, and keeps one client for its whole life.',
      takes: {},
      columns: ['request', 'ms'],
      run: async ({ stripe }) => {
        const taken: { request: string; ms: string }[] = [];
        for (const request of ['first', 'second', 'third']) {
          const begun = performance.now();
          await stripe.balance.retrieve();
          taken.push({ request, ms: (performance.now() - begun).toFixed(1) });
        }
        return taken;
      },
    }),
    step({
      name: 'pool',
      title: 'Ask side by side',
      explanation:
        'The same requests one at a time and several at a time. Each at a time is a connection of the pool: an `httpAgent` with `maxSockets` bounds it, and the limit keeps below what Stripe takes.',
      takes: { requests: whole('How many requests', 12), limit: whole('How many at a time', 6) },
      columns: ['atOnce', 'ms', 'failed'],
      uses: [allOf],
      run: async ({ stripe, requests, limit }) => {
        const calls = Array.from({ length: Math.min(Math.max(requests, 1), 40) }, (_, index) => ({
          label: `request ${index + 1}`,
          run: () => stripe.balance.retrieve(),
        }));
        const taken: { atOnce: string; ms: string; failed: string }[] = [];
        for (const atOnce of [1, limit]) {
          const begun = performance.now();
          const outcomes = await allOf(calls, atOnce);
          const failed = outcomes.filter(({ ok }) => !ok).length;
          taken.push({ atOnce: String(atOnce), ms: (performance.now() - begun).toFixed(1), failed: String(failed) });
        }
        return taken;
      },
    }),
    step({
      name: 'pages',
      title: 'Read long lists in large pages',
      explanation: 'A hundred at a time is the most. The SDK asks for the next page as the loop comes to it; stop where you have what you need.',
      takes: { most: whole('How many at most', 250) },
      run: async ({ stripe, most }) => {
        const amounts = new Map<string, number>();
        let seen = 0;
        for await (const { currency, amount } of stripe.paymentIntents.list({ limit: 100 })) {
          amounts.set(currency, (amounts.get(currency) ?? 0) + amount);
          if (++seen >= most) break;
        }
        return { seen, amounts: Object.fromEntries(amounts) };
      },
    }),
    step({
      name: 'repeat',
      title: 'Repeat without doing it twice',
      explanation:
        'After a lost answer the same request under the same idempotency key answers what the first one did: one customer, not two. Keys hold for a day.',
      takes: { email: fresh('E-mail', 'twice+'), idempotencyKey: fresh('Idempotency key', 'explorer-') },
      columns: ['id', 'replayed'],
      run: async ({ stripe, email, idempotencyKey }) => {
        const create = () => stripe.customers.create({ email: `${email}@example.com` }, { idempotencyKey });
        const [first, second] = [await create(), await create()];
        return [first, second].map(({ id, lastResponse }) => ({ id, replayed: lastResponse.headers['idempotent-replayed'] ?? 'false' }));
      },
    }),
  ],
};
