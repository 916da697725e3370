import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { createApiKey, listApiKeys, revokeApiKey } from '../../access/keys/issuing.js';
import type { SeatRole } from '../../access/people.js';
import { inviteToAccount, openInvitations, withdrawInvitation } from '../../access/seats/inviting.js';
import { endSeat, listSeats } from '../../access/seats/places.js';
import type { Seller } from '../../access/viewer.js';
import { Denied, Refusal } from '../../base/errors.js';
import { pageRequest } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { isTest } from '../buyer-routes.js';
import { assertSameOrigin, type Door, signInFor, viewerOf } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import { type AccessToAccount, accessPage } from '../pages/access.js';
import { sendPage } from '../pages/send.js';
import { type Fields, fieldOf, fieldsOf } from '../seller-actions.js';
import { withStepUp } from './confirming.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;
/** What a form leads to: the word of a notice, or what is shown once. */
type Outcome = string | NonNullable<AccessToAccount['once']>;

const forms: Record<string, (work: Work, viewer: Seller, fields: Fields) => Promise<Outcome>> = {
  invite: async (work, viewer, { email = '', role = 'MEMBER' }) => {
    const { url } = await inviteToAccount(work, viewer, { accountId: viewer.accountId, email: email.trim(), role: role as SeatRole });
    return { title: `Give this link to ${email.trim()} alone.`, text: url };
  },
  withdraw: async (work, viewer, { invitation = '' }) => {
    await withdrawInvitation(work, viewer, invitation);
    return 'withdrawn';
  },
  'end-seat': async (work, viewer, { person = '' }) => {
    await endSeat(work, viewer, person);
    return 'removed';
  },
  key: async (work, viewer, { name = '', ...fields }) => {
    const scopes = Object.keys(fields).flatMap((field) => (field.startsWith('may ') ? [field.slice(4)] : []));
    const { text } = await createApiKey(work, viewer, { name, scopes, accountId: viewer.accountId, expiresAt: null });
    return { title: 'This is the key: keep it where secrets are kept.', text };
  },
  revoke: async (work, viewer, { key = '' }) => {
    await revokeApiKey(work, viewer, key);
    return 'revoked';
  },
};

const notices = new Map([
  ['withdrawn', 'The invitation is over.'],
  ['removed', 'They have no place here any more, and are signed out.'],
  ['revoked', 'The key is over: its next request is refused.'],
]);

/** Who gets at a seller's account, its people and its programs, and the forms that change it. Works without scripts. */
export function accessRoutes(door: Door): FastifyPluginAsync {
  const asSeller = async (request: FastifyRequest, reply: FastifyReply, run: (work: Work, viewer: Seller) => Promise<unknown>) => {
    const work = door.openWork();
    if (request.method === 'POST') assertSameOrigin(work, request);
    const viewer = await viewerOf(work, request);
    if (viewer.kind === 'ANONYMOUS') return reply.redirect(signInFor(request), 303);
    if (viewer.role !== 'SELLER') throw new Denied('FORBIDDEN', 'This page is for sellers; the staff’s is in the console.');
    await withStepUp(work, request, reply, viewer, (confirmed) => run(work, confirmed));
    return reply;
  };
  return async (app) => {
    app.get('/connect/access', (request: Visit, reply) =>
      asSeller(request, reply, (work, viewer) => show(work, reply, viewer, { notice: notices.get(request.query['did'] ?? '') ?? null })),
    );
    for (const [form, run] of Object.entries(forms))
      app.post(`/connect/access/${form}`, (request, reply) =>
        asSeller(request, reply, async (work, viewer) => {
          try {
            const outcome = await run(work, viewer, fieldsOf(request));
            if (typeof outcome === 'string') return reply.redirect(`/connect/access?did=${outcome}`, 303);
            return show(work, reply, viewer, { once: outcome });
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            statusOfRefusal(reply, error);
            return show(work, reply, viewer, { refused: { form, field: fieldOf(error), message: error.message, remedy: error.remedy } });
          }
        }),
      );
  };
}

type Told = Partial<Pick<AccessToAccount, 'once' | 'notice' | 'refused'>>;

async function show(work: Work, reply: FastifyReply, viewer: Seller, told: Told): Promise<void> {
  const { accountId } = viewer;
  const isOwner = viewer.seat === 'OWNER';
  const [seats, invitations, keys] = await Promise.all([
    listSeats(work, viewer, accountId),
    isOwner ? openInvitations(work, viewer, { accountId }) : [],
    listApiKeys(work, viewer, { accountId }, pageRequest({ first: 100 })),
  ]);
  const page = { person: viewer.name, personId: viewer.personId, isOwner, test: isTest(work), now: work.wallClock.now() };
  sendPage(reply, accessPage({ ...page, seats, invitations, keys: keys.rows, once: null, notice: null, refused: null, ...told }));
}
