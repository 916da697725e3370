import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, openCheckout, readySeller } from '../support/api.js';
import { until } from '../support/until.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('a rush of buyers within the budget of requests to Stripe', () => {
  const buyersCount = 40;
  let world: TestWorld;
  let seller: Api;
  beforeAll(async () => {
    world = await openWorld({ STRIPE_MAX_RPS: '100', STRIPE_ENDPOINT_MAX_RPS: '25' });
    seller = await readySeller(world);
  });
  afterAll(() => world.close());

  it('turns nobody away, and records every payment once', async () => {
    const sessions = await Promise.all(
      Array.from({ length: buyersCount }, (_, i) => openCheckout(world, seller.accountId, 'Payment', `buyer${i}@example.com`)),
    );
    expect(new Set(sessions).size).toBe(buyersCount);
    await Promise.all(sessions.map((id) => world.control(`checkout/sessions/${id}/pay`)));

    const paid = await until(
      () => seller.run<{ payments: { nodes: { id: string; buyerEmail: string }[] } }>('{ payments(first: 100) { nodes { id buyerEmail } } }'),
      ({ payments }) => payments.nodes.length >= buyersCount,
    );
    expect(new Set(paid.payments.nodes.map(({ buyerEmail }) => buyerEmail)).size).toBe(buyersCount);
    expect(paid.payments.nodes).toHaveLength(buyersCount);
  });
});
