import { authorize } from '../access/permissions.js';
import { actorOf, type Viewer } from '../access/viewer.js';
import { known } from '../base/assert.js';
import { Refusal } from '../base/errors.js';
import { checkNote, reasonLength } from '../base/text.js';
import { atomically, type Work } from '../db/work.js';
import { isKeyForgotten } from '../operations/carrying-out.js';
import { reject } from '../operations/lifecycle.js';
import type { OperationRow } from '../operations/operation.js';
import { refusalOf } from '../stripe/refusal.js';
import type { StripeFailure } from '../stripe/result.js';
import type { TransferFacts } from '../stripe/transfers.js';
import { adoptForgotten } from './adopting.js';
import { thaw } from './freezing.js';
import { reopen } from './lifecycle.js';
import { readSettlement } from './reading.js';
import type { SettlementRow } from './settlement.js';
import { findTransfer, recordTransfer } from './settling.js';

/** What Stripe shows of a transfer whose outcome is unknown, and what may be done about it. */
export interface Verification {
  verdict: 'FOUND' | 'NOT_FOUND' | 'NOT_FOUND_YET';
  transfer: TransferFacts | null;
  operation: OperationRow;
}

/**
 * Looks up at Stripe what became of a transfer whose outcome is unknown, by our own id in it.
 * FOUND: it can be adopted. NOT_FOUND: it was never made and never will be; it can be sent again. NOT_FOUND_YET: it may still come; look again later.
 * Refuses with NOT_RETRIABLE where no outcome is unknown, with STRIPE_UNAVAILABLE where Stripe cannot tell.
 */
export async function verifySettlement(work: Work, viewer: Viewer, settlementId: string): Promise<Verification> {
  authorize(viewer, 'verifySettlement', null);
  const settlement = await readSettlement(work, viewer, settlementId);
  return look(work, await unknownTransfer(work, settlement));
}

async function unknownTransfer(work: Work, settlement: SettlementRow): Promise<OperationRow> {
  const operation = await work.read
    .selectFrom('operation')
    .selectAll()
    .where('kind', '=', 'TRANSFER')
    .where('subjectId', '=', settlement.id)
    .where('state', '=', 'INTENDED')
    .executeTakeFirst();
  if (settlement.failureCode !== 'VERIFICATION_REQUIRED' || !operation) {
    throw new Refusal('NOT_RETRIABLE', `Settlement ${settlement.id} is ${settlement.status}, and no outcome of it is unknown.`, ['settlementId']);
  }
  return operation;
}

async function look(work: Work, operation: OperationRow): Promise<Verification> {
  const found = await findTransfer(work, operation);
  if (!found.ok) throw refusalOf(found.failure, 'Stripe could not be asked', ['settlementId']);
  if (found.value) return { verdict: 'FOUND', transfer: found.value, operation };
  return { verdict: isOver(work, operation) ? 'NOT_FOUND' : 'NOT_FOUND_YET', transfer: null, operation };
}

/** Whether nothing can come of the key any more: Stripe has forgotten it, or has stored that it failed. */
function isOver(work: Work, operation: OperationRow): boolean {
  const failure = operation.failure as Partial<StripeFailure> | null;
  return isKeyForgotten(work, operation) || failure?.replayed === true;
}

/**
 * Takes a transfer that Stripe has for the one whose answer was lost; or, after a backup was restored, for the one the database has forgotten.
 * Refuses with CONFLICT any transfer that is not this settlement's own.
 */
export async function adoptTransfer(work: Work, viewer: Viewer, input: { settlementId: string; stripeTransferId: string }): Promise<SettlementRow> {
  authorize(viewer, 'adoptTransfer', null);
  const settlement = await readSettlement(work, viewer, input.settlementId);
  if (['PENDING', 'SETTLED', 'REVERSED'].includes(settlement.status)) {
    await adoptForgotten(work, settlement, input.stripeTransferId);
    return readSettlement(work, viewer, input.settlementId);
  }
  const { verdict, transfer, operation } = await verifySettlement(work, viewer, input.settlementId);
  if (verdict !== 'FOUND' || transfer?.id !== input.stripeTransferId) {
    const has = transfer ? `Stripe shows ${transfer.id} for it.` : 'Stripe shows none for it.';
    throw new Refusal('CONFLICT', `${input.stripeTransferId} is not the transfer of settlement ${input.settlementId}.`, ['stripeTransferId'], has);
  }
  await recordTransfer(work, operation, transfer, null);
  return readSettlement(work, viewer, input.settlementId);
}

/**
 * Gives up a transfer that Stripe has never made, so that the settlement is paid by a new one under a new key.
 * Refuses with INVALID without a reason, with VERIFICATION_REQUIRED while it may still come, with CONFLICT where Stripe has it after all.
 */
export async function sendAgain(work: Work, viewer: Viewer, input: { settlementId: string; reason: string }): Promise<SettlementRow> {
  authorize(viewer, 'sendAgain', null);
  const reason = checkNote(input.reason, reasonLength, ['reason']);
  const { verdict, transfer, operation } = await verifySettlement(work, viewer, input.settlementId);
  if (verdict === 'FOUND') {
    throw new Refusal('CONFLICT', `Stripe has made ${known(transfer, 'the transfer').id} for it.`, ['settlementId'], 'Adopt that transfer.');
  }
  if (verdict === 'NOT_FOUND_YET') {
    throw new Refusal(
      'VERIFICATION_REQUIRED',
      'Stripe may still carry it out.',
      ['settlementId'],
      'Look again once 25 hours have passed since it was first sent.',
    );
  }
  await atomically(work, async (tx) => {
    if (!(await reject(tx, operation, givenUp(`Given up by ${actorOf(viewer)}, after Stripe showed none: ${reason}`)))) return;
    await thaw(tx, operation.subjectId);
    await reopen(tx, operation.subjectId);
  });
  return readSettlement(work, viewer, input.settlementId);
}

function givenUp(message: string): StripeFailure {
  return { kind: 'REFUSED', code: 'VERIFICATION_REQUIRED', message, stripeCode: null, httpStatus: null, stripeRequestId: null, replayed: false };
}

/** Looks up by itself what became of unknown transfers, and records those that Stripe has. Answers how many it looked at. */
export async function lookUpUnknown(work: Work, limit: number): Promise<number> {
  const unknown = await work.read
    .selectFrom('operation')
    .innerJoin('settlement', 'settlement.id', 'operation.subjectId')
    .selectAll('operation')
    .where('operation.kind', '=', 'TRANSFER')
    .where('operation.state', '=', 'INTENDED')
    .where('settlement.status', '=', 'FAILED')
    .orderBy('operation.id')
    .limit(limit)
    .execute();
  for (const operation of unknown) {
    const found = await findTransfer(work, operation);
    if (found.ok && found.value) await recordTransfer(work, operation, found.value, null);
  }
  return unknown.length;
}
