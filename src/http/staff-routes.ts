import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isAllowed } from '../access/permissions.js';
import type { Staff } from '../access/viewer.js';
import { accountsByIds, activeConnections, listAccounts } from '../accounts/reading.js';
import { readAttention } from '../attention/attention.js';
import { known } from '../base/assert.js';
import { maskEmail } from '../base/email.js';
import { Denied, Refusal } from '../base/errors.js';
import { pageRequest } from '../db/paging.js';
import type { Work } from '../db/work.js';
import { listDisputes } from '../disputes/reading.js';
import { findHalt } from '../operations/halt.js';
import { listPayments } from '../payments/reading.js';
import { clearHalt } from '../reconciliation/audit.js';
import { actionsOn } from '../settlements/explaining.js';
import { attemptsOf, listSettlements, readSettlement } from '../settlements/reading.js';
import type { SettlementRow } from '../settlements/settlement.js';
import { type Verification, verifySettlement } from '../settlements/verification.js';
import { isTest } from './buyer-routes.js';
import { openConsole } from './console.js';
import { assertSameOrigin, type Door, signInFor, viewerOf } from './door.js';
import { statusOfRefusal } from './errors.js';
import { adminPage, type StaffSettlement, scriptedPage } from './pages/admin.js';
import type { RefusedForm } from './pages/field.js';
import type { App } from './pages/layout.js';
import { sendAppPage } from './pages/send.js';
import { settlementPage } from './pages/settlement.js';
import { settlementActions } from './pages/settlement-forms.js';
import { withStepUp } from './people/confirming.js';
import { type Fields, fieldOf, fieldsOf } from './seller-actions.js';
import { staffActions, staffNotices } from './staff-actions.js';
import { tellSettlements } from './telling.js';

type Visit = FastifyRequest<{
  Params: { id: string; action: string };
  Querystring: Record<string, string | undefined>;
  Body: Record<string, unknown> | null;
}>;

/** What a page says of the form that led to it. */
interface Told {
  notice: string | null;
  refused: RefusedForm | null;
  typed: Fields;
  verification: Verification | null;
  /** What the page is where scripts run; null for what only a form without them leads to. */
  app: App | null;
}

const nothing: Told = { notice: null, refused: null, typed: {}, verification: null, app: null };

/** What the console shows beside the pages that work without scripts. */
export const scriptedPlaces = [
  'settlements',
  'payments',
  'payments/:id',
  'sellers',
  'sellers/:id',
  'disputes',
  'events',
  'events/:id',
  'memberships',
  'streams',
  'settings',
  'scenarios',
  'settlements/retries',
  'settlements/retries/:id',
  'books',
  'changes',
  'keys',
  'webhooks',
  'webhooks/:id',
  'team',
  'explorer',
];

/** The pages of the marketplace's staff, and what their forms do. They work without scripts. */
export function staffRoutes(door: Door, consoleFolder: string): FastifyPluginAsync {
  return async (app) => {
    const console = await openConsole(app, consoleFolder);
    for (const path of scriptedPlaces)
      app.get(`/admin/${path}`, (request: Visit, reply) =>
        asStaff(door, request, reply, async (work, viewer) => showScripted(work, viewer, reply, console())),
      );
    app.get('/admin', (request: Visit, reply) =>
      asStaff(door, request, reply, (work, viewer) =>
        showOverview(work, viewer, reply, {
          ...nothing,
          app: console(),
          notice: request.query['did'] === 'cleared' ? 'Money may leave again.' : null,
        }),
      ),
    );
    app.post('/admin/clear-halt', (request: Visit, reply) =>
      asStaff(door, request, reply, async (work, viewer) => {
        const typed = fieldsOf(request);
        const refused = await refusalOf(reply, 'halt', () => clearHalt(work, viewer, typed['reason'] ?? ''));
        if (refused) return showOverview(work, viewer, reply, { ...nothing, refused, typed });
        reply.redirect('/admin?did=cleared', 303);
      }),
    );
    app.get('/admin/settlements/:id', (request: Visit, reply) =>
      asStaff(door, request, reply, async (work, viewer) => {
        const notice = staffNotices.get(request.query['did'] ?? '') ?? null;
        await showSettlement(work, viewer, reply, request.params.id, { ...nothing, app: console(), notice });
      }),
    );
    app.post('/admin/settlements/:id/:action', (request: Visit, reply) =>
      asStaff(door, request, reply, async (work, viewer) => {
        const { id, action } = request.params;
        const run = Object.hasOwn(staffActions, action) ? staffActions[action] : undefined;
        if (!run) throw new Denied('NOT_FOUND', 'There is nothing at this address.');
        const typed = fieldsOf(request);
        let verification: Verification | null = null;
        const refused = await refusalOf(reply, action, async () => {
          verification = await run(work, viewer, id, typed);
        });
        if (refused && action === settlementActions.sendAgain.path) verification = await lookAgain(work, viewer, id);
        if (refused || verification) return showSettlement(work, viewer, reply, id, { ...nothing, refused, typed, verification });
        reply.redirect(`/admin/settlements/${id}?did=${action}`, 303);
      }),
    );
  };
}

