import type { FastifyReply } from 'fastify';
import { stylePolicy } from './layout.js';

const stripePages = ['https://checkout.stripe.com', 'https://connect.stripe.com'];

/** Sends a page that may load nothing but its own style and post nowhere but here and on to Stripe. */
export function sendPage(reply: FastifyReply, html: string, stripeOrigins: string[] = []): void {
  // browsers apply form-action to where a form's answer redirects
  const forms = ["'self'", ...stripePages, ...stripeOrigins].join(' ');
  reply.header(
    'content-security-policy',
    `default-src 'none'; style-src ${stylePolicy}; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action ${forms}`,
  );
  reply.header('cache-control', 'no-store');
  reply.type('text/html; charset=utf-8').send(html);
}

/** Where the pages of the configured Stripe are, beside Stripe's own. */
export function stripeOriginsOf(apiBase: string, mode: string): string[] {
  if (mode !== 'simulator') return [];
  return [apiBase, apiBase.replace('127.0.0.1', 'localhost')];
}
