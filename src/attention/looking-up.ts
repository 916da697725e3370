import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { idPrefixes, isId, type Noun } from '../base/ids.js';
import type { Work } from '../db/work.js';

/** A thing that has a page of its own. */
export interface Place {
  kind: 'account' | 'payment' | 'settlement' | 'bulkRetry';
  id: string;
}

/** Where an id stands: the kind of page it leads to, the table and the column it is kept in, and the column with the id of that page. */
type Row = [kind: Place['kind'], table: string, column: string, pageId: string];

/** By prefix, ours and Stripe's: the thing itself, or what it belongs to. Each column has an index. */
const places: Record<string, Row[]> = {
  [idPrefixes.account]: [['account', 'account', 'id', 'id']],
  [idPrefixes.membership]: [['account', 'membership', 'id', 'account_id']],
  [idPrefixes.offering]: [['account', 'offering', 'id', 'account_id']],
  [idPrefixes.payment]: [['payment', 'payment', 'id', 'id']],
  [idPrefixes.refund]: [['payment', 'refund', 'id', 'payment_id']],
  [idPrefixes.dispute]: [['payment', 'dispute', 'id', 'payment_id']],
  [idPrefixes.settlement]: [['settlement', 'settlement', 'id', 'id']],
  [idPrefixes.transferReversal]: [['settlement', 'transfer_reversal', 'id', 'settlement_id']],
  [idPrefixes.bulkRetry]: [['bulkRetry', 'bulk_retry', 'id', 'id']],
  acct: [['account', 'connected_account', 'stripe_account_id', 'account_id']],
  sub: [['account', 'membership', 'stripe_subscription_id', 'account_id']],
  pi: [['payment', 'payment', 'payment_intent_id', 'id']],
  ch: [['payment', 'payment', 'charge_id', 'id']],
  py: [['payment', 'payment', 'charge_id', 'id']],
  cs: [['payment', 'payment', 'checkout_session_id', 'id']],
  in: [['payment', 'payment', 'invoice_id', 'id']],
  re: [['payment', 'refund', 'stripe_refund_id', 'payment_id']],
  pyr: [['payment', 'refund', 'stripe_refund_id', 'payment_id']],
  dp: [['payment', 'dispute', 'stripe_dispute_id', 'payment_id']],
  du: [['payment', 'dispute', 'stripe_dispute_id', 'payment_id']],
  tr: [
    ['settlement', 'settlement', 'stripe_transfer_id', 'id'],
    ['settlement', 'transfer_reversal', 'retransfer_id', 'settlement_id'],
  ],
  trr: [['settlement', 'transfer_reversal', 'stripe_reversal_id', 'settlement_id']],
};

/** Where a whole id of ours or of Stripe's leads, for staff. Null for one that nobody here knows. One statement, by keys. */
export async function lookUp(work: Work, viewer: Viewer, id: string): Promise<Place | null> {
  authorize(viewer, 'lookUp', null);
  const prefix = /^([a-z]+)_/.exec(id)?.[1] ?? '';
  const rows = Object.hasOwn(places, prefix) ? (places[prefix] as Row[]) : [];
  const noun = (Object.keys(idPrefixes) as Noun[]).find((name) => idPrefixes[name] === prefix);
  if (rows.length === 0 || (noun && !isId(noun, id))) return null;
  const found = rows.map(
    ([kind, table, column, pageId]) =>
      sql`select ${sql.lit(kind)} as kind, ${sql.ref(pageId)} as id from ${sql.table(table)} where ${sql.ref(column)} = ${id}`,
  );
  const row = await work.read
    .selectFrom(sql<Place>`(${sql.join(found, sql` union all `)})`.as('found'))
    .selectAll()
    .executeTakeFirst();
  return row ?? null;
}
