import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { changePassword, listSessions, revokeSession } from '../../access/own-sessions.js';
import {
  confirmSecondFactor,
  type Enrolment,
  removeSecondFactor,
  renewRecoveryCodes,
  startSecondFactor,
} from '../../access/second-factor/enrolling.js';
import type { Seller, Staff } from '../../access/viewer.js';
import { Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import { isTest } from '../buyer-routes.js';
import { assertSameOrigin, type Door, signInFor, viewerOf } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import type { RefusedForm } from '../pages/field.js';
import { securityPage } from '../pages/security.js';
import { sendPage } from '../pages/send.js';
import { type Fields, fieldOf, fieldsOf } from '../seller-actions.js';
import { withStepUp } from './confirming.js';

type Person = Seller | Staff;
type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;
/** What a form leads to: the word of a notice, or what is shown once. */
type Outcome = string | { enrolment: Enrolment } | { recoveryCodes: string[] };

const forms: Record<string, (work: Work, viewer: Person, fields: Fields) => Promise<Outcome>> = {
  codes: async (work, viewer) => ({ enrolment: await startSecondFactor(work, viewer) }),
  'confirm-codes': async (work, viewer, { code = '' }) => ({ recoveryCodes: await confirmSecondFactor(work, viewer, { code }) }),
  'recovery-codes': async (work, viewer) => ({ recoveryCodes: await renewRecoveryCodes(work, viewer) }),
  'remove-codes': async (work, viewer) => {
    await removeSecondFactor(work, viewer);
    return 'removed';
  },
  password: async (work, viewer, { currentPassword = '', newPassword = '' }) => {
    await changePassword(work, viewer, { currentPassword, newPassword });
    return 'changed';
  },
  'sign-out': async (work, viewer, { session = '' }) => {
    await revokeSession(work, viewer, session);
    return 'signed-out';
  },
};

const notices = new Map([
  ['removed', 'You sign in without one-time codes.'],
  ['changed', 'Your password is changed; you are signed out everywhere else.'],
  ['signed-out', 'Signed out there.'],
]);

/** How a person signs in: their password, one-time codes, and the browsers they are signed in in. For sellers and staff; works without scripts. */
export function securityRoutes(door: Door): FastifyPluginAsync {
  const asPerson = async (request: FastifyRequest, reply: FastifyReply, run: (work: Work, viewer: Person) => Promise<unknown>) => {
    const work = door.openWork();
    if (request.method === 'POST') assertSameOrigin(work, request);
    const viewer = await viewerOf(work, request);
    if (viewer.kind === 'ANONYMOUS') return reply.redirect(signInFor(request), 303);
    await withStepUp(work, request, reply, viewer, (confirmed) => run(work, confirmed));
    return reply;
  };
  return async (app) => {
    app.get('/security', (request: Visit, reply) =>
      asPerson(request, reply, (work, viewer) => show(work, reply, viewer, { notice: notices.get(request.query['did'] ?? '') ?? null })),
    );
    for (const [form, run] of Object.entries(forms))
      app.post(`/security/${form}`, (request, reply) =>
        asPerson(request, reply, async (work, viewer) => {
          try {
            const outcome = await run(work, viewer, fieldsOf(request));
            if (typeof outcome === 'string') return reply.redirect(`/security?did=${outcome}`, 303);
            const isSetUp = viewer.hasSecondFactor || 'recoveryCodes' in outcome;
            return show(work, reply, { ...viewer, hasSecondFactor: isSetUp, ...(isSetUp ? { mustEnrol: false } : {}) }, outcome);
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            statusOfRefusal(reply, error);
            return show(work, reply, viewer, { refused: { form, field: fieldOf(error), message: error.message, remedy: error.remedy } });
          }
        }),
      );
  };
}

interface Told {
  notice?: string | null;
  refused?: RefusedForm;
  enrolment?: Enrolment;
  recoveryCodes?: string[];
}

async function show(work: Work, reply: FastifyReply, viewer: Person, { notice = null, refused, enrolment, recoveryCodes }: Told): Promise<void> {
  const html = securityPage({
    person: viewer.name,
    email: viewer.email,
    home: viewer.role === 'SELLER' ? '/connect' : '/admin',
    test: isTest(work),
    sessions: await listSessions(work, viewer),
    hasSecondFactor: viewer.hasSecondFactor,
    mustEnrol: viewer.role !== 'SELLER' && viewer.mustEnrol,
    enrolment: enrolment ?? null,
    recoveryCodes: recoveryCodes ?? null,
    notice,
    refused: refused ?? null,
  });
  sendPage(reply, html);
}
