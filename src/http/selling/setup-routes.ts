import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Seller } from '../../access/viewer.js';
import { loadAccount } from '../../accounts/finding.js';
import { readSetup, setAccountProfile } from '../../accounts/setup.js';
import { Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { assertSameOrigin, type Door } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import type { RefusedForm } from '../pages/field.js';
import { setupPage } from '../pages/seller/setup.js';
import { sendPage } from '../pages/send.js';
import { fieldOf, fieldsOf } from '../seller-actions.js';
import { sellerOf } from './visiting.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

const notices = new Map(
  Object.entries({ named: 'Saved. Buyers see that name now.', shared: 'Well done. The next thing you see here are payments.' }),
);

/** The setup guide: what is done, what is next, and the forms of the steps that are no page of their own. */
export function setupRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/connect/setup', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (viewer) await show(work, viewer, reply, { notice: notices.get(request.query['did'] ?? '') ?? null, refused: null, typed: {} });
      return reply;
    });
    app.post('/connect/profile', async (request: Visit, reply) => {
      const work = door.openWork();
      assertSameOrigin(work, request);
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const typed = fieldsOf(request);
      try {
        await setAccountProfile(work, viewer, { accountId: viewer.accountId, displayName: typed['displayName'] ?? '' });
        reply.redirect('/connect/setup?did=named', 303);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        statusOfRefusal(reply, error);
        const refused = { form: 'profile', field: fieldOf(error), message: error.message, remedy: error.remedy };
        await show(work, viewer, reply, { notice: null, refused, typed });
      }
      return reply;
    });
    app.post('/connect/shared', async (request: Visit, reply) => {
      const work = door.openWork();
      assertSameOrigin(work, request);
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      await setAccountProfile(work, viewer, { accountId: viewer.accountId, shared: true });
      return reply.redirect('/connect/setup?did=shared', 303);
    });
  };
}

async function show(
  work: Work,
  viewer: Seller,
  reply: FastifyReply,
  told: { notice: string | null; refused: RefusedForm | null; typed: Record<string, string> },
): Promise<void> {
  const { publicUrl, stripe } = work.config;
  const [setup, { displayName }] = await Promise.all([readSetup(work, viewer, viewer.accountId), loadAccount(work, viewer.accountId)]);
  const payUrl = `${publicUrl}/c/${viewer.accountId}`;
  sendPage(reply, setupPage({ person: viewer.name, test: stripe.mode !== 'live', setup, displayName, payUrl, ...told }));
}
