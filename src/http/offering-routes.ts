import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous } from '../access/viewer.js';
import { loadAccount } from '../accounts/finding.js';
import { Refusal } from '../base/errors.js';
import { isOpen, type OfferingRow } from '../offerings/offering.js';
import { findOffering } from '../offerings/reading.js';
import { createOfferingCheckout } from '../payments/checkout.js';
import { offered, quoteOffering } from '../payments/quoting.js';
import { comeTo, isTest, localeOf, notThere } from './buyer-routes.js';
import { assertSameOrigin, type Door } from './door.js';
import { statusOfRefusal } from './errors.js';
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
      onOffering(door, request, reply, (offering) =>
        show(door, request, reply, offering, { typed: typedIn(request.query), canceled: request.query['canceled'] === '1', refused: null }),
      ),
    );

    app.post('/o/:offeringId', (request: Visit, reply) =>
      onOffering(door, request, reply, async (offering) => {
        const work = door.openWork();
        assertSameOrigin(work, request);
        const typed = typedIn(request.body ?? {});
        if (request.body?.['do'] === 'total') return show(door, request, reply, offering, { typed, canceled: false, refused: null }); // by POST: an e-mail address is nothing for an address bar
        try {
          const asked = { offeringId: offering.id, email: typed.email, quantity: Number(typed.quantity), idempotencyKey: null };
          const { checkoutUrl } = await createOfferingCheckout(work, anonymous, asked);
          reply.redirect(checkoutUrl, 303);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          statusOfRefusal(reply, error);
          await show(door, request, reply, offering, { typed, canceled: false, refused: error });
        }
      }),
    );

    app.get('/o/:offeringId/return', (request: Visit, reply) =>
      onOffering(door, request, reply, async (offering) => {
        const sessionId: unknown = request.query['session_id']; // a list where it came twice
        if (typeof sessionId !== 'string' || !/^\w{1,200}$/.test(sessionId)) return notThere(reply);
        const work = door.openWork();
        const account = await loadAccount(work, offering.accountId);
        const { outcome, email } = await comeTo(work, account, sessionId);
        sendPage(reply, returnPage({ account, outcome, email, test: isTest(work), back: { path: `/o/${offering.id}`, name: offering.title } }));
      }),
    );
  };
}

async function onOffering(door: Door, request: Visit, reply: FastifyReply, act: (offering: OfferingRow) => Promise<void>): Promise<FastifyReply> {
  const offering = await findOffering(door.openWork(), request.params.offeringId);
  if (offering) await act(offering);
  else notThere(reply);
  return reply;
}

function typedIn(fields: Record<string, unknown>): Typed {
  const text = (name: string, fallback: string) => (typeof fields[name] === 'string' && fields[name].length <= 300 ? fields[name].trim() : fallback);
  return { email: text('email', ''), quantity: text('quantity', '1') };
}

async function show(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  offering: OfferingRow,
  kept: { typed: Typed; canceled: boolean; refused: Refused | null },
): Promise<void> {
  const work = door.openWork();
  const { typed, ...told } = kept;
  const seller = await loadAccount(work, offering.accountId);
  const quote = await offered(quoteOffering(work, offering, Number(typed.quantity)));
  const open = isOpen(offering, work.clock.now());
  const html = offeringPage({ offering, seller, open, quote, test: isTest(work), locale: localeOf(request), ...typed, ...told });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode));
}
