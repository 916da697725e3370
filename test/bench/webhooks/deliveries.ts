import { signatureOf } from '../../support/ground.js';

export const secret = 'whsec_of_the_webhook_bench';
const duplicatesShare = 0.3;

/** The events of a bench as they are delivered: their numbers, three of ten for a second time, in an order that is the same each time. */
export function shuffledDeliveries(count: number): Uint32Array {
  const distinct = distinctOf(count);
  const numbers = Uint32Array.from({ length: count }, (_, index) => index % distinct);
  let state = 20_260_101;
  for (let last = count - 1; last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [numbers[last], numbers[other]] = [numbers[other] as number, numbers[last] as number];
  }
  return numbers;
}

export function distinctOf(count: number): number {
  return Math.round(count * (1 - duplicatesShare));
}

/** What asks for nothing but to be kept, and what is applied as well. */
export type EventType = 'customer.updated' | 'balance.available';

export function eventId(number: number, type: EventType = 'customer.updated'): string {
  return `evt_${type === 'customer.updated' ? '' : 'applied_'}${String(number).padStart(10, '0')}`;
}

/** The n-th event of its type as Stripe would post it now. */
export function requestOf(number: number, type: EventType, { port, pathname }: URL, now: Date): Buffer {
  const body = JSON.stringify(eventOf(number, type, Math.floor(now.getTime() / 1_000)), null, 2); // as Stripe indents
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'content-type: application/json; charset=utf-8',
    `stripe-signature: ${signatureOf(body, secret, now)}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function eventOf(number: number, type: EventType, created: number) {
  const id = `cus_${String(number).padStart(10, '0')}`;
  return {
    id: eventId(number, type),
    object: 'event',
    api_version: '2026-06-30.basil',
    created,
    data: {
      object: {
        id,
        object: 'customer',
        address: { city: 'Lisboa', country: 'PT', line1: `Rua da Prata ${number}`, line2: null, postal_code: '1100-052', state: null },
        balance: 0,
        created,
        currency: 'eur',
        default_source: null,
        delinquent: false,
        description: 'A customer of the platform, who bought tickets before',
        discount: null,
        email: `buyer${number}@example.com`,
        invoice_prefix: 'F1A9C3E7',
        invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
        livemode: false,
        metadata: { order: String(number), venue: 'Luna' },
        name: `Buyer ${number}`,
        next_invoice_sequence: 1,
        phone: null,
        preferred_locales: ['pt-PT', 'en'],
        shipping: null,
        tax_exempt: 'none',
        test_clock: null,
      },
      previous_attributes: { description: null, metadata: { order: null } },
    },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
}
