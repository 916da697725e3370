import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { askForReset, resetPassword } from '../access/forgotten.js';
import { countGuesses } from '../access/guesses.js';
import { acceptInvitation, findInvitation } from '../access/seats/accepting.js';
import { confirmsAddresses, type SignedIn, signIn, signInWithCode, signOut } from '../access/sessions.js';
import { anonymous, type Visitor } from '../access/viewer.js';
import { signUp, signUpByMail } from '../accounts/sign-up.js';
import { Denied } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { changeSession, type Door, openToSignIn, setSession, tokenOf } from './door.js';

const text = z.string().max(1_000);
const signUpBody = z.object({ name: text, email: text, password: text });
const acceptBody = z.object({ token: text, name: text, password: text });
const signInBody = z.object({ email: text, password: text });
const codeBody = z.object({ code: text });
const forgotBody = z.object({ email: text });
const resetBody = z.object({ token: text, password: text });

/** Signing up, in and out, and forgotten passwords, in JSON: `/api/auth/*`. */
export function authRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.post('/api/auth/sign-up/email', async (request, reply) => {
      const work = openToSignIn(door, request);
      const input = read(signUpBody, request.body);
      if (!confirmsAddresses(work)) return enterAs(work, request, reply, await signUp(work, input));
      await signUpByMail(work, input);
      reply.status(202);
      return answer(anonymous);
    });

    app.post('/api/auth/sign-in/email', async (request, reply) => {
      const work = openToSignIn(door, request);
      const input = read(signInBody, request.body);
      return enterAs(work, request, reply, await countGuesses(work, input.email, () => signIn(work, input)));
    });

    app.post('/api/auth/sign-in/code', async (request, reply) => {
      const work = openToSignIn(door, request);
      return enterAs(work, request, reply, await signInWithCode(work, { token: tokenOf(work, request), code: read(codeBody, request.body).code }));
    });

    app.post('/api/auth/accept-invitation', async (request, reply) => {
      const work = openToSignIn(door, request);
      const input = read(acceptBody, request.body);
      const { email } = (await findInvitation(work, input.token)) ?? { email: '' };
      return enterAs(work, request, reply, await countGuesses(work, email, () => acceptInvitation(work, input)));
    });

    app.post('/api/auth/forgot-password', async (request, reply) => {
      const work = openToSignIn(door, request);
      await askForReset(work, read(forgotBody, request.body));
      reply.status(202);
      return { asked: true };
    });

    app.post('/api/auth/reset-password', async (request) => {
      const work = openToSignIn(door, request);
      await resetPassword(work, read(resetBody, request.body));
      return { reset: true };
    });

    app.post('/api/auth/sign-out', async (request, reply) => {
      const work = openToSignIn(door, request);
      const token = tokenOf(work, request);
      if (token) await signOut(work, token);
      setSession(work, reply, null);
      return { signedOut: true };
    });
  };
}

/** The body as its shape; refuses with BAD_USER_INPUT, naming each field and what it takes. */
export function read<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new Denied('BAD_USER_INPUT', parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '));
}

/** Gives the browser its session. Who is still to give a one-time code is nobody yet. */
async function enterAs(work: Work, request: FastifyRequest, reply: FastifyReply, { viewer, token }: SignedIn): Promise<object> {
  await changeSession(work, request, reply, token);
  return answer(viewer);
}

function answer(viewer: Visitor): object {
  if (viewer.kind === 'ANONYMOUS') return { viewer: null };
  const { email, name, role, accountId } = viewer;
  return { viewer: { email, name, role, accountId } };
}
