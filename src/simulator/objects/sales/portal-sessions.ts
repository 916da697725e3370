import type { Stripe } from 'stripe';
import { invalid } from '../../protocol/errors.js';
import { required, type Spec, text, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import type { Part, Stored, World } from '../../world.js';
import { cancel, type SimSubscription } from './billing.js';

export type SimPortal = Stored & Part<Stripe.BillingPortal.Session> & { customer: string };

const createSpec = {
  customer: required(text),
  return_url: text,
  configuration: text,
} satisfies Spec<Stripe.BillingPortal.SessionCreateParams>;

/** Where customers see and end their subscriptions themselves: one page, opened by whoever has its address. */
export const portalRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/billing_portal/sessions',
    spec: createSpec,
    run: ({ world, owner, values, origin }) => create(world, owner, values as Values<typeof createSpec>, origin),
  },
];

function create(world: World, owner: string, values: Values<typeof createSpec>, origin: string): SimPortal {
  const customer = world.get<Stored>(owner, 'customer', values.customer as string, 'customer').id;
  const id = world.id('bps');
  const session: SimPortal = world.add(owner, {
    id,
    object: 'billing_portal.session',
    created: world.now,
    configuration: values.configuration ?? 'bpc_simulator',
    customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: values.return_url ?? null,
    url: `${origin}/billing/${id}`,
  });
  world.emit(owner, 'billing_portal.session.created', session);
  return session;
}

/** The session behind a page's address, with the customer's subscriptions, and whose they are. */
export function portalOf(world: World, id: string): { owner: string; session: SimPortal; subscriptions: SimSubscription[] } {
  const { owner, value: session } = world.anyOf<SimPortal>('billing_portal.session', id);
  const subscriptions = world.all<SimSubscription>('subscription', owner).filter(({ customer }) => customer === session.customer);
  return { owner, session, subscriptions };
}

/** The customer ends a subscription. */
export function cancelFromPortal(world: World, id: string, subscription: string): void {
  const { owner, subscriptions } = portalOf(world, id);
  const found = subscriptions.find((one) => one.id === subscription);
  if (!found) throw invalid('resource_missing', `No such subscription: '${subscription}'`, 'subscription');
  cancel(world, owner, found);
}
