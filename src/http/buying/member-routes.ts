import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../../base/errors.js';
import { askForManageLinks, endByLink, findByLink } from '../../payments/managing.js';
import { isTest, notThere } from '../buyer-routes.js';
import { assertSameOrigin, type Door, openForBuyer, openToSignIn } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import { linksSentPage, membershipPage, membersPage } from '../pages/membership.js';
import { sendPage } from '../pages/send.js';
import { fieldsOf } from '../seller-actions.js';

type Visit = FastifyRequest<{ Params: { token: string }; Querystring: Record<string, string | undefined> }>;

/** Where members look after their memberships, without signing in: by a link that only they are sent. */
export function memberRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/m', async (_request, reply) => sendPage(reply, membersPage({ email: '', refused: null, test: isTest(door.openWork()) })));
    app.post('/m', async (request, reply) => {
      const work = openToSignIn(door, request);
      const email = (fieldsOf(request)['email'] ?? '').trim();
      const test = isTest(work);
      const refused = await refusalOf(reply, () => askForManageLinks(work, { email }));
      return sendPage(reply, refused ? membersPage({ email, refused, test }) : linksSentPage({ email, test }));
    });
    app.get('/m/:token', async (request: Visit, reply) => {
      const notice = request.query['did'] === 'ended' ? 'Done. Your membership is not renewed.' : null;
      return show(door, request, reply, { notice, refused: null });
    });
    app.post('/m/:token', async (request: Visit, reply) => {
      const work = openForBuyer(door, request);
      assertSameOrigin(work, request);
      const own = await findByLink(work, request.params.token);
      if (!own) return notThere(reply);
      const refused = await refusalOf(reply, () => endByLink(work, own));
      if (refused) return show(door, request, reply, { notice: null, refused });
      return reply.redirect(`/m/${request.params.token}?did=ended`, 303);
    });
  };
}

async function show(door: Door, request: Visit, reply: FastifyReply, told: { notice: string | null; refused: Refusal | null }): Promise<void> {
  const work = openForBuyer(door, request);
  const own = await findByLink(work, request.params.token);
  if (!own) return notThere(reply);
  reply.header('referrer-policy', 'same-origin'); // the address is the secret
  sendPage(reply, membershipPage({ own, ...told, test: isTest(work) }));
}

async function refusalOf(reply: FastifyReply, run: () => Promise<unknown>): Promise<Refusal | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    statusOfRefusal(reply, error);
    return error;
  }
}
