import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, integer, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';
import { capabilityOf, connectedOf, deauthorize, type SimAccount } from './accounts.js';

const topupSpec = {
  amount: required(integer),
  currency: required(text),
  description: text,
  metadata: texts,
} satisfies Spec<Stripe.TopupCreateParams>;
const rejectSpec = { reason: required(oneOf('fraud_other', 'terms_of_service', 'other')) } satisfies Spec<{
  [K in keyof Stripe.AccountRejectParams]: unknown;
}>;
const capabilitySpec = { requested: flag } satisfies Spec<Stripe.AccountUpdateCapabilityParams>;
const accountSpec = { email: text, metadata: texts } satisfies Spec<Stripe.AccountUpdateParams>;
const deauthorizeSpec = { client_id: text, stripe_user_id: required(text) };

const clockSpec = { frozen_time: required(integer), name: text } satisfies Spec<Stripe.TestHelpers.TestClockCreateParams>;
const advanceSpec = { frozen_time: required(integer) } satisfies Spec<Stripe.TestHelpers.TestClockAdvanceParams>;

/** What a platform does with its own account and over those of its sellers. */
export const platformRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/test_helpers/test_clocks',
    spec: clockSpec,
    platformOnly: true,
    run: ({ world, values }) => createClock(world, values as Values<typeof clockSpec>),
  },
  {
    method: 'GET',
    path: '/v1/test_helpers/test_clocks/:id',
    spec: {},
    platformOnly: true,
    run: ({ world, id }) => world.get(platformOwner, 'test_helpers.test_clock', id),
  },
  {
    method: 'POST',
    path: '/v1/test_helpers/test_clocks/:id/advance',
    spec: advanceSpec,
    platformOnly: true,
    run: ({ world, id, values }) => advance(world, id, values as Values<typeof advanceSpec>),
  },
  { method: 'DELETE', path: '/v1/test_helpers/test_clocks/:id', spec: {}, platformOnly: true, run: ({ world, id }) => removeClock(world, id) },
  {
    method: 'GET',
    path: '/v1/account',
    spec: {},
    run: ({ world, owner }) =>
      owner === platformOwner
        ? {
            id: 'acct_platform',
            object: 'account',
            country: 'US',
            default_currency: 'usd',
            charges_enabled: true,
            payouts_enabled: true,
            details_submitted: true,
            email: null,
            type: 'standard',
          }
        : connectedOf(world, owner),
  },
  { method: 'POST', path: '/v1/accounts/:id', spec: accountSpec, platformOnly: true, run: ({ world, id, values }) => update(world, id, values) },
  {
    method: 'GET',
    path: '/v1/accounts/:id/capabilities',
    spec: {},
    platformOnly: true,
    run: ({ world, id }) => ({
      object: 'list',
      has_more: false,
      url: `/v1/accounts/${id}/capabilities`,
      data: capabilitiesOf(connectedOf(world, id)),
    }),
  },
  {
    method: 'GET',
    path: '/v1/accounts/:id/capabilities/:capability',
    spec: {},
    platformOnly: true,
    run: ({ world, id, secondId }) => capabilityOf(connectedOf(world, id), secondId),
  },
  {
    method: 'POST',
    path: '/v1/accounts/:id/capabilities/:capability',
    spec: capabilitySpec,
    platformOnly: true,
    run: ({ world, id, secondId, values }) => request(world, id, secondId, values),
  },
  {
    method: 'POST',
    path: '/v1/accounts/:id/login_links',
    spec: {},
    platformOnly: true,
    run: ({ world, id, origin }) => loginLink(world, id, origin),
  },
  { method: 'POST', path: '/v1/accounts/:id/reject', spec: rejectSpec, platformOnly: true, run: ({ world, id }) => reject(world, id) },
  {
    method: 'POST',
    path: '/v1/topups',
    spec: topupSpec,
    platformOnly: true,
    run: ({ world, values }) => topUp(world, values as Values<typeof topupSpec>),
  },
  { method: 'GET', path: '/v1/topups/:id', spec: {}, platformOnly: true, run: ({ world, id }) => world.get(platformOwner, 'topup', id) },
  { method: 'GET', path: '/v1/topups', listOf: 'topup', platformOnly: true },
  {
    method: 'POST',
    path: '/oauth/deauthorize',
    spec: deauthorizeSpec,
    platformOnly: true,
    run: ({ world, values }) => revoke(world, (values as { stripe_user_id: string }).stripe_user_id),
  },
];

