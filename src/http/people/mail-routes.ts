import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { confirmAddress } from '../../access/confirming.js';
import { askForReset, resetPassword } from '../../access/forgotten.js';
import { type LinkPurpose, personOfLink } from '../../access/mail/mailed-link.js';
import { Denied, Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { isTest, notThere } from '../buyer-routes.js';
import { type Door, openToSignIn } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import { forgottenPage, linkPage, lookIntoMailPage } from '../pages/mailed.js';
import { sendPage } from '../pages/send.js';
import { fieldsOf } from '../seller-actions.js';
import { enter } from './sign-in-routes.js';

type Visit = FastifyRequest<{ Params: { token: string } }>;

/** The pages of a forgotten password and of an address that is confirmed: what asks for a letter, and what its link opens. */
export function mailRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/forgot', async (request, reply) =>
      sendPage(reply, forgottenPage({ email: '', refused: null, test: isTest(openToSignIn(door, request)) })),
    );
    app.post('/forgot', async (request, reply) => {
      const work = openToSignIn(door, request);
      const email = (fieldsOf(request)['email'] ?? '').trim();
      const test = isTest(work);
      const refused = await refusalOf(reply, () => askForReset(work, { email }));
      return sendPage(reply, refused ? forgottenPage({ email, refused, test }) : lookIntoMailPage({ email, test }));
    });

    for (const [path, purpose] of [
      ['/reset', 'RESET'],
      ['/confirm', 'CONFIRM'],
    ] as const) {
      app.get(`${path}/:token`, async (request: Visit, reply) => {
        const work = openToSignIn(door, request);
        return (await personOfLink(work, request.params.token, purpose)) ? showLink(work, reply, purpose, null) : notThere(reply);
      });
      app.post(`${path}/:token`, async (request: Visit, reply) => {
        const work = openToSignIn(door, request);
        const input = { token: request.params.token, password: fieldsOf(request)['password'] ?? '' };
        const refused = await refusalOf(reply, async () => {
          if (purpose === 'CONFIRM') return enter(work, request, reply, await confirmAddress(work, input));
          await resetPassword(work, input);
          return reply.redirect('/sign-in', 303);
        });
        return refused ? showLink(work, reply, purpose, refused) : reply;
      });
    }
  };
}

/** What the page tells beside the form: a refusal, or a wrong password. */
async function refusalOf(reply: FastifyReply, run: () => Promise<unknown>): Promise<{ message: string; remedy: string | null } | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (error instanceof Refusal) statusOfRefusal(reply, error);
    else if (error instanceof Denied && error.code === 'UNAUTHENTICATED') reply.status(401);
    else throw error;
    return { message: error.message, remedy: error instanceof Refusal ? error.remedy : null };
  }
}

function showLink(work: Work, reply: FastifyReply, purpose: LinkPurpose, refused: { message: string; remedy: string | null } | null): void {
  reply.header('referrer-policy', 'same-origin'); // the address is the secret; with no-referrer, a browser would send the form as from nowhere
  sendPage(reply, linkPage({ purpose, refused, test: isTest(work) }));
}
