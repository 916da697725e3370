import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Seller } from '../../access/viewer.js';
import { Denied } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { signInFor, viewerOf } from '../door.js';

/** The signed-in seller; anybody else is sent to sign in, and staff are told that this is not theirs. */
export async function sellerOf(work: Work, request: FastifyRequest, reply: FastifyReply): Promise<Seller | null> {
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') {
    reply.redirect(signInFor(request), 303);
    return null;
  }
  if (viewer.role !== 'SELLER') throw new Denied('FORBIDDEN', 'The dashboard is for sellers; you are signed in as staff.');
  return viewer;
}
