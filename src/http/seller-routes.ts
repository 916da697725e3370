import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Seller } from '../access/viewer.js';
import { loadAccountWithConnection } from '../accounts/finding.js';
import { startOnboarding } from '../accounts/onboarding.js';
import { syncOnboarding } from '../accounts/syncing.js';
import { Denied, Refusal } from '../base/errors.js';
import { pageRequest } from '../db/paging.js';
import type { Work } from '../db/work.js';
import { offeringPagesOf } from '../offerings/reading.js';
import { offered, quoteFor } from '../payments/quoting.js';
import { listMemberships, listPayments, revenueOf, unitsSoldOf } from '../payments/reading.js';
import { listSettlements, standingsOf } from '../settlements/reading.js';
import { assertSameOrigin, type Door, signInFor, viewerOf } from './door.js';
import { statusOfRefusal } from './errors.js';
import { connectPage } from './pages/connect.js';
import type { RefusedForm } from './pages/field.js';
import { startPage } from './pages/people.js';
import type { Selling } from './pages/selling.js';
import { sendPage, stripeOriginsOf } from './pages/send.js';
import { withStepUp } from './people/confirming.js';
import { type Fields, fieldOf, fieldsOf, sellerActions, sellerNotices } from './seller-actions.js';
import { tellSettlements } from './telling.js';

type Visit = FastifyRequest<{ Body: Record<string, unknown> | null; Querystring: Record<string, string | undefined> }>;

/** The start page, and the seller's dashboard with everything it does. */
export function sellerRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/', async (_request, reply) => sendPage(reply, startPage({ test: isTest(door.openWork()) })));
    app.get('/connect', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (viewer)
        await showDashboard(work, reply, viewer, { notice: sellerNotices.get(request.query['did'] ?? '') ?? null, refused: null, typed: {} });
      return reply;
    });
    app.get('/connect/return', (request: Visit, reply) =>
      act(door, request, reply, 'return', async (work, viewer) => {
        await syncOnboarding(work, viewer, viewer.accountId);
        return '/connect?did=returned';
      }),
    );
    app.get('/connect/refresh', (request: Visit, reply) =>
      act(
        door,
        request,
        reply,
        'start',
        async (work, viewer) => (await startOnboarding(work, viewer, { accountId: viewer.accountId, country: null })).onboardingUrl,
      ),
    );
    for (const [path, run] of Object.entries(sellerActions)) {
      app.post(`/connect/${path}`, (request: Visit, reply) => {
        assertSameOrigin(door.openWork(), request);
        return act(door, request, reply, path.replace('-price', ''), (work, viewer) => run(work, viewer, fieldsOf(request)));
      });
    }
  };
}

/** Runs an action for the signed-in seller; what is refused is told on the dashboard, with all that was typed. */
async function act(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  form: string,
  run: (work: Work, viewer: Seller) => Promise<string>,
): Promise<FastifyReply> {
  const work = door.openWork();
  const viewer = await sellerOf(work, request, reply);
  if (!viewer) return reply;
  await withStepUp(work, request, reply, viewer, async (confirmed) => {
    try {
      reply.redirect(await run(work, confirmed), 303);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      statusOfRefusal(reply, error);
      await showDashboard(work, reply, viewer, {
        notice: null,
        refused: { form, field: fieldOf(error), message: error.message, remedy: error.remedy },
        typed: fieldsOf(request),
      });
    }
  });
  return reply;
}

/** The signed-in seller; anybody else is sent to sign in, and staff are told that this is not theirs. */
async function sellerOf(work: Work, request: Visit, reply: FastifyReply): Promise<Seller | null> {
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') {
    reply.redirect(signInFor(request), 303);
    return null;
  }
  if (viewer.role !== 'SELLER') throw new Denied('FORBIDDEN', 'The dashboard is for sellers; you are signed in as staff.');
  return viewer;
}

async function showDashboard(
  work: Work,
  reply: FastifyReply,
  viewer: Seller,
  told: { notice: string | null; refused: RefusedForm | null; typed: Fields },
): Promise<void> {
  const newest = pageRequest({ first: 50 });
  const all = { accountId: viewer.accountId, search: null, status: null };
  const found = await loadAccountWithConnection(work, viewer.accountId);
  const [payments, memberships, revenue, selling, membership, oneTime] = await Promise.all([
    listPayments(work, viewer, all, newest),
    listMemberships(work, viewer, all, newest),
    revenueOf(work, viewer.accountId),
    loadSelling(work, viewer),
    offered(quoteFor(work, 'MEMBERSHIP', found)),
    offered(quoteFor(work, 'ONE_TIME', found)),
  ]);
  const html = connectPage({
    ...found,
    ...told,
    person: viewer.name,
    payments: payments.rows,
    memberships: memberships.rows,
    revenue,
    selling,
    quotes: { membership, oneTime },
    payUrl: `${work.config.publicUrl}/c/${viewer.accountId}`,
    test: isTest(work),
  });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode));
}

async function loadSelling(work: Work, viewer: Seller): Promise<Selling> {
  const { accountId } = viewer;
  const newest = pageRequest({ first: 50 });
  const [[page], settled, [standings]] = await Promise.all([
    offeringPagesOf(work, viewer, [accountId], newest),
    listSettlements(work, viewer, { accountId, status: null }, newest),
    standingsOf(work, [accountId]),
  ]);
  const offerings = page?.rows ?? [];
  const ids = offerings.map(({ id }) => id);
  const [sold, settlements] = await Promise.all([offerings.length === 0 ? [] : unitsSoldOf(work, ids), tellSettlements(work, settled.rows)]);
  return {
    now: work.clock.now(),
    offerings: offerings.map((offering, at) => ({ offering, sold: sold[at] ?? 0, payUrl: `${work.config.publicUrl}/o/${offering.id}` })),
    settlements,
    standings: standings ?? [],
  };
}

function isTest(work: Work): boolean {
  return work.config.stripe.mode !== 'live';
}
