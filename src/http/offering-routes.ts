import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous } from '../access/viewer.js';
import { loadAccount } from '../accounts/finding.js';
import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { isOpen, type OfferingRow } from '../offerings/offering.js';
import { findPublicOffering } from '../offerings/reading.js';
import { createOfferingCheckout } from '../payments/checkout.js';
import { offered, quoteOffering } from '../payments/quoting.js';
import { comeTo, isTest, localeOf, notThere } from './buyer-routes.js';
import { guardedBy, onceByForm } from './buying/forms.js';
import { assertSameOrigin, type Door, openForBuyer } from './door.js';
import { statusOfRefusal } from './errors.js';
import type { Guarded } from './pages/guard.js';
import { offeringPage } from './pages/offering.js';
import { type Refused, returnPage } from './pages/pay.js';
import { sendPage, stripeOriginsOf } from './pages/send.js';

type Visit = FastifyRequest<{
  Params: { offeringId: string };
  Querystring: Record<string, string | undefined>;
  Body: Record<string, unknown> | null;
}>;

interface Typed {
  email: string;
  quantity: string;
}

/** An offering's public page and the buyer's way back to it. No sign-in. */
export function offeringRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/o/:offeringId', (request: Visit, reply) =>
      onOffering(door, request, reply, (work, offering) =>
        show(work, request, reply, offering, {
          typed: typedIn(request.query),
          canceled: request.query['canceled'] === '1',
          refused: null,
          guarded: guardedBy(work),
        }),
      ),
    );

    app.post('/o/:offeringId', (request: Visit, reply) =>
      onOffering(door, request, reply, async (work, offering) => {
        assertSameOrigin(work, request);
        const typed = typedIn(request.body ?? {});
        const form = request.body?.['form'];
        const shown = { typed, canceled: false, refused: null, guarded: guardedBy(work, form) };
        if (request.body?.['do'] === 'total') return show(work, request, reply, offering, shown); // by POST: an e-mail address is nothing for an address bar
        try {
          const asked = { offeringId: offering.id, email: typed.email, quantity: Number(typed.quantity) };
          const begin = (idempotencyKey: string | null) => createOfferingCheckout(work, anonymous, { ...asked, idempotencyKey });
          const { checkoutUrl } = await onceByForm(work, form, begin);
          reply.redirect(checkoutUrl, 303);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          statusOfRefusal(reply, error);
          await show(work, request, reply, offering, { ...shown, refused: error, guarded: guardedBy(work, form, error) });
        }
      }),
    );

    app.get('/o/:offeringId/return', (request: Visit, reply) =>
      onOffering(door, request, reply, async (work, offering) => {
        const sessionId: unknown = request.query['session_id']; // a list where it came twice
        if (typeof sessionId !== 'string' || !/^\w{1,200}$/.test(sessionId)) return notThere(reply);
        const account = await loadAccount(work, offering.accountId);
        const { outcome, email } = await comeTo(work, account, sessionId);
        sendPage(reply, returnPage({ account, outcome, email, test: isTest(work), back: { path: `/o/${offering.id}`, name: offering.title } }));
      }),
    );
  };
}

async function onOffering(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  act: (work: Work, offering: OfferingRow) => Promise<void>,
): Promise<FastifyReply> {
  const work = openForBuyer(door, request);
  const offering = await findPublicOffering(work, request.params.offeringId);
  if (offering) await act(work, offering);
  else notThere(reply);
  return reply;
}

function typedIn(fields: Record<string, unknown>): Typed {
  const text = (name: string, fallback: string) => (typeof fields[name] === 'string' && fields[name].length <= 300 ? fields[name].trim() : fallback);
  return { email: text('email', ''), quantity: text('quantity', '1') };
}

async function show(
  work: Work,
  request: Visit,
  reply: FastifyReply,
  offering: OfferingRow,
  kept: { typed: Typed; canceled: boolean; refused: Refused | null; guarded: Guarded },
): Promise<void> {
  const { typed, ...told } = kept;
  const seller = await loadAccount(work, offering.accountId);
  const quote = await offered(quoteOffering(work, offering, Number(typed.quantity)));
  const open = isOpen(offering, work.clock.now());
  const html = offeringPage({ offering, seller, open, quote, test: isTest(work), locale: localeOf(request), ...typed, ...told });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode), work.config.captcha);
}
