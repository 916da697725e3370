import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { inside, type Part, type Stored, type World } from '../../world.js';

/** A card as kept: with the name of the test card it came from, which decides what becomes of paying with it. */
export type SimPaymentMethod = Stored & Part<Stripe.PaymentMethod> & { [inside]: { testCard: string; isSpent: boolean } };

const billingDetails = object({ email: text, name: text, phone: text });
const createSpec = {
  type: required(oneOf('card')),
  card: required(object({ token: required(text) })),
  billing_details: billingDetails,
  metadata: texts,
} satisfies Spec<Stripe.PaymentMethodCreateParams>;
const updateSpec = { billing_details: billingDetails, metadata: texts } satisfies Spec<Stripe.PaymentMethodUpdateParams>;
const attachSpec = { customer: required(text) } satisfies Spec<Stripe.PaymentMethodAttachParams>;

/** The last four digits of the test cards whose names begin so. Source: docs.stripe.com/testing */
const lastFour: Record<string, string> = {
  visa: '4242',
  mastercard: '4444',
  bypassPending: '0077',
  chargeDeclined: '0002',
  createDispute: '0259',
  createDisputeInquiry: '1976',
  createIssuerFraudRecord: '5423',
};

export const paymentMethodRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/payment_methods',
    spec: createSpec,
    run: ({ world, owner, values }) => create(world, owner, values as Values<typeof createSpec>),
  },
  { method: 'GET', path: '/v1/payment_methods/:id', spec: {}, run: ({ world, owner, id }) => world.get(owner, 'payment_method', id) },
  { method: 'GET', path: '/v1/payment_methods', listOf: 'payment_method', filters: ['customer', 'type'] },
  { method: 'POST', path: '/v1/payment_methods/:id', spec: updateSpec, run: ({ world, owner, id, values }) => update(world, owner, id, values) },
  {
    method: 'POST',
    path: '/v1/payment_methods/:id/attach',
    spec: attachSpec,
    run: ({ world, owner, id, values }) => attach(world, owner, id, (values as { customer: string }).customer),
  },
  { method: 'POST', path: '/v1/payment_methods/:id/detach', spec: {}, run: ({ world, owner, id }) => detach(world, owner, id) },
];

function create(world: World, owner: string, values: Values<typeof createSpec>): SimPaymentMethod {
  const token = values.card?.token as string;
  const testCard = token.replace(/^tok_/, 'pm_card_');
  if (!token.startsWith('tok_') || !isTestCard(testCard))
    throw invalid('resource_missing', `No such token: '${token}'; the simulator knows ${testCards('tok_')}.`, 'card[token]');
  const { billing_details: details, metadata = {} } = values;
  return add(world, owner, testCard, { metadata, billing_details: { ...noDetails(), ...details } });
}

function add(world: World, owner: string, testCard: string, more: Part<Stripe.PaymentMethod>): SimPaymentMethod {
  const name = testCard.replace('pm_card_', '');
  return world.add(owner, {
    id: world.id('pm'),
    object: 'payment_method',
    created: world.now,
    type: 'card',
    billing_details: noDetails(),
    card: {
      ...none('generated_from', 'networks', 'regulated_status', 'three_d_secure_usage', 'wallet'),
      brand: name === 'mastercard' ? 'mastercard' : 'visa',
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: name === 'mastercard' ? 'mastercard' : 'visa',
      exp_month: 12,
      exp_year: 2034,
      funding: 'credit',
      last4: lastFour[name] as string,
    },
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    ...more,
    [inside]: { testCard, isSpent: false },
  } satisfies SimPaymentMethod);
}

function noDetails() {
  return none('address', 'email', 'name', 'phone', 'tax_id');
}

function isTestCard(id: string): boolean {
  return id.startsWith('pm_card_') && Object.hasOwn(lastFour, id.slice('pm_card_'.length));
}

function testCards(prefix: string): string {
  return Object.keys(lastFour)
    .map((name) => prefix + name)
    .join(', ');
}

/** A card by its id; the name of a test card makes a new one. */
function find(world: World, owner: string, id: string): SimPaymentMethod {
  return isTestCard(id) ? add(world, owner, id, {}) : world.get<SimPaymentMethod>(owner, 'payment_method', id);
}

/**
 * The test card behind a payment method, which decides what becomes of paying with it; an id that is neither is answered as it came.
 * A card that is kept for one customer pays for nobody else.
 */
export function testCardOf(world: World, owner: string, id: string, customer: string | null): string {
  const card = world.find<SimPaymentMethod>(owner, 'payment_method', id);
  if (!card) return id;
  if (card.customer !== null && card.customer !== customer)
    throw invalid(null, `The PaymentMethod ${id} belongs to a Customer; give that customer with it.`, 'payment_method');
  if (card[inside].isSpent)
    throw invalid(null, `The PaymentMethod ${id} was detached from its Customer and may not be used again.`, 'payment_method');
  return card[inside].testCard;
}

/** Keeps a card for a customer, and answers it: under an id of its own where a test card was named. */
export function attach(world: World, owner: string, id: string, customer: string): SimPaymentMethod {
  world.get(owner, 'customer', customer, 'customer');
  const card = find(world, owner, id);
  if (card[inside].isSpent) throw invalid(null, `The PaymentMethod ${id} was detached from its Customer and may not be used again.`);
  if (card.customer !== null && card.customer !== customer) throw invalid(null, `The PaymentMethod ${id} belongs to another Customer.`);
  card.customer = customer;
  world.emit(owner, 'payment_method.attached', card);
  return card;
}

function detach(world: World, owner: string, id: string): SimPaymentMethod {
  const card = world.get<SimPaymentMethod>(owner, 'payment_method', id);
  if (card.customer === null) throw invalid(null, 'The payment method you provided is not attached to a customer so detachment is impossible.');
  const before = { customer: card.customer };
  card.customer = null;
  card[inside].isSpent = true;
  world.emit(owner, 'payment_method.detached', card, before);
  return card;
}

function update(world: World, owner: string, id: string, values: Values<typeof updateSpec>): SimPaymentMethod {
  const card = world.get<SimPaymentMethod>(owner, 'payment_method', id);
  if (values.billing_details) card.billing_details = { ...card.billing_details, ...values.billing_details };
  if (values.metadata) card.metadata = { ...card.metadata, ...values.metadata };
  world.emit(owner, 'payment_method.updated', card);
  return card;
}
