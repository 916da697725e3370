import { sql } from 'kysely';
import type { Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { Denied } from '../base/errors.js';
import { genesis } from '../db/chain.js';
import type { Work } from '../db/work.js';
import type { TransferParameters } from '../settlements/freezing.js';
import { readSettlement } from '../settlements/reading.js';
import type { SettlementRow } from '../settlements/settlement.js';
import type { SettlementProof } from './proof.js';

const pathMax = 10_000; // links up to the head; further away, whoever checks compares with a head that was logged in between

/**
 * Gathers what shows why a settlement paid what it paid: its purchases with their frozen splits, the transfer with every request, Stripe's own lines,
 * and the movements of the books with their place in the chain. For its seller and for staff. BAD_USER_INPUT for one that is not settled.
 */
export async function proveSettlement(work: Work, viewer: Viewer, settlementId: string): Promise<SettlementProof> {
  const row = await readSettlement(work, viewer, settlementId);
  if (row.settledAt === null || row.amountMinor === null)
    throw new Denied('BAD_USER_INPUT', `Settlement ${row.id} is ${row.status}; there is something to prove once it is settled.`);
  const { id, currency, amountMinor, deductedMinor, stripeTransferId, settledAt } = row;
  const purchases = await purchasesOf(work, id);
  const movements = await movementsOf(work, row, purchases);
  return {
    version: 1,
    settlement: { id, currency, amountMinor, deductedMinor, stripeTransferId, settledAt: settledAt.toISOString() },
    purchases,
    transfer: await transferOf(work, row),
    movements,
    balanceLines: await linesOf(work, stripeTransferId),
    path: await pathFrom(work, Math.max(0, ...movements.map(({ link }) => link?.number ?? 0))),
  };
}

async function purchasesOf(work: Work, settlementId: string): Promise<SettlementProof['purchases']> {
  const rows = await work.read
    .selectFrom('settlementLine as line')
    .innerJoin('payment', 'payment.id', 'line.paymentId')
    .innerJoin('commissionSnapshot as split', 'split.paymentId', 'line.paymentId')
    .select(['line.paymentId', 'payment.amountMinor as chargedMinor', 'line.refundedMinor', 'line.lostMinor', 'line.paidMinor'])
    .select(['split.subtotalMinor', 'split.platformFeeMinor', 'split.vatMinor', 'split.vatBps', 'split.feeMode', 'split.sellerTransferMinor'])
    .where('line.settlementId', '=', settlementId)
    .where('line.paidMinor', 'is not', null)
    .orderBy('line.paymentId')
    .execute();
  return rows.map((row) => ({ ...row, paidMinor: row.paidMinor ?? 0 }));
}

async function transferOf(work: Work, { operationId }: SettlementRow): Promise<SettlementProof['transfer']> {
  if (operationId === null) return null;
  const operation = await work.read.selectFrom('operation').selectAll().where('id', '=', operationId).executeTakeFirstOrThrow();
  const attempts = await work.read.selectFrom('operationAttempt').selectAll().where('operationId', '=', operationId).orderBy('number').execute();
  const { amountMinor, destination } = operation.parameters as unknown as TransferParameters;
  return {
    operationId,
    idempotencyKey: operation.idempotencyKey,
    amountMinor,
    destination,
    attempts: attempts.map(({ startedAt, outcome, stripeRequestId }) => ({ startedAt: startedAt.toISOString(), outcome, stripeRequestId })),
  };
}

async function movementsOf(work: Work, { id }: SettlementRow, purchases: SettlementProof['purchases']): Promise<SettlementProof['movements']> {
  const causes = [id, ...purchases.map(({ paymentId }) => paymentId)];
  const rows = await work.read
    .selectFrom('ledgerTransaction as movement')
    .innerJoin(sql<{ id: string; content: string }>`ledger_content`.as('now'), (join) => join.onRef('now.id', '=', 'movement.id'))
    .leftJoin('ledgerLink as link', 'link.transactionId', 'movement.id')
    .leftJoin('ledgerLink as before', (join) => join.on((on) => on('before.number', '=', on('link.number', '-', on.lit(1)))))
    .select(['now.content', 'link.number', 'link.hash', 'before.hash as previous'])
    .where(sql<string>`split_part(movement.cause_id, ':', 1)`, 'in', causes)
    .orderBy('movement.id')
    .execute();
  return rows.map(({ content, number, hash, previous }) => ({
    content,
    link: number === null || hash === null ? null : { number, hash, previous: previous ?? genesis },
  }));
}

function linesOf(work: Work, stripeTransferId: string | null): Promise<SettlementProof['balanceLines']> {
  return work.read
    .selectFrom('balanceTransaction')
    .select(['id', 'netMinor', 'sourceId'])
    .where('sourceId', '=', stripeTransferId ?? '')
    .orderBy('id')
    .execute();
}

async function pathFrom(work: Work, from: number): Promise<SettlementProof['path']> {
  if (from === 0) return null;
  const links = await work.read
    .selectFrom('ledgerLink')
    .select(['contentSha256', 'hash'])
    .where('number', '>=', from)
    .orderBy('number')
    .limit(pathMax + 1)
    .execute();
  if (links.length > pathMax) return null;
  const head = known(links.at(-1), 'the head of the chain').hash;
  return { from, contentSha256s: links.slice(1).map(({ contentSha256 }) => contentSha256), head };
}
