import { expect } from '@jest/globals';
import Stripe from 'stripe';
import { dayMs, secondMs, systemClock } from '../../src/base/clock.js';
import { openLog } from '../../src/base/log.js';
import { type Simulator, startSimulator } from '../../src/simulator/server.js';

/** A simulator without anything around it, on a port of its own. */
export function openSimulated(): Promise<Simulator> {
  return startSimulator({ port: 0, clock: systemClock, log: openLog('silent'), journalFile: null, world: 'main' });
}

/** The SDK as anybody uses it, in one world of a simulator. */
export function sdkOf({ port }: Simulator, world: string): Stripe {
  return new Stripe(`sk_test_sim_${world}`, { host: '127.0.0.1', port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 });
}

/** One world of a simulator with a seller who can take charges and receive transfers. */
export async function marketplaceOf(simulator: Simulator, world: string) {
  const stripe = sdkOf(simulator, world);
  const control = async (path: string, body: object = {}) => {
    const answer = await fetch(`${simulator.url}/_simulator/${path}?world=${world}`, { method: 'POST', body: JSON.stringify(body) });
    expect([path, answer.status]).toEqual([path, 200]);
    return (await answer.json()) as { id: string };
  };
  const { id: seller } = await stripe.accounts.create({
    controller: { fees: { payer: 'application' }, losses: { payments: 'application' }, stripe_dashboard: { type: 'express' } },
    capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
  });
  await control(`accounts/${seller}/onboard`);
  const onSeller = { stripeAccount: seller };
  const on = (account?: string) => (account ? { stripeAccount: account } : {});
  return {
    stripe,
    seller,
    onSeller,
    control,
    passDays: (days: number) => control('clock/advance', { seconds: (days * dayMs) / secondMs }),
    available: async (account?: string) => (await stripe.balance.retrieve({}, on(account))).available[0]?.amount,
    pending: async (account?: string) => (await stripe.balance.retrieve({}, on(account))).pending[0]?.amount,
    charge: (amount: number, method = 'pm_card_visa') =>
      stripe.paymentIntents.create({
        amount,
        currency: 'usd',
        payment_method: method,
        confirm: true,
        transfer_group: 'event_1',
        expand: ['latest_charge'],
      }),
    /** The types of what happened, oldest first. */
    events: async (account?: string) => (await stripe.events.list({ limit: 100 }, on(account))).data.map(({ type }) => type).reverse(),
    books: async () => {
      const state = (await (await fetch(`${simulator.url}/_simulator/state?world=${world}`)).json()) as { books: Record<string, number> };
      return Object.values(state.books);
    },
  };
}

/** What a request is refused with: Stripe's code, or `accepted`. */
export function refused(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Stripe.errors.StripeError ? error.code : error),
  );
}
