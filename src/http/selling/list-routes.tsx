import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ReactNode } from 'react';
import type { Seller } from '../../access/viewer.js';
import { readSetup } from '../../accounts/setup.js';
import { cursorOf, type Page, type PageRequest, pageRequest } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { membershipStatuses } from '../../payments/membership.js';
import { listMemberships, listPayments, paymentStatuses } from '../../payments/reading.js';
import { listSettlements } from '../../settlements/reading.js';
import { settlementStatuses } from '../../settlements/settlement.js';
import type { Door } from '../door.js';
import { wordsOf } from '../exports/export-routes.js';
import type { SellerFrame } from '../pages/seller/frame.js';
import { listPage } from '../pages/seller/list.js';
import { MembersTable, PaymentsTable, SettlementsTable } from '../pages/seller/tables.js';
import { sendPage } from '../pages/send.js';
import { tellSettlements } from '../telling.js';
import { sellerOf } from './visiting.js';

type Visit = FastifyRequest<{ Querystring: Record<string, string | undefined> }>;

/** One list of a seller's: where it is, what narrows it, its rows and the table of them. */
interface List<Row extends { id: string }, Status extends string> {
  here: SellerFrame['here'];
  title: string;
  searches: string | null;
  statuses: readonly Status[];
  /** The address of the same list as a file. */
  file: string;
  rows(work: Work, viewer: Seller, filter: { search: string | null; status: Status[] | null }, page: PageRequest): Promise<Page<Row>>;
  table(work: Work, rows: Row[]): Promise<ReactNode>;
}

/** A seller's whole lists: payments, members, settlements, each with an address that shows the same again. */
export function sellerListRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    const serve = <Row extends { id: string }, Status extends string>(list: List<Row, Status>) =>
      app.get(list.here, async (request: Visit, reply) => {
        const work = door.openWork();
        const viewer = await sellerOf(work, request, reply);
        if (viewer) await show(work, viewer, request, reply, list);
        return reply;
      });
    serve({
      here: '/connect/payments',
      title: 'Payments',
      searches: 'Buyer’s e-mail address, or an id',
      statuses: paymentStatuses,
      file: '/connect/payments.csv',
      rows: (work, viewer, filter, page) => listPayments(work, viewer, { accountId: viewer.accountId, ...filter }, page),
      table: async (_, payments) => <PaymentsTable payments={payments} />,
    });
    serve({
      here: '/connect/members',
      title: 'Members',
      searches: 'Member’s e-mail address',
      statuses: membershipStatuses,
      file: '/connect/memberships.csv',
      rows: (work, viewer, filter, page) => listMemberships(work, viewer, { accountId: viewer.accountId, ...filter }, page),
      table: async (_, memberships) => <MembersTable memberships={memberships} />,
    });
    serve({
      here: '/connect/settlements',
      title: 'Settlements',
      searches: null,
      statuses: settlementStatuses,
      file: '/connect/settlements.csv',
      rows: (work, viewer, { status }, page) => listSettlements(work, viewer, { accountId: viewer.accountId, status }, page),
      table: async (work, settlements) => <SettlementsTable settlements={await tellSettlements(work, settlements)} now={work.clock.now()} />,
    });
  };
}

async function show<Row extends { id: string }, Status extends string>(
  work: Work,
  viewer: Seller,
  request: Visit,
  reply: FastifyReply,
  list: List<Row, Status>,
): Promise<void> {
  const { text, someOf } = wordsOf(request);
  const after = text('after');
  const search = text('search')?.trim() ?? '';
  const status = someOf('status', list.statuses);
  const found = await list.rows(work, viewer, { search: search || null, status }, pageRequest({ after }));
  const last = found.rows.at(-1);
  const narrowed = { ...(search ? { search } : {}), ...(status ? { status: status.join(',') } : {}) };
  const html = listPage(
    {
      ...list,
      person: viewer.name,
      isNew: (await readSetup(work, viewer, viewer.accountId)).next !== null,
      test: work.config.stripe.mode !== 'live',
      search,
      status: status?.length === 1 ? String(status[0]) : '',
      isNarrowed: search !== '' || status !== null,
      isFirst: after === null,
      older: found.hasNextPage && last ? addressOf(list.here, { ...narrowed, after: cursorOf(last.id) }) : null,
      file: addressOf(list.file, narrowed),
      count: found.rows.length,
    },
    await list.table(work, found.rows),
  );
  sendPage(reply, html);
}

function addressOf(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}