function update(world: World, id: string, values: Values<typeof accountSpec>): object {
  const account = Object.assign(connectedOf(world, id), values);
  world.emit(id, 'account.updated', account);
  return account;
}

function capabilitiesOf(account: SimAccount): object[] {
  return Object.keys(account.capabilities).map((name) => capabilityOf(account, name));
}

/** The capabilities that an account of the simulator can have. */
const simulated = new Set(['card_payments', 'transfers']);

function request(world: World, id: string, name: string, { requested }: Values<typeof capabilitySpec>): object {
  const account = connectedOf(world, id);
  if (!(name in account.capabilities || simulated.has(name)))
    throw new ApiError(404, {
      type: 'invalid_request_error',
      message: `No such capability: '${name}'; the simulator knows ${[...simulated].join(', ')}.`,
    });
  if (requested === false) delete account.capabilities[name];
  else if (requested) account.capabilities[name] ??= account.details_submitted ? 'active' : 'inactive';
  world.emit(id, 'capability.updated', capabilityOf(account, name));
  return capabilityOf(account, name);
}

function loginLink(world: World, id: string, origin: string): object {
  if (connectedOf(world, id).controller.stripe_dashboard?.type !== 'express')
    throw invalid(null, 'Login links are for accounts with the Express dashboard.');
  return { object: 'login_link', created: world.now, url: `${origin}/express/${id}` };
}

function reject(world: World, id: string): object {
  const account = connectedOf(world, id);
  account.charges_enabled = false;
  account.payouts_enabled = false;
  for (const name of Object.keys(account.capabilities)) account.capabilities[name] = 'inactive';
  account.requirements = { ...account.requirements, disabled_reason: 'rejected.other' };
  world.emit(id, 'account.updated', account);
  return account;
}

/** The platform's bank sends money to its balance, available at once. */
function topUp(world: World, values: Values<typeof topupSpec>): object {
  const amount = values.amount as number;
  const currency = (values.currency as string).toLowerCase();
  if (amount <= 0) throw invalid('parameter_invalid_integer', 'Invalid positive integer', 'amount');
  world.ledger.post(currency, [
    { book: 'banks', minor: -amount },
    { book: `${platformOwner}:available`, minor: amount },
  ]);
  const topup: Stored & Part<Stripe.Topup> = world.add(platformOwner, {
    id: world.id('tu'),
    object: 'topup',
    created: world.now,
    amount,
    currency,
    status: 'succeeded',
    description: values.description ?? null,
    livemode: false,
    metadata: values.metadata ?? {},
  });
  topup.balance_transaction = world.addTransaction(platformOwner, { type: 'topup', amount, fee: 0, currency, source: topup.id });
  world.emit(platformOwner, 'topup.succeeded', topup);
  return topup;
}

function revoke(world: World, id: string): object {
  deauthorize(world, id);
  return { stripe_user_id: id };
}

/** Source: docs.stripe.com/billing/testing/test-clocks */
const clockLifeSeconds = 30 * 86_400;

/** A clock of Stripe's kind. Here it turns the time of the whole world: all there is in it belongs to one test. */
function createClock(world: World, values: Values<typeof clockSpec>): object {
  return world.add(platformOwner, {
    id: world.id('clock'),
    object: 'test_helpers.test_clock',
    created: world.now,
    frozen_time: values.frozen_time as number,
    deletes_after: world.now + clockLifeSeconds,
    name: values.name ?? null,
    status: 'ready',
    livemode: false,
  } satisfies Stored & Part<Stripe.TestHelpers.TestClock>);
}

function advance(world: World, id: string, values: Values<typeof advanceSpec>): object {
  const clock = world.get<Stored & Part<Stripe.TestHelpers.TestClock> & { frozen_time: number }>(platformOwner, 'test_helpers.test_clock', id);
  const seconds = (values.frozen_time as number) - clock.frozen_time;
  if (seconds <= 0) throw invalid(null, 'A clock only goes forward.', 'frozen_time');
  world.offsetSeconds += seconds; // what is due then happens as the next request comes
  clock.frozen_time += seconds;
  return clock;
}

function removeClock(world: World, id: string): object {
  world.get(platformOwner, 'test_helpers.test_clock', id);
  world.remove(id);
  return { id, object: 'test_helpers.test_clock', deleted: true };
}