/** Runs it for signed-in staff; a stranger is sent to sign in, and a seller is told that this is not theirs. */
async function asStaff(door: Door, request: Visit, reply: FastifyReply, run: (work: Work, viewer: Staff) => Promise<void>): Promise<FastifyReply> {
  const work = door.openWork();
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') return reply.redirect(signInFor(request), 303);
  if (viewer.role === 'SELLER') throw new Denied('FORBIDDEN', 'This page is for the marketplace’s staff; your payments are under /connect.');
  if (viewer.mustEnrol) return reply.redirect('/security', 303);
  if (request.method === 'POST') assertSameOrigin(work, request);
  await withStepUp(work, request, reply, viewer, (confirmed) => run(work, confirmed));
  return reply;
}

/** What was refused, for the page to tell; null where nothing was. */
async function refusalOf(reply: FastifyReply, form: string, run: () => Promise<unknown>): Promise<RefusedForm | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    statusOfRefusal(reply, error);
    return { form, field: fieldOf(error), message: error.message, remedy: error.remedy };
  }
}

/** What Stripe shows now, for the form that needs it; null where it cannot be told. */
async function lookAgain(work: Work, viewer: Staff, id: string): Promise<Verification | null> {
  try {
    return await verifySettlement(work, viewer, id);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

async function showOverview(work: Work, viewer: Staff, reply: FastifyReply, told: Told): Promise<void> {
  const newest = pageRequest({ first: 25 });
  const [attention, failed, coming, disputes, accounts, payments] = await Promise.all([
    readAttention(work, viewer),
    listSettlements(work, viewer, { accountId: null, status: ['FAILED'] }, newest),
    listSettlements(work, viewer, { accountId: null, status: ['PENDING', 'SETTLING'] }, newest),
    listDisputes(work, viewer, { accountId: null, status: ['NEEDS_RESPONSE', 'UNDER_REVIEW'] }, newest),
    listAccounts(work, viewer, { search: null, status: null }, newest),
    listPayments(work, viewer, { accountId: null, search: null, status: null }, newest),
  ]);
  const connections = await activeConnections(
    work,
    accounts.rows.map(({ id }) => id),
  );
  const html = adminPage({
    ...told,
    person: viewer.name,
    test: isTest(work),
    now: work.clock.now(),
    attention,
    mayClearHalt: isAllowed(viewer, 'clearHalt', null),
    failed: await forStaff(work, viewer, failed.rows),
    coming: await forStaff(work, viewer, coming.rows),
    disputes: disputes.rows,
    accounts: accounts.rows.map((account) => ({ account, connected: connections.find(({ accountId }) => accountId === account.id) ?? null })),
    payments: payments.rows.map((payment) => (viewer.role === 'VIEWER' ? { ...payment, email: maskEmail(payment.email) } : payment)),
  });
  sendAppPage(reply, html, told.app);
}

/** Settlements with their sellers' names and what this person may do with them. */
async function forStaff(work: Work, viewer: Staff, settlements: readonly SettlementRow[]): Promise<StaffSettlement[]> {
  if (settlements.length === 0) return [];
  const [told, sellers] = await Promise.all([
    tellSettlements(work, settlements),
    accountsByIds(work, [...new Set(settlements.map(({ accountId }) => accountId))]),
  ]);
  return told.map((one) => ({
    told: one,
    seller: known(
      sellers.find(({ id }) => id === one.settlement.accountId),
      'the seller',
    ).displayName,
    doable: actionsOn(one.settlement, work.clock.now()).map((action) => ({ ...action, allowed: isAllowed(viewer, action.action, null) })),
  }));
}

function showScripted(work: Work, viewer: Staff, reply: FastifyReply, app: App | null): void {
  sendAppPage(reply, scriptedPage({ person: viewer.name, test: isTest(work), app }), app);
}

async function showSettlement(work: Work, viewer: Staff, reply: FastifyReply, id: string, told: Told): Promise<void> {
  const settlement = await readSettlement(work, viewer, id);
  const [[shown], [attempts], halt] = await Promise.all([forStaff(work, viewer, [settlement]), attemptsOf(work, [id]), findHalt(work.read)]);
  const mayBeForgotten =
    ['PENDING', 'SETTLED', 'REVERSED'].includes(settlement.status) && halt?.reason === 'UNKNOWN_TRANSFER' && isAllowed(viewer, 'adoptTransfer', null);
  const common = { person: viewer.name, test: isTest(work), now: work.clock.now() };
  sendAppPage(reply, settlementPage({ ...told, ...known(shown, id), ...common, attempts: attempts ?? [], mayBeForgotten }), told.app);
}
