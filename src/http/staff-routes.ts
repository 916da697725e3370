import type { FastifyPluginAsync } from 'fastify';
import { activeConnections, listAccounts } from '../accounts/reading.js';
import { maskEmail } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { pageRequest } from '../db/paging.js';
import { inboxCounts } from '../events/reading.js';
import { listPayments } from '../payments/reading.js';
import { type Door, viewerOf } from './door.js';
import { adminPage } from './pages/admin.js';
import { sendPage } from './pages/send.js';

/** What the marketplace's staff sees at a glance; it changes nothing. */
export function staffRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/admin', async (request, reply) => {
      const work = door.openWork();
      const viewer = await viewerOf(work, request);
      if (viewer.kind === 'ANONYMOUS') return reply.redirect('/sign-in', 303);
      if (viewer.role === 'SELLER') throw new Denied('FORBIDDEN', 'This page is for the marketplace’s staff; your payments are under /connect.');

      const newest = pageRequest({ first: 25 });
      const [accounts, payments, inbox] = await Promise.all([
        listAccounts(work, viewer, { search: null, status: null }, newest),
        listPayments(work, viewer, { accountId: null, search: null, status: null }, newest),
        inboxCounts(work),
      ]);
      const connections = await activeConnections(
        work,
        accounts.rows.map(({ id }) => id),
      );
      const html = adminPage({
        person: viewer.name,
        test: work.config.stripe.mode !== 'live',
        accounts: accounts.rows.map((account) => ({ account, connected: connections.find(({ accountId }) => accountId === account.id) ?? null })),
        payments: payments.rows.map((payment) => (viewer.role === 'VIEWER' ? { ...payment, email: maskEmail(payment.email) } : payment)),
        inbox,
      });
      return sendPage(reply, html);
    });
  };
}
