import { onceByKey } from '../access/idempotency.js';
import { authorize } from '../access/permissions.js';
import { callerOf, type Viewer } from '../access/viewer.js';
import { Refusal } from '../base/errors.js';
import type { Work } from '../db/work.js';
import { findHalt, type HaltRow } from '../operations/halt.js';
import { claimOne, reopen, whyNotClaimable } from './lifecycle.js';
import { readSettlement } from './reading.js';
import type { SettlementRow } from './settlement.js';
import { settleOne } from './settling.js';

export interface SettlementInput {
  settlementId: string;
  idempotencyKey: string | null;
}

/**
 * Pays a settlement now, also before it is due, through the same claim as the worker's.
 * Refuses with ALREADY_IN_PROGRESS where somebody else is paying it, NOT_RETRIABLE where there is nothing to pay or it has failed.
 */
export async function settleNow(work: Work, viewer: Viewer, input: SettlementInput): Promise<SettlementRow> {
  authorize(viewer, 'settleNow', null);
  const { id } = await readSettlement(work, viewer, input.settlementId);
  await once(work, viewer, input, 'settleNow', async () => {
    if (!(await settleOne(work, (tx) => claimOne(tx, id)))) throw await refusal(work, viewer, id);
  });
  return readSettlement(work, viewer, id);
}

/**
 * Pays a failed settlement again, with a new key, to the account the seller has now.
 * Refuses with NOT_RETRIABLE what has not failed, with VERIFICATION_REQUIRED where the outcome of the last transfer is unknown,
 * with ALREADY_IN_PROGRESS where somebody else was first.
 */
export async function retrySettlement(work: Work, viewer: Viewer, input: SettlementInput): Promise<SettlementRow> {
  authorize(viewer, 'retrySettlement', null);
  const { id } = await readSettlement(work, viewer, input.settlementId);
  await once(work, viewer, input, 'retrySettlement', async () => {
    const { status, failureCode } = await readSettlement(work, viewer, id);
    if (failureCode === 'VERIFICATION_REQUIRED') {
      throw new Refusal(
        'VERIFICATION_REQUIRED',
        `What became of the last transfer of ${id} is unknown; a retry could pay twice.`,
        ['settlementId'],
        'Verify it first, then adopt the transfer that Stripe has, or send again.',
      );
    }
    if (status !== 'FAILED') {
      throw new Refusal(
        'NOT_RETRIABLE',
        `Settlement ${id} is ${status}; only a FAILED one goes back to PENDING.`,
        ['settlementId'],
        whyNotClaimable(status),
      );
    }
    const halt = await findHalt(work.read);
    if (halt) throw haltedBy(halt);
    const won = await settleOne(work, async (tx) => ((await reopen(tx, id)) ? claimOne(tx, id) : null));
    if (!won) throw await refusal(work, viewer, id);
  });
  return readSettlement(work, viewer, id);
}

async function once(work: Work, viewer: Viewer, input: SettlementInput, operation: string, act: () => Promise<void>): Promise<void> {
  const { idempotencyKey: key, settlementId } = input;
  if (key === null) return act();
  await onceByKey(work, { caller: callerOf(viewer, settlementId), key, operation, request: { settlementId } }, async () => {
    await act();
    return settlementId;
  });
}

async function refusal(work: Work, viewer: Viewer, id: string): Promise<Refusal> {
  const halt = await findHalt(work.read);
  if (halt) return haltedBy(halt);
  const { status } = await readSettlement(work, viewer, id);
  const code = status === 'SETTLING' || status === 'PENDING' ? 'ALREADY_IN_PROGRESS' : 'NOT_RETRIABLE';
  return new Refusal(code, `Settlement ${id} is ${status}, and goes to SETTLING only from PENDING.`, ['settlementId'], whyNotClaimable(status));
}

function haltedBy({ detail }: HaltRow): Refusal {
  return new Refusal('CONFLICT', `Outgoing money is halted: ${detail}`, ['settlementId'], 'Look at the money audit, then clear the halt.');
}
