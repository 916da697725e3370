import { randomBytes } from 'node:crypto';
import { generateSecret, generateURI } from 'otplib';
import { Refusal } from '../../base/errors.js';
import { sha256 } from '../../base/ids.js';
import { seal } from '../../base/sealing.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { countPasswordTry } from '../counting.js';
import { authorizePerson } from '../permissions.js';
import { asksStaffForCodes } from '../sessions.js';
import type { Viewer } from '../viewer.js';
import { secretPurpose } from './second-factor.js';
import { takeCode } from './taking.js';

const recoveryCodeCount = 10;
const recoveryCodeDigits = 16; // of 32 letters each: 80 random bits
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'; // none that are read for another

/** What a device is told: shown here and never again. */
export interface Enrolment {
  secret: string;
  /** The same as an address, for the picture that a device reads. */
  uri: string;
}

/**
 * Begins to set up one-time codes for the viewer: nothing is asked for before `confirmSecondFactor` took a first one. Begun again, it is another secret.
 * Refuses with CONFLICT where they are set up already.
 */
export async function startSecondFactor(work: Work, viewer: Viewer): Promise<Enrolment> {
  const { personId, email } = authorizePerson(viewer, 'startSecondFactor');
  const secret = generateSecret();
  const fresh = {
    sealedSecret: seal(work.config.sealingKeys, secretPurpose, secret),
    lastStep: 0,
    createdAt: work.wallClock.now(),
    confirmedAt: null,
  };
  const { numInsertedOrUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .insertInto('secondFactor')
      .values({ personId, ...fresh })
      .onConflict((conflict) => conflict.column('personId').doUpdateSet(fresh).where('secondFactor.confirmedAt', 'is', null))
      .executeTakeFirst(),
  );
  if (numInsertedOrUpdatedRows !== 1n)
    throw new Refusal('CONFLICT', 'One-time codes are set up already.', null, 'Remove them first, to set them up on another device.');
  return { secret, uri: generateURI({ issuer: `Holdfast ${new URL(work.config.publicUrl).host}`, label: email, secret }) };
}

/**
 * Takes the first code, from when on one is asked for at each sign-in, and answers the codes that replace a lost device: shown here and never again.
 * Refuses with INVALID where the code is wrong, CONFLICT where nothing was begun or all is set up; RATE_LIMITED after ten tries within a quarter of an hour.
 */
export async function confirmSecondFactor(work: Work, viewer: Viewer, { code }: { code: string }): Promise<string[]> {
  const { personId } = authorizePerson(viewer, 'confirmSecondFactor');
  await countPasswordTry(work, personId);
  if (!(await takeCode(work, personId, code))) throw wrongCode();
  return atomically(work, async (tx) => {
    const { numUpdatedRows } = await tx.sql
      .updateTable('secondFactor')
      .set({ confirmedAt: tx.wallClock.now() })
      .where('personId', '=', personId)
      .where('confirmedAt', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new Refusal('CONFLICT', 'One-time codes are set up already.');
    return makeRecoveryCodes(tx, personId);
  });
}

/** Gives the viewer other codes for a lost device; those they had are worth nothing. Refuses with CONFLICT where no one-time codes are set up. */
export async function renewRecoveryCodes(work: Work, viewer: Viewer): Promise<string[]> {
  const person = authorizePerson(viewer, 'renewRecoveryCodes');
  if (!person.hasSecondFactor) throw new Refusal('CONFLICT', 'One-time codes are not set up.');
  return atomically(work, (tx) => makeRecoveryCodes(tx, person.personId));
}

/** Asks the viewer for no more one-time codes. Safe to repeat. Refuses with CONFLICT staff who must have them. */
export async function removeSecondFactor(work: Work, viewer: Viewer): Promise<void> {
  const { personId, role } = authorizePerson(viewer, 'removeSecondFactor');
  if (role !== 'SELLER' && asksStaffForCodes(work)) throw new Refusal('CONFLICT', 'The marketplace’s staff sign in with one-time codes.');
  await atomically(work, async (tx) => {
    await tx.sql.deleteFrom('recoveryCode').where('personId', '=', personId).execute();
    await tx.sql.deleteFrom('secondFactor').where('personId', '=', personId).execute();
  });
}

export function wrongCode(): Refusal {
  return new Refusal('INVALID', 'This code is wrong, or was used.', ['code'], 'Give the one your device shows now.');
}

async function makeRecoveryCodes(tx: Tx, personId: string): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodeCount }, newRecoveryCode);
  await tx.sql.deleteFrom('recoveryCode').where('personId', '=', personId).execute();
  await tx.sql
    .insertInto('recoveryCode')
    .values(codes.map((code) => ({ codeSha256: sha256(code), personId, usedAt: null })))
    .execute();
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'));
}

function newRecoveryCode(): string {
  return Array.from(randomBytes(recoveryCodeDigits), (byte) => letters[byte % letters.length]).join('');
}
