import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { known } from '../../base/assert.js';
import { decimalText } from '../../base/money.js';
import { readStatement, type Statement } from '../../settlements/statement.js';
import { csvLine } from '../csv.js';
import type { Door } from '../door.js';
import { statementPage } from '../pages/seller/statement.js';
import { sendPage } from '../pages/send.js';
import { tellSettlements } from '../telling.js';
import { sellerOf } from './visiting.js';

type Visit = FastifyRequest<{ Params: { id: string } }>;

/** One settlement for its seller, with the rows that sum to it: as a page, and as a file. */
export function statementRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/connect/settlements/:id', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const statement = await readStatement(work, viewer, request.params.id);
      const [told] = await tellSettlements(work, [statement.settlement]);
      sendPage(
        reply,
        statementPage({
          person: viewer.name,
          test: work.config.stripe.mode !== 'live',
          now: work.clock.now(),
          told: known(told, 'what is told of a settlement'),
          statement,
        }),
      );
      return reply;
    });
    app.get('/connect/settlements/:id/statement.csv', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const statement = await readStatement(work, viewer, request.params.id);
      return reply
        .header('content-disposition', `attachment; filename="${statement.settlement.id}.csv"`)
        .header('cache-control', 'no-store')
        .type('text/csv; charset=utf-8')
        .send(fileOf(statement));
    });
  };
}

const columns = ['kind', 'paid_at', 'payment_id', 'buyer_email', 'quantity', 'currency', 'amount', 'amount_minor'];

/** Its amounts sum to what the seller has of the settlement; those before the first TAKEN_BACK to what was sent. */
function fileOf({ settlement: { currency }, rows, afterwards }: Statement): string {
  const lines = [...rows, ...afterwards].map(({ kind, paidAt, paymentId, email, quantity, amountMinor }) =>
    csvLine([kind, paidAt.toISOString(), paymentId, email, quantity, currency, decimalText(amountMinor, currency), amountMinor]),
  );
  return csvLine(columns) + lines.join('');
}
