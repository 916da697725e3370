import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous } from '../access/viewer.js';
import type { AccountRow } from '../accounts/account.js';
import { findActiveConnection } from '../accounts/finding.js';
import { isReady } from '../accounts/readiness.js';
import { findPublicAccount } from '../accounts/reading.js';
import { later } from '../base/clock.js';
import { maskEmail } from '../base/email.js';
import { Denied, Refusal } from '../base/errors.js';
import { isId } from '../base/ids.js';
import { formatMoney } from '../base/money.js';
import type { Work } from '../db/work.js';
import { createMembershipCheckout, createPaymentCheckout } from '../payments/checkout.js';
import { manageLink, manageLinkMs } from '../payments/managing.js';
import { hasEnded, type MembershipRow } from '../payments/membership.js';
import { offered, quoteFor } from '../payments/quoting.js';
import { syncCheckoutSession } from '../payments/syncing.js';
import { guardedBy, onceByForm } from './buying/forms.js';
import { assertSameOrigin, type Door, openForBuyer } from './door.js';
import { statusOfRefusal } from './errors.js';
import type { Guarded } from './pages/guard.js';
import { messagePage } from './pages/message.js';
import { every, type Outcome, payPage, type Refused, returnPage } from './pages/pay.js';
import { sendPage, stripeOriginsOf } from './pages/send.js';

type Visit = FastifyRequest<{ Params: { accountId: string }; Querystring: Record<string, string | undefined>; Body: Record<string, unknown> | null }>;

/** A seller's public page and the buyer's way back to it. No sign-in. */
export function buyerRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/c/:accountId', async (request: Visit, reply) => {
      const work = openForBuyer(door, request);
      const account = await find(work, request.params.accountId);
      if (!account) return notThere(reply);
      return show(work, request, reply, account, { email: '', canceled: request.query['canceled'] === '1', refused: null, guarded: guardedBy(work) });
    });

    app.post('/c/:accountId', async (request: Visit, reply) => {
      const work = openForBuyer(door, request);
      assertSameOrigin(work, request);
      const account = await find(work, request.params.accountId);
      if (!account) return notThere(reply);
      const email = typeof request.body?.['email'] === 'string' ? request.body['email'].trim() : '';
      const form = request.body?.['form'];
      const create = request.body?.['kind'] === 'membership' ? createMembershipCheckout : createPaymentCheckout;
      try {
        const begin = (idempotencyKey: string | null) => create(work, anonymous, { accountId: account.id, email, idempotencyKey });
        const { checkoutUrl } = await onceByForm(work, form, begin);
        return reply.redirect(checkoutUrl, 303);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        statusOfRefusal(reply, error);
        return show(work, request, reply, account, { email, canceled: false, refused: error, guarded: guardedBy(work, form, error) });
      }
    });

    app.get('/c/:accountId/return', async (request: Visit, reply) => {
      const work = openForBuyer(door, request);
      const account = await find(work, request.params.accountId);
      const sessionId: unknown = request.query['session_id']; // a list where it came twice
      if (!account || typeof sessionId !== 'string' || !/^\w{1,200}$/.test(sessionId)) return notThere(reply);
      const { outcome, email } = await comeTo(work, account, sessionId);
      return sendPage(
        reply,
        returnPage({ account, outcome, email, test: isTest(work), back: { path: `/c/${account.id}`, name: account.displayName } }),
      );
    });
  };
}

function find(work: Work, accountId: string): Promise<AccountRow | null> {
  return isId('account', accountId) ? findPublicAccount(work, accountId) : Promise.resolve(null);
}

/** The same answer for what never was and what is no more. */
export function notThere(reply: FastifyReply): void {
  reply.status(404);
  sendPage(reply, messagePage({ title: 'Not found', message: 'There is no such page. Ask whoever gave you the address for a new one.' }));
}

/** Whether no real money moves. */
export function isTest(work: Work): boolean {
  return work.config.stripe.mode !== 'live';
}

/** The language a browser asks for first. */
export function localeOf({ headers }: FastifyRequest): string {
  return (headers['accept-language'] ?? 'en').split(/[,;]/)[0] ?? 'en';
}

async function show(
  work: Work,
  request: Visit,
  reply: FastifyReply,
  account: AccountRow,
  kept: { email: string; canceled: boolean; refused: Refused | null; guarded: Guarded },
): Promise<void> {
  const connected = await findActiveConnection(work.read, account.id);
  const offer = (kind: 'MEMBERSHIP' | 'ONE_TIME') => offered(quoteFor(work, kind, { account, connected }));
  const [membership, oneTime] = await Promise.all([offer('MEMBERSHIP'), offer('ONE_TIME')]);
  const html = payPage({ account, ready: isReady(connected), membership, oneTime, test: isTest(work), locale: localeOf(request), ...kept });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode), work.config.captcha);
}

/** What a session has come to, for the page that says so. */
export async function comeTo(work: Work, account: AccountRow, sessionId: string): Promise<{ outcome: Outcome; email: string }> {
  try {
    const { state, payment, membership } = await syncCheckoutSession(
      work,
      anonymous,
      { accountId: account.id, checkoutSessionId: sessionId },
      'RETURN',
    );
    const email = maskEmail(payment?.email ?? membership?.email ?? 'x@example.com');
    if (membership && hasEnded(membership)) return { email, outcome: { kind: 'ended', since: membership.createdAt } };
    if (membership)
      return {
        email,
        outcome: {
          kind: 'member',
          since: membership.createdAt,
          amount: `${formatMoney(membership.priceMinor, membership.currency)} ${every[membership.interval]}`,
          manage: isFresh(work, membership) ? manageLink(work, membership) : '/m',
        },
      };
    if (payment)
      return {
        email,
        outcome: { kind: 'paid', amount: formatMoney(payment.amountMinor, payment.currency), paidAt: payment.paidAt, reference: payment.id },
      };
    return { email, outcome: { kind: state === 'PROCESSING' ? 'processing' : state === 'EXPIRED' ? 'expired' : 'unpaid' } };
  } catch (error) {
    if (error instanceof Denied) return { email: '', outcome: { kind: 'expired' } }; // a session of another seller, or of nobody, is told nothing
    if (error instanceof Refusal) return { email: '', outcome: { kind: 'unavailable', message: error.message, remedy: error.remedy } };
    throw error;
  }
}

/** Whoever comes back right after joining is the member; later, the address of that page may be anybody's who found it. */
function isFresh({ clock }: Work, { createdAt }: MembershipRow): boolean {
  return clock.now() < later(createdAt, manageLinkMs);
}
