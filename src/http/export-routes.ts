import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isAllowed } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { maskEmail } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { decimalText } from '../base/money.js';
import { cursorOf, type Page, type PageRequest, pageRequest } from '../db/paging.js';
import type { Work } from '../db/work.js';
import type { PaymentRow } from '../payments/payment.js';
import { listPayments, paymentStatuses, statusOfPayment } from '../payments/reading.js';
import { listSettlements, sumsOf } from '../settlements/reading.js';
import { type SettlementRow, settlementStatuses } from '../settlements/settlement.js';
import { type Cell, csvLine } from './csv.js';
import { type Door, viewerOf } from './door.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

/** Lists as files: for staff of everybody, for sellers of their own; with the filter of the list they stand on. */
export function exportRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    for (const place of ['admin', 'connect']) {
      app.get(`/${place}/payments.csv`, (request: Visit, reply) =>
        send(door, request, reply, 'payments', (work, viewer) => {
          const filter = { accountId: null, search: request.query['search'] ?? null, status: chosen(request, paymentStatuses) };
          const cells = (row: PaymentRow) => paymentCells(row, isAllowed(viewer, 'Payment.email', row));
          return lines(
            paymentColumns,
            (page) => listPayments(work, viewer, filter, page),
            async (rows) => rows.map(cells),
          );
        }),
      );
      app.get(`/${place}/settlements.csv`, (request: Visit, reply) =>
        send(door, request, reply, 'settlements', (work, viewer) => {
          const filter = { accountId: null, status: chosen(request, settlementStatuses) };
          return lines(
            settlementColumns,
            (page) => listSettlements(work, viewer, filter, page),
            (rows) => settlementCells(work, rows),
          );
        }),
      );
    }
  };
}

/** Sends the file piece by piece, as it is read. A stranger is sent to sign in. */
async function send(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  name: string,
  of: (work: Work, viewer: Viewer) => AsyncGenerator<string>,
): Promise<FastifyReply> {
  const work = door.openWork();
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') return reply.redirect('/sign-in', 303);
  const file = of(work, viewer);
  const first = await file.next(); // so that what is refused is answered as such
  const day = work.clock.now().toISOString().slice(0, 10);
  reply
    .header('content-disposition', `attachment; filename="${name}-${day}.csv"`)
    .header('cache-control', 'no-store')
    .type('text/csv; charset=utf-8');
  return reply.send(Readable.from(after(first.value ?? '', file)));
}

async function* after(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** The words of a filter, `status=PAID,REFUNDED`; null where there is none. */
function chosen<T extends string>(request: Visit, known: readonly T[]): T[] | null {
  const asked: unknown = request.query['status'];
  if (asked === undefined || asked === '') return null;
  const words = String(asked).split(',');
  const unknown = words.find((word) => !known.includes(word as T));
  if (unknown !== undefined) throw new Denied('BAD_USER_INPUT', `status ${JSON.stringify(unknown.slice(0, 40))} is none of ${known.join(', ')}.`);
  return words as T[];
}

/** A list as lines of CSV, a page at a time, however long it is; the first with the columns' names. */
async function* lines<Row extends { id: string }>(
  columns: readonly string[],
  list: (page: PageRequest) => Promise<Page<Row>>,
  cellsOf: (rows: Row[]) => Promise<Cell[][]>,
): AsyncGenerator<string> {
  let after: string | null = null;
  let header = csvLine(columns);
  do {
    const page: Page<Row> = await list(pageRequest({ first: 100, after }));
    const cells = page.rows.length === 0 ? [] : await cellsOf(page.rows);
    yield header + cells.map(csvLine).join('');
    header = '';
    const last = page.rows.at(-1);
    after = page.hasNextPage && last ? cursorOf(last.id) : null;
  } while (after !== null);
}

const paymentColumns = [
  'id',
  'paid_at',
  'account_id',
  'kind',
  'status',
  'buyer_email',
  'quantity',
  'currency',
  'amount',
  'amount_minor',
  'refunded',
  'refunded_minor',
  'stripe_payment_intent',
  'stripe_charge',
];

function paymentCells(row: PaymentRow, seesEmail: boolean): Cell[] {
  const { currency, amountMinor, refundedMinor } = row;
  return [
    row.id,
    row.paidAt.toISOString(),
    row.accountId,
    row.kind,
    statusOfPayment(row),
    seesEmail ? row.email : maskEmail(row.email),
    row.quantity,
    currency,
    decimalText(amountMinor, currency),
    amountMinor,
    decimalText(refundedMinor, currency),
    refundedMinor,
    row.paymentIntentId,
    row.chargeId,
  ];
}

const settlementColumns = [
  'id',
  'account_id',
  'offering_id',
  'status',
  'cause',
  'due_at',
  'settled_at',
  'currency',
  'amount',
  'amount_minor',
  'reversed',
  'reversed_minor',
  'stripe_transfer',
];

async function settlementCells(work: Work, rows: SettlementRow[]): Promise<Cell[][]> {
  const sums = await sumsOf(
    work,
    rows.map(({ id }) => id),
  );
  return rows.map((row, at) => {
    const amountMinor = row.amountMinor ?? sums[at]?.amountMinor ?? 0;
    return [
      row.id,
      row.accountId,
      row.offeringId,
      row.status,
      row.failureCode,
      row.dueAt.toISOString(),
      row.settledAt?.toISOString() ?? null,
      row.currency,
      decimalText(amountMinor, row.currency),
      amountMinor,
      decimalText(row.reversedMinor, row.currency),
      row.reversedMinor,
      row.stripeTransferId,
    ];
  });
}
