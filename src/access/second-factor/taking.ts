import { verify } from 'otplib';
import { secondMs } from '../../base/clock.js';
import { sha256 } from '../../base/ids.js';
import { unseal } from '../../base/sealing.js';
import { atomically, type Work } from '../../db/work.js';
import { secretPurpose } from './second-factor.js';

const driftSeconds = 30; // one step either way: people type slowly, and clocks differ. Source: RFC 6238, section 5.2

/** Whether a code is the person's: of their device, or one that replaces it. Each is taken once, also of two at once. */
export async function takeCode(work: Work, personId: string, code: string): Promise<boolean> {
  const bare = code.replace(/[\s-]/g, '').toUpperCase();
  return /^\d{6}$/.test(bare) ? takeDeviceCode(work, personId, bare) : takeRecoveryCode(work, personId, bare);
}

async function takeDeviceCode(work: Work, personId: string, code: string): Promise<boolean> {
  const factor = await work.read.selectFrom('secondFactor').select(['sealedSecret', 'lastStep']).where('personId', '=', personId).executeTakeFirst();
  if (!factor) return false;
  const step = await stepOf(unseal(work.config.sealingKeys, secretPurpose, factor.sealedSecret), code, work.wallClock.now());
  if (step === null) return false;
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql.updateTable('secondFactor').set({ lastStep: step }).where('personId', '=', personId).where('lastStep', '<', step).executeTakeFirst(),
  );
  return numUpdatedRows === 1n;
}

/** The time step that a code is of, or null where it is none of now. */
async function stepOf(secret: string, code: string, now: Date): Promise<number | null> {
  const verified = await verify({ secret, token: code, epoch: Math.floor(now.getTime() / secondMs), epochTolerance: driftSeconds });
  return verified.valid && 'timeStep' in verified ? verified.timeStep : null;
}

async function takeRecoveryCode(work: Work, personId: string, code: string): Promise<boolean> {
  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('recoveryCode')
      .set({ usedAt: tx.wallClock.now() })
      .where('codeSha256', '=', sha256(code))
      .where('personId', '=', personId)
      .where('usedAt', 'is', null)
      .executeTakeFirst(),
  );
  return numUpdatedRows === 1n;
}
