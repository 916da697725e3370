import type { Stripe } from 'stripe';
import { flag, list, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { platformOwner, type Stored, type World } from '../../world.js';

const createSpec = {
  url: required(text),
  enabled_events: required(list(text)),
  connect: flag,
  api_version: text,
  description: text,
  metadata: texts,
} satisfies Spec<Stripe.WebhookEndpointCreateParams>;
const updateSpec = {
  url: text,
  enabled_events: list(text),
  disabled: flag,
  description: text,
  metadata: texts,
} satisfies Spec<Stripe.WebhookEndpointUpdateParams>;
const path = '/v1/webhook_endpoints';
const platformOnly = true;

export const webhookEndpointRoutes: Route[] = [
  { method: 'POST', path, spec: createSpec, platformOnly, run: ({ world, values }) => create(world, values as Values<typeof createSpec>) },
  { method: 'GET', path, listOf: 'webhook_endpoint', platformOnly },
  { method: 'GET', path: `${path}/:id`, spec: {}, platformOnly, run: ({ world, id }) => endpointOf(world, id) },
  { method: 'POST', path: `${path}/:id`, spec: updateSpec, platformOnly, run: ({ world, id, values }) => update(world, id, values) },
  { method: 'DELETE', path: `${path}/:id`, spec: {}, platformOnly, run: ({ world, id }) => remove(world, id) },
];

function endpointOf(world: World, id: string): Stored {
  return world.get<Stored>(platformOwner, 'webhook_endpoint', id);
}

/** The secret is answered here, and never again. */
function create(world: World, values: Values<typeof createSpec>): object {
  const secret = `whsec_${world.id('x').slice(2)}`;
  const id = world.id('we');
  const enabledEvents = values.enabled_events as string[];
  const url = values.url as string;
  world.endpoints.push({ id, url, secrets: [{ value: secret, until: null }], connect: values.connect ?? false, enabledEvents });
  const made = world.add(platformOwner, {
    id,
    object: 'webhook_endpoint',
    api_version: values.api_version ?? null,
    application: null,
    created: world.now,
    description: values.description ?? null,
    url,
    enabled_events: enabledEvents,
    livemode: false,
    status: 'enabled',
    metadata: values.metadata ?? {},
  });
  return { ...made, secret };
}

function update(world: World, id: string, values: Values<typeof updateSpec>): object {
  const made = endpointOf(world, id);
  const target = world.endpoints.find((endpoint) => endpoint.id === id);
  const { disabled, ...fields } = values;
  Object.assign(made, fields, disabled === undefined ? {} : { status: disabled ? 'disabled' : 'enabled' });
  if (target) {
    target.url = made['url'] as string;
    target.enabledEvents = made['status'] === 'disabled' ? [] : (made['enabled_events'] as string[]);
    if (made['status'] === 'disabled') world.stopSendingTo(id);
  }
  return made;
}

function remove(world: World, id: string): object {
  endpointOf(world, id);
  world.remove(id);
  const at = world.endpoints.findIndex((endpoint) => endpoint.id === id);
  if (at >= 0) world.endpoints.splice(at, 1);
  world.stopSendingTo(id);
  return { id, object: 'webhook_endpoint', deleted: true };
}
