import type { FastifyReply, FastifyRequest } from 'fastify';
import { stepUp } from '../../access/stepping-up.js';
import type { Seller, Staff } from '../../access/viewer.js';
import { Denied, Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { setSession } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import { confirmPage, proofField } from '../pages/confirm.js';
import { sendPage } from '../pages/send.js';
import { fieldsOf } from '../seller-actions.js';

/**
 * Runs what a form asks for, for somebody who is signed in. Where that takes their password again, or a one-time code, it answers with the page that asks for it,
 * which then sends the same form on, with all that was typed.
 */
export async function withStepUp<V extends Seller | Staff>(
  work: Work,
  request: FastifyRequest,
  reply: FastifyReply,
  viewer: V,
  run: (viewer: V) => Promise<unknown>,
): Promise<void> {
  const { [proofField]: proof, ...typed } = fieldsOf(request);
  const takesCode = viewer.hasSecondFactor;
  const ask = (refused: Refusal | null) => {
    const test = work.config.stripe.mode !== 'live';
    sendPage(reply, confirmPage({ action: request.url, typed, refused, person: viewer.name, takesCode, test }));
  };
  let confirmed = viewer;
  try {
    if (proof !== undefined) {
      const { viewer: sure, token } = await stepUp(work, viewer, takesCode ? { code: proof } : { password: proof });
      if (token !== null) setSession(work, reply, token);
      confirmed = sure as V;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    statusOfRefusal(reply, error);
    return ask(error);
  }
  try {
    await run(confirmed);
  } catch (error) {
    if (!(error instanceof Denied) || error.reason !== 'STEP_UP_REQUIRED') throw error;
    reply.status(403);
    ask(null);
  }
}
