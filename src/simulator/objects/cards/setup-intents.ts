import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { attach, testCardOf } from './payment-methods.js';

type SimSetupIntent = Stored & Part<Stripe.SetupIntent> & { status: Stripe.SetupIntent.Status };

const createSpec = {
  customer: text,
  usage: oneOf('off_session', 'on_session'),
  payment_method: text,
  confirm: flag,
  return_url: text,
  description: text,
  automatic_payment_methods: object({ enabled: required(flag), allow_redirects: oneOf('always', 'never') }),
  metadata: texts,
} satisfies Spec<Stripe.SetupIntentCreateParams>;
const updateSpec = { customer: text, payment_method: text, description: text, metadata: texts } satisfies Spec<Stripe.SetupIntentUpdateParams>;
const confirmSpec = { payment_method: text, return_url: text } satisfies Spec<Stripe.SetupIntentConfirmParams>;
const cancelSpec = {
  cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'),
} satisfies Spec<Stripe.SetupIntentCancelParams>;

export const setupIntentRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/setup_intents',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/setup_intents/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'setup_intent', id) },
  { method: 'GET', path: '/v1/setup_intents', listOf: 'setup_intent', filters: ['customer', 'payment_method'] },
  { method: 'POST', path: '/v1/setup_intents/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'POST',
    path: '/v1/setup_intents/:id/confirm',
    spec: confirmSpec,
    run: ({ world, owner, id, values }) => confirm(world, owner, open(world, owner, id), values),
  },
  {
    method: 'POST',
    path: '/v1/setup_intents/:id/cancel',
    spec: cancelSpec,
    run: ({ world, owner, id, values }) => cancel(world, owner, open(world, owner, id), values as Values<typeof cancelSpec>),
  },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): SimSetupIntent {
  if (values.customer !== undefined) world.get(owner, 'customer', values.customer, 'customer');
  if (values.return_url !== undefined && !values.confirm) throw invalid(null, 'return_url is given where confirm is true.', 'return_url');
  const id = world.id('seti');
  const intent: SimSetupIntent = world.add(owner, {
    id,
    object: 'setup_intent',
    created: world.now,
    client_secret: `${id}_secret_${world.id('x').slice(2)}`,
    status: values.payment_method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    customer: values.customer ?? null,
    payment_method: values.payment_method ?? null,
    usage: values.usage ?? 'off_session',
    description: values.description ?? null,
    automatic_payment_methods: values.automatic_payment_methods
      ? { enabled: values.automatic_payment_methods.enabled ?? true, allow_redirects: values.automatic_payment_methods.allow_redirects ?? 'always' }
      : null,
    livemode: false,
    metadata: values.metadata ?? {},
  });
  world.emit(owner, 'setup_intent.created', intent);
  return values.confirm ? confirm(world, owner, intent, {}) : intent;
}

/** One that is not over: a card may still be kept by it. */
function open(world: World, owner: string, id: string): SimSetupIntent {
  const intent = world.get<SimSetupIntent>(owner, 'setup_intent', id);
  if (intent.status === 'succeeded' || intent.status === 'canceled')
    throw invalid('setup_intent_unexpected_state', `This SetupIntent has a status of ${intent.status}.`);
  return intent;
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): SimSetupIntent {
  const intent = open(world, owner, id);
  if (values.customer !== undefined) intent.customer = world.get(owner, 'customer', values.customer, 'customer').id;
  if (values.payment_method !== undefined) Object.assign(intent, { payment_method: values.payment_method, status: 'requires_confirmation' });
  if (values.description !== undefined) intent.description = values.description;
  if (values.metadata) intent.metadata = { ...intent.metadata, ...values.metadata };
  return intent;
}

/** The bank says whether the card may be charged later; nothing is charged now. */
function confirm(world: World, owner: string, intent: SimSetupIntent, values: Values<typeof confirmSpec>): SimSetupIntent {
  const method = values.payment_method ?? (intent.payment_method as string | null);
  const customer = intent.customer as string | null;
  if (method === null) throw invalid('parameter_missing', 'A payment method is needed to confirm.', 'payment_method');
  const testCard = testCardOf(world, owner, method, customer);
  if (!testCard.startsWith('pm_card_')) throw invalid('resource_missing', `No such PaymentMethod: '${method}'`, 'payment_method');
  if (testCard === 'pm_card_chargeDeclined') throw declined(world, owner, intent);
  intent.payment_method = customer === null ? method : attach(world, owner, method, customer).id;
  intent.status = 'succeeded';
  intent.last_setup_error = null;
  world.emit(owner, 'setup_intent.succeeded', intent);
  return intent;
}

function declined(world: World, owner: string, intent: SimSetupIntent): ApiError {
  const error = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' } as const;
  Object.assign(intent, { status: 'requires_payment_method', payment_method: null, last_setup_error: error });
  world.emit(owner, 'setup_intent.setup_failed', intent);
  return new ApiError(402, error);
}

function cancel(world: World, owner: string, intent: SimSetupIntent, values: Values<typeof cancelSpec>): SimSetupIntent {
  Object.assign(intent, { status: 'canceled', cancellation_reason: values.cancellation_reason ?? null });
  world.emit(owner, 'setup_intent.canceled', intent);
  return intent;
}
