import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { countGuesses } from '../../access/guesses.js';
import { confirmsAddresses, type SignedIn, signIn, signInWithCode, signOut } from '../../access/sessions.js';
import { keyOfForm } from '../../access/strangers/form-age.js';
import { signUp, signUpByMail } from '../../accounts/sign-up.js';
import { Denied, Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { isTest } from '../buyer-routes.js';
import { guardedBy } from '../buying/forms.js';
import { changeSession, type Door, openToSignIn, placeAfterSignIn, setSession, tokenOf } from '../door.js';
import { lookIntoMailPage } from '../pages/mailed.js';
import { codePage, signInPage, signUpPage } from '../pages/people.js';
import { sendPage } from '../pages/send.js';
import { fieldsOf } from '../seller-actions.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

/** Signing up, in and out by pages. */
export function signInRoutes(door: Door): FastifyPluginAsync {
  const test = () => isTest(door.openWork());
  return async (app) => {
    app.get('/sign-up', async (request, reply) => showSignUp(reply, openToSignIn(door, request), { name: '', email: '', refused: null }));
    app.get('/sign-in', async (_request, reply) => sendPage(reply, signInPage({ email: '', refused: null, test: test() })));
    app.get('/sign-in/code', async (_request, reply) => sendPage(reply, codePage({ refused: null, test: test() })));

    app.post('/sign-up', async (request: Visit, reply) => {
      const work = openToSignIn(door, request);
      const { name = '', email = '', password = '', form } = fieldsOf(request);
      const given = { name, email: email.trim(), password };
      try {
        keyOfForm(work, form);
        if (!confirmsAddresses(work)) return await enter(work, request, reply, await signUp(work, given));
        await signUpByMail(work, given);
        return sendPage(reply, lookIntoMailPage({ email: given.email, test: isTest(work) }));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        reply.status(422);
        return showSignUp(reply, work, { name, email, refused: error }, form);
      }
    });

    app.post('/sign-in', async (request: Visit, reply) => {
      const work = openToSignIn(door, request);
      const { email = '', password = '' } = fieldsOf(request);
      const given = { email: email.trim(), password };
      try {
        return await enter(work, request, reply, await countGuesses(work, given.email, () => signIn(work, given)));
      } catch (error) {
        if (!(error instanceof Denied) || error.code !== 'UNAUTHENTICATED') throw error;
        reply.status(401);
        return sendPage(reply, signInPage({ email, refused: { message: error.message, remedy: 'Check both and try again.' }, test: isTest(work) }));
      }
    });

    app.post('/sign-in/code', async (request: Visit, reply) => {
      const work = openToSignIn(door, request);
      try {
        return await enter(
          work,
          request,
          reply,
          await signInWithCode(work, { token: tokenOf(work, request), code: fieldsOf(request)['code'] ?? '' }),
        );
      } catch (error) {
        if (!(error instanceof Denied) || error.code !== 'UNAUTHENTICATED') throw error;
        reply.status(401);
        return sendPage(reply, codePage({ refused: { message: error.message, remedy: 'Give the one your device shows now.' }, test: isTest(work) }));
      }
    });

    app.post('/sign-out', async (request: Visit, reply) => {
      const work = openToSignIn(door, request);
      const token = tokenOf(work, request);
      if (token) await signOut(work, token);
      setSession(work, reply, null);
      return reply.redirect('/', 303);
    });
  };
}

function showSignUp(reply: FastifyReply, work: Work, typed: { name: string; email: string; refused: Refusal | null }, form?: string): FastifyReply {
  sendPage(reply, signUpPage({ ...typed, test: isTest(work), guarded: guardedBy(work, form) }), [], work.config.captcha);
  return reply;
}

/** Gives the browser its session, and leads to where the person wanted, to their own pages, or to where a code is asked for first. */
export async function enter(work: Work, request: FastifyRequest, reply: FastifyReply, { viewer, token }: SignedIn): Promise<FastifyReply> {
  await changeSession(work, request, reply, token);
  const { to } = request.query as { to?: unknown };
  const asked = placeAfterSignIn(to);
  if (viewer.kind === 'ANONYMOUS') return reply.redirect(asked === null ? '/sign-in/code' : `/sign-in/code?to=${encodeURIComponent(asked)}`, 303);
  const home = viewer.role === 'SELLER' ? '/connect' : '/admin';
  return reply.redirect(asked?.startsWith(home) || asked === '/security' ? asked : home, 303);
}
