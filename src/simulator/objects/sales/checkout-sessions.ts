import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { decimal, integer, list, natural, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import { none } from '../../protocol/unset.js';
import type { Route } from '../../route.js';
import { inside, type Part, platformOwner, type Stored, type World } from '../../world.js';
import { takePayment } from '../money/charges.js';
import type { SimAccount } from '../platform/accounts.js';
import type { Interval } from './billing.js';
import { startSubscription } from './subscriptions.js';

/** What a buyer will pay, kept beside Stripe's shape. */
interface Cart {
  amount: number;
  name: string;
  interval: Interval | null;
  applicationFee: number;
  applicationFeePercent: number;
  transferGroup: string | null;
  metadata: Record<string, string>;
  /** What the buyer typed before a card was declined. */
  typedEmail?: string | null;
}
export type SimSession = Stored &
  Part<Stripe.Checkout.Session> & { currency: string; expires_at: number; status: 'open' | 'complete' | 'expired'; [inside]: Cart };

const createSpec = {
  mode: required(oneOf('payment', 'subscription')),
  line_items: required(
    list(
      object({
        quantity: natural,
        price_data: required(
          object({
            currency: required(text),
            unit_amount: required(natural),
            product_data: required(object({ name: required(text), description: text })),
            recurring: object({ interval: required(oneOf('day', 'week', 'month', 'year')) }),
          }),
        ),
      }),
    ),
  ),
  payment_intent_data: object({ application_fee_amount: natural, transfer_group: text, metadata: texts, description: text }),
  subscription_data: object({ application_fee_percent: decimal, metadata: texts, description: text }),
  customer_email: text,
  success_url: text,
  cancel_url: text,
  expires_at: integer,
  client_reference_id: text,
  locale: text,
  metadata: texts,
} satisfies Spec<Stripe.Checkout.SessionCreateParams>;

export const checkoutRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/checkout/sessions',
    spec: createSpec,
    run: ({ world, owner, values, origin }) => create(world, owner, values as Values<typeof createSpec>, origin),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    spec: {},
    run: ({ world, owner, id }) => world.get<SimSession>(owner, 'checkout.session', id),
  },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    spec: {},
    run: ({ world, owner, id }) => lineItems(world.get(owner, 'checkout.session', id)),
  },
  { method: 'GET', path: '/v1/checkout/sessions', listOf: 'checkout.session', filters: ['payment_intent', 'subscription', 'status'] },
  {
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    spec: {},
    run: ({ world, owner, id }) => expire(world, owner, world.get(owner, 'checkout.session', id)),
  },
];

function lineItems({ id, [inside]: cart, currency }: SimSession): object {
  const { amount, name } = cart;
  const item = {
    id: `li_${id}`,
    object: 'item',
    amount_subtotal: amount,
    amount_total: amount,
    amount_discount: 0,
    amount_tax: 0,
    currency,
    description: name,
    quantity: 1,
    ...none('adjustable_quantity', 'metadata', 'price'),
  } satisfies Part<Stripe.LineItem>;
  return { object: 'list', url: `/v1/checkout/sessions/${id}/line_items`, has_more: false, data: [item] };
}

function create(world: World, owner: string, values: Values<typeof createSpec>, origin: string): SimSession {
  const item = values.line_items?.[0];
  if (!item?.price_data || values.line_items?.length !== 1) throw invalid(null, 'The simulator takes one line item with price_data.', 'line_items');
  const { unit_amount, currency, product_data, recurring } = item.price_data;
  const amount = (unit_amount as number) * (item.quantity ?? 1);
  const applicationFee = values.payment_intent_data?.application_fee_amount ?? 0;
  const applicationFeePercent = values.subscription_data?.application_fee_percent ?? 0;
  checkCheckout(world, owner, { amount, applicationFee, applicationFeePercent, values });

  const id = world.id('cs_test');
  const session: SimSession = {
    id,
    object: 'checkout.session',
    created: world.now,
    mode: values.mode as 'payment' | 'subscription',
    status: 'open',
    payment_status: 'unpaid',
    url: `${origin}/c/pay/${id}`,
    currency: (currency as string).toLowerCase(),
    amount_subtotal: amount,
    amount_total: amount,
    customer_email: values.customer_email ?? null,
    customer: null,
    payment_intent: null,
    subscription: null,
    invoice: null,
    client_reference_id: values.client_reference_id ?? null,
    success_url: values.success_url ?? null,
    cancel_url: values.cancel_url ?? null,
    expires_at: values.expires_at ?? world.now + 86_400,
    livemode: false,
    metadata: values.metadata ?? {},
    [inside]: {
      amount,
      name: (product_data as { name: string }).name,
      interval: recurring?.interval ?? null,
      applicationFee,
      applicationFeePercent,
      transferGroup: values.payment_intent_data?.transfer_group ?? null,
      metadata: (values.mode === 'subscription' ? values.subscription_data?.metadata : values.payment_intent_data?.metadata) ?? {},
    },
  };
  world.wake(id, session.expires_at);
  return world.add(owner, session);
}

