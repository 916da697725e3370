import { z } from 'zod';
import { missing } from '../protocol/errors.js';
import { platformOwner, type Stored, type World } from '../world.js';
import { rollSecret, usualDelivery, webhookModes } from './endpoints.js';

const settings = z.object({
  mode: z.enum(webhookModes),
  copies: z.number().int().min(2).max(20).default(usualDelivery.copies),
  windowMs: z.number().int().min(1).max(10_000).default(usualDelivery.windowMs),
  delaySeconds: z
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .nullable()
    .default(null),
});
const rolling = z.object({ keepSeconds: z.number().int().min(0).max(86_400).default(86_400) });

/** What can be done about events and where they go. */
export const webhookControls = {
  webhooks: (world: World, body: unknown): object => {
    world.webhooks = settings.parse(body);
    return world.webhooks;
  },
  'events/:id/resend': (world: World, _: unknown, id: string): object => {
    const { value } = world.anyOf<Stored>('event', id);
    return { endpoints: world.send(value) };
  },
  'webhook_endpoints/:id/roll-secret': (world: World, body: unknown, id: string): object => {
    world.get(platformOwner, 'webhook_endpoint', id);
    const endpoint = world.endpoints.find((one) => one.id === id);
    if (!endpoint) throw missing('webhook_endpoint', id);
    const secret = `whsec_${world.id('x').slice(2)}`;
    rollSecret(endpoint, secret, world.now + rolling.parse(body).keepSeconds);
    return { secret };
  },
};
