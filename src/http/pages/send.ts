import type { FastifyReply } from 'fastify';
import type { Captcha } from '../../base/captcha.js';
import { type App, stylePolicy } from './layout.js';

const stripePages = ['https://checkout.stripe.com', 'https://connect.stripe.com'];

/** Sends a page that may load nothing but its own style, and the puzzle it shows, and post nowhere but here and on to Stripe. */
export function sendPage(reply: FastifyReply, html: string, stripeOrigins: string[] = [], captcha: Captcha | null = null): void {
  // browsers apply form-action to where a form's answer redirects
  const forms = ["'self'", ...stripePages, ...stripeOrigins].join(' ');
  const puzzle = (captcha?.sources ?? []).join(' ');
  const itsOwn = captcha ? ` ${puzzle}; script-src ${puzzle}; frame-src ${puzzle}; connect-src ${puzzle}` : '';
  send(reply, html, `style-src ${stylePolicy}${itsOwn}; form-action ${forms}`);
}

/** Sends a page that, where scripts run, is the given program of ours: it may talk to this server alone. */
export function sendAppPage(reply: FastifyReply, html: string, app: App | null): void {
  if (app)
    send(
      reply,
      html,
      `script-src 'self'; connect-src 'self'; style-src 'self' ${stylePolicy} 'nonce-${app.nonce}'; font-src 'self'; form-action 'self'`,
    );
  else sendPage(reply, html);
}

function send(reply: FastifyReply, html: string, policy: string): void {
  reply.header('content-security-policy', `default-src 'none'; ${policy}; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'`);
  reply.header('cache-control', 'no-store');
  reply.type('text/html; charset=utf-8').send(html);
}

/** Where the pages of the configured Stripe are, beside Stripe's own. */
export function stripeOriginsOf(apiBase: string, mode: string): string[] {
  if (mode !== 'simulator') return [];
  return [apiBase, apiBase.replace('127.0.0.1', 'localhost')];
}