interface Asked {
  amount: number;
  applicationFee: number;
  applicationFeePercent: number;
  values: Values<typeof createSpec>;
}

function checkCheckout(world: World, owner: string, { amount, applicationFee, applicationFeePercent, values }: Asked): void {
  const isPlatform = owner === platformOwner;
  const recurring = values.line_items?.[0]?.price_data?.recurring;
  if (!isPlatform && !world.get<SimAccount>(platformOwner, 'account', owner).charges_enabled) {
    throw new ApiError(400, { type: 'invalid_request_error', code: 'account_invalid', message: 'The account cannot currently make charges.' });
  }
  if ((values.mode === 'subscription') !== (recurring !== undefined))
    throw invalid(null, 'A subscription takes a recurring price, a payment does not.', 'line_items[0][price_data][recurring]');
  if (amount < 50)
    throw invalid(
      'amount_too_small',
      'The Checkout Session’s total amount must convert to at least 50 cents.',
      'line_items[0][price_data][unit_amount]',
    );
  if (amount > 99_999_999) throw invalid('amount_too_large', 'The amount has more than eight digits.', 'line_items[0][price_data][unit_amount]');
  if (isPlatform && (applicationFee > 0 || applicationFeePercent > 0))
    throw invalid('application_fees_not_allowed', 'Application fees need the Stripe-Account header.', 'payment_intent_data[application_fee_amount]');
  if (applicationFee > amount) throw invalid(null, 'The application fee exceeds the amount.', 'payment_intent_data[application_fee_amount]');
  if (applicationFeePercent > 100 || Math.round(applicationFeePercent * 100) !== applicationFeePercent * 100)
    throw invalid(null, 'The percentage takes at most two decimals and is at most 100.', 'subscription_data[application_fee_percent]');
  const life = (values.expires_at ?? world.now + 86_400) - world.now;
  if (life < 1_800 || life > 86_400) throw invalid(null, 'expires_at is between 30 minutes and 24 hours from now.', 'expires_at');
}

/** The buyer pays with a card: what was bought begins, and the money is taken. A declined card leaves the session open. */
export function pay(world: World, owner: string, session: SimSession, card: 'ok' | 'declined', email: string | null): 'paid' | 'declined' {
  if (session.status !== 'open') throw invalid(null, `The session is ${session.status}.`);
  session[inside].typedEmail = email;
  if (card === 'declined') return 'declined';
  const { [inside]: cart, currency } = session;
  const buyer = email ?? session.customer_email ?? null;
  if (cart.interval) {
    const started = startSubscription(world, owner, { ...cart, interval: cart.interval, currency, email: buyer });
    session.subscription = started.subscription.id;
    session.customer = started.customer;
    session.invoice = started.invoice;
  } else {
    const { amount, applicationFee, transferGroup, metadata } = cart;
    session.payment_intent = takePayment(world, owner, {
      amount,
      currency,
      email: buyer,
      applicationFee,
      customer: null,
      transferGroup,
      metadata,
    }).payment_intent;
  }
  world.wake(session.id, null);
  session.status = 'complete';
  session.payment_status = 'paid';
  session.url = null;
  session.customer_details = {
    ...none('address', 'business_name', 'individual_name', 'name', 'phone', 'tax_exempt', 'tax_ids'),
    email: buyer,
  };
  world.emit(owner, 'checkout.session.completed', session);
  return 'paid';
}

export function expire(world: World, owner: string, session: SimSession): SimSession {
  if (session.status !== 'open') throw invalid(null, 'Only open sessions can be expired.');
  world.wake(session.id, null);
  session.status = 'expired';
  session.url = null;
  world.emit(owner, 'checkout.session.expired', session);
  return session;
}
