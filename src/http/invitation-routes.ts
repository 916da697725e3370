import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { countGuesses } from '../access/guesses.js';
import { acceptInvitation, findInvitation, type Shown } from '../access/seats/accepting.js';
import { Denied, Refusal } from '../base/errors.js';
import { notThere } from './buyer-routes.js';
import { type Door, openToSignIn } from './door.js';
import { statusOfRefusal } from './errors.js';
import { invitationPage } from './pages/invitation.js';
import type { Refused } from './pages/pay.js';
import { sendPage } from './pages/send.js';
import { enter } from './people/sign-in-routes.js';

type Visit = FastifyRequest<{ Params: { token: string }; Body: Record<string, unknown> | null }>;

/** The page on which somebody takes up an invitation. Whoever has its link may open it. */
export function invitationRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/invitation/:token', async (request: Visit, reply) => {
      const work = door.openWork();
      const invitation = await findInvitation(work, request.params.token);
      if (!invitation) return notThere(reply);
      return show(reply, invitation, { name: '', refused: null, test: work.config.stripe.mode !== 'live' });
    });

    app.post('/invitation/:token', async (request: Visit, reply) => {
      const work = openToSignIn(door, request);
      const { token } = request.params;
      const invitation = await findInvitation(work, token);
      if (!invitation) return notThere(reply);
      const [name, password] = [typed(request, 'name'), typed(request, 'password')];
      try {
        const signedIn = await countGuesses(work, invitation.email, () => acceptInvitation(work, { token, name, password }));
        return await enter(work, request, reply, signedIn);
      } catch (error) {
        if (error instanceof Refusal) statusOfRefusal(reply, error);
        else if (error instanceof Denied && error.code === 'UNAUTHENTICATED') reply.status(401);
        else throw error;
        return show(reply, invitation, {
          name,
          refused: { message: error.message, remedy: error instanceof Refusal ? error.remedy : null },
          test: work.config.stripe.mode !== 'live',
        });
      }
    });
  };
}

function typed({ body }: Visit, field: string): string {
  const value = body?.[field];
  return typeof value === 'string' ? value : '';
}

function show(reply: FastifyReply, invitation: Shown, kept: { name: string; refused: Refused | null; test: boolean }): void {
  reply.header('referrer-policy', 'same-origin'); // the address is the secret; with no-referrer, a browser would send the form as from nowhere
  sendPage(reply, invitationPage({ ...invitation, ...kept }));
}
