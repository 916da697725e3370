import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { idPrefixes, nounOf } from '../base/ids.js';
import type { Work } from '../db/work.js';

/** A page: of one thing, or of a list searched for an id; a halt's is where all stands that needs somebody. */
export interface Place {
  kind: 'account' | 'payment' | 'membership' | 'settlement' | 'bulkRetry' | 'event' | 'events' | 'webhookEndpoint' | 'changes' | 'halt';
  id: string;
}

/** Where an id stands: the kind of page it leads to, the table and the column it is kept in, and the column with the id of that page; `another` is looked up in turn. */
type Row = [kind: Place['kind'] | 'another', table: string, column: string, pageId: string];

/** By prefix, ours and Stripe's: the thing itself, or what it belongs to. Each column has an index. */
const places: Record<string, Row[]> = {
  [idPrefixes.tenant]: [['account', 'account', 'tenant_id', 'id']],
  [idPrefixes.person]: [['changes', 'person', 'id', 'id']],
  [idPrefixes.apiKey]: [['changes', 'api_key', 'id', 'id']],
  [idPrefixes.invitation]: [['changes', 'invitation', 'id', 'id']],
  [idPrefixes.auditEntry]: [['changes', 'audit_entry', 'id', 'subject_id']],
  [idPrefixes.account]: [['account', 'account', 'id', 'id']],
  [idPrefixes.connectedAccount]: [['account', 'connected_account', 'id', 'account_id']],
  [idPrefixes.commissionPlan]: [['changes', 'commission_plan', 'id', 'id']],
  [idPrefixes.purchaseSession]: [['account', 'purchase_session', 'id', 'account_id']],
  [idPrefixes.membership]: [['membership', 'membership', 'id', 'id']],
  [idPrefixes.offering]: [['account', 'offering', 'id', 'account_id']],
  [idPrefixes.payment]: [['payment', 'payment', 'id', 'id']],
  [idPrefixes.commissionSnapshot]: [['payment', 'commission_snapshot', 'id', 'payment_id']],
  [idPrefixes.refund]: [['payment', 'refund', 'id', 'payment_id']],
  [idPrefixes.dispute]: [['payment', 'dispute', 'id', 'payment_id']],
  [idPrefixes.settlement]: [['settlement', 'settlement', 'id', 'id']],
  [idPrefixes.transferReversal]: [['settlement', 'transfer_reversal', 'id', 'settlement_id']],
  [idPrefixes.sellerDebt]: [['account', 'seller_debt', 'id', 'account_id']],
  [idPrefixes.ledgerTransaction]: [['another', 'ledger_transaction', 'id', 'cause_id']],
  [idPrefixes.bulkRetry]: [['bulkRetry', 'bulk_retry', 'id', 'id']],
  [idPrefixes.inboxEvent]: [['event', 'inbox_event', 'id', 'id']],
  [idPrefixes.webhookEndpoint]: [['webhookEndpoint', 'webhook_endpoint', 'id', 'id']],
  [idPrefixes.webhookDelivery]: [['webhookEndpoint', 'webhook_delivery', 'id', 'endpoint_id']],
  [idPrefixes.halt]: [['halt', 'halt', 'id', 'id']],
  [idPrefixes.operation]: [['another', 'operation', 'id', 'subject_id']],
  [idPrefixes.operationAttempt]: [['another', 'operation_attempt', 'id', 'operation_id']],
  acct: [['account', 'connected_account', 'stripe_account_id', 'account_id']],
  sub: [['membership', 'membership', 'stripe_subscription_id', 'id']],
  pi: [['payment', 'payment', 'payment_intent_id', 'id']],
  ch: [['payment', 'payment', 'charge_id', 'id']],
  py: [['payment', 'payment', 'charge_id', 'id']],
  cs: [
    ['payment', 'payment', 'checkout_session_id', 'id'],
    ['account', 'purchase_session', 'stripe_session_id', 'account_id'],
  ],
  in: [['payment', 'payment', 'invoice_id', 'id']],
  fee: [['payment', 'payment', 'application_fee_id', 'id']],
  re: [['payment', 'refund', 'stripe_refund_id', 'payment_id']],
  pyr: [['payment', 'refund', 'stripe_refund_id', 'payment_id']],
  dp: [['payment', 'dispute', 'stripe_dispute_id', 'payment_id']],
  du: [['payment', 'dispute', 'stripe_dispute_id', 'payment_id']],
  tr: [
    ['settlement', 'settlement', 'stripe_transfer_id', 'id'],
    ['settlement', 'transfer_reversal', 'retransfer_id', 'settlement_id'],
  ],
  trr: [['settlement', 'transfer_reversal', 'stripe_reversal_id', 'settlement_id']],
  txn: [['another', 'balance_transaction', 'id', 'source_id']],
  evt: [['event', 'inbox_event', 'stripe_event_id', 'id']],
};

/** What Stripe told of something that nobody here keeps otherwise: a customer, a payout, a price. */
const told: Row = ['events', 'inbox_event', 'object_id', 'object_id'];

/** Where a whole id of ours or of Stripe's leads, for staff. Null for one that nobody here knows. A statement by keys, and one more for each thing it belongs to. */
export async function lookUp(work: Work, viewer: Viewer, id: string): Promise<Place | null> {
  authorize(viewer, 'lookUp', null);
  return find(work, id);
}

async function find(work: Work, id: string): Promise<Place | null> {
  const prefix = /^([a-z]+)_/.exec(id)?.[1] ?? '';
  const isOurs = Object.values<string>(idPrefixes).includes(prefix);
  if (isOurs && nounOf(id) === null) return null;
  const rows = [...(Object.hasOwn(places, prefix) ? (places[prefix] as Row[]) : []), ...(isOurs ? [] : [told])];
  if (rows.length === 0) return null;
  const found = rows.map(
    ([kind, table, column, pageId], rank) =>
      sql`(select ${sql.lit(rank)} as rank, ${sql.lit(kind)} as kind, ${sql.ref(pageId)} as id from ${sql.table(table)} where ${sql.ref(column)} = ${id} limit 1)`,
  );
  const row = await work.read
    .selectFrom(sql<{ rank: number; kind: Row[0]; id: string }>`(${sql.join(found, sql` union all `)})`.as('found'))
    .selectAll()
    .orderBy('rank')
    .executeTakeFirst();
  if (row?.kind === 'another') return find(work, row.id);
  return row ? { kind: row.kind, id: row.id } : null;
}
