import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Seller } from '../access/viewer.js';
import { loadAccountWithConnection } from '../accounts/finding.js';
import { startOnboarding } from '../accounts/onboarding.js';
import { readSetup } from '../accounts/setup.js';
import { syncOnboarding } from '../accounts/syncing.js';
import { Refusal } from '../base/errors.js';
import { checkChargeAmount } from '../base/money.js';
import { pageRequest } from '../db/paging.js';
import type { Work } from '../db/work.js';
import { dayOfDemo } from '../demo/playing.js';
import { offeringPagesOf } from '../offerings/reading.js';
import { offered, quoteFor } from '../payments/quoting.js';
import { listMemberships, listPayments, revenueOf, unitsSoldOf } from '../payments/reading.js';
import { revenueByMonth } from '../payments/revenue-by-month.js';
import { listSettlements, standingsOf } from '../settlements/reading.js';
import { assertSameOrigin, type Door } from './door.js';
import { statusOfRefusal } from './errors.js';
import { type ConnectPage, connectPage, shownMax } from './pages/connect.js';
import type { RefusedForm } from './pages/field.js';
import { startPage } from './pages/people.js';
import type { Selling } from './pages/selling.js';
import { sendPage, stripeOriginsOf } from './pages/send.js';
import { withStepUp } from './people/confirming.js';
import { type Fields, fieldOf, fieldsOf, priceOf, sellerActions, sellerNotices } from './seller-actions.js';
import { sellerOf } from './selling/visiting.js';
import { tellSettlements } from './telling.js';

type Visit = FastifyRequest<{ Body: Record<string, unknown> | null; Querystring: Record<string, string | undefined> }>;

/** The start page, and the seller's dashboard with everything it does. */
export function sellerRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/', async (_request, reply) => {
      const work = door.openWork();
      sendPage(reply, startPage({ test: isTest(work), playingOn: dayOfDemo(work) }));
      return reply;
    });
    app.get('/connect', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const { did, preview } = request.query;
      if (preview === 'membership' || preview === 'one-time') await showPreview(work, reply, viewer, preview, fieldsOf({ body: request.query }));
      else await showDashboard(work, reply, viewer, { notice: sellerNotices.get(did ?? '') ?? null, refused: null, typed: {} });
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

async function showDashboard(
  work: Work,
  reply: FastifyReply,
  viewer: Seller,
  told: { notice: string | null; refused: RefusedForm | null; typed: Fields; preview?: ConnectPage['preview'] },
): Promise<void> {
  const newest = pageRequest({ first: shownMax + 1 });
  const all = { accountId: viewer.accountId, search: null, status: null };
  const found = await loadAccountWithConnection(work, viewer.accountId);
  const revenue = await revenueOf(work, viewer.accountId);
  const [payments, memberships, months, setup, selling, membership, oneTime] = await Promise.all([
    listPayments(work, viewer, all, newest),
    listMemberships(work, viewer, all, newest),
    revenueByMonth(work, viewer, { accountId: viewer.accountId, currency: revenue.currency }),
    readSetup(work, viewer, viewer.accountId),
    loadSelling(work, viewer),
    offered(quoteFor(work, 'MEMBERSHIP', found)),
    offered(quoteFor(work, 'ONE_TIME', found)),
  ]);
  const html = connectPage({
    ...found,
    preview: null,
    ...told,
    person: viewer.name,
    payments: payments.rows,
    memberships: memberships.rows,
    revenue,
    months,
    setup,
    selling,
    quotes: { membership, oneTime },
    payUrl: `${work.config.publicUrl}/c/${viewer.accountId}`,
    test: isTest(work),
  });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode));
}

/** The dashboard with what a price would come to that is typed and not saved. */
async function showPreview(work: Work, reply: FastifyReply, viewer: Seller, form: 'membership' | 'one-time', typed: Fields): Promise<void> {
  try {
    const { amountMinor, currency } = priceOf(viewer, typed);
    if (amountMinor !== null) checkChargeAmount(amountMinor, currency, ['amount']);
    const { account, connected } = await loadAccountWithConnection(work, viewer.accountId);
    const priced = {
      ...account,
      membershipPriceMinor: amountMinor,
      membershipCurrency: currency,
      oneTimePriceMinor: amountMinor,
      oneTimeCurrency: currency,
    };
    const quote = await offered(quoteFor(work, form === 'membership' ? 'MEMBERSHIP' : 'ONE_TIME', { account: priced, connected }));
    await showDashboard(work, reply, viewer, { notice: null, refused: null, typed, preview: { form, quote } });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    statusOfRefusal(reply, error);
    await showDashboard(work, reply, viewer, {
      notice: null,
      refused: { form, field: fieldOf(error), message: error.message, remedy: error.remedy },
      typed,
    });
  }
}

async function loadSelling(work: Work, viewer: Seller): Promise<Selling> {
  const { accountId } = viewer;
  const many = pageRequest({ first: 50 });
  const [[page], settled, unsettled, [standings]] = await Promise.all([
    offeringPagesOf(work, viewer, [accountId], many),
    listSettlements(work, viewer, { accountId, status: null }, pageRequest({ first: shownMax })),
    listSettlements(work, viewer, { accountId, status: ['PENDING', 'SETTLING', 'FAILED'] }, many),
    standingsOf(work, [accountId]),
  ]);
  const offerings = page?.rows ?? [];
  const ids = offerings.map(({ id }) => id);
  const [sold, settlements, open] = await Promise.all([
    offerings.length === 0 ? [] : unitsSoldOf(work, ids),
    tellSettlements(work, settled.rows),
    tellSettlements(work, unsettled.rows),
  ]);
  return {
    now: work.clock.now(),
    offerings: offerings.map((offering, at) => ({ offering, sold: sold[at] ?? 0, payUrl: `${work.config.publicUrl}/o/${offering.id}` })),
    settlements,
    open,
    standings: standings ?? [],
  };
}

function isTest(work: Work): boolean {
  return work.config.stripe.mode !== 'live';
}
