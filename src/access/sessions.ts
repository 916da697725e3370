import { randomBytes } from 'node:crypto';
import { known } from '../base/assert.js';
import { dayMs, hourMs, later, minuteMs, secondMs } from '../base/clock.js';
import { emailKey } from '../base/email.js';
import { Denied } from '../base/errors.js';
import { newId, sha256 } from '../base/ids.js';
import type { Entered } from '../db/database.js';
import { atomically, entering, type Tx, type Work } from '../db/work.js';
import { countLetter, countPasswordTry } from './counting.js';
import { writeLetter } from './mail/letter.js';
import { hashPassword, isPassword } from './passwords.js';
import type { SeatRole, StaffRole } from './people.js';
import { takeCode } from './second-factor/taking.js';
import { anonymous, type Visitor } from './viewer.js';

/** However much it is used, a session ends after this. */
const lifeMs = 30 * dayMs;
/** Unused for so long, it ends. */
const idleMs = 7 * dayMs;
/** Staff see everybody's money: theirs end sooner. Source: OWASP Session Management Cheat Sheet, for applications of high value */
const staffLifeMs = 12 * hourMs;
const staffIdleMs = 30 * minuteMs;
/** So long after a person gave their password, what moves money or rights is done without asking for it again. */
export const stepUpLifeMs = 5 * minuteMs;
const codeLifeMs = 10 * minuteMs; // from the password to the code
const underWayMs = 10 * secondMs; // longer than nearly every request takes
const seenEveryMs = 1 * minuteMs; // how exactly the last use is kept

export interface SignedIn {
  viewer: Visitor;
  /** For the browser alone; we keep its hash. */
  token: string;
}

/** Signs a person in; who has one-time codes is nobody yet, until `signInWithCode`. Refuses with UNAUTHENTICATED, in the same words and time for a wrong password and an unknown address. */
export async function signIn(work: Work, input: { email: string; password: string }): Promise<SignedIn> {
  const person = await work.read
    .selectFrom('person')
    .select(['id', 'passwordHash', 'unconfirmedSince'])
    .where('emailKey', '=', emailKey(input.email))
    .executeTakeFirst();
  const right = await isPassword(input.password, person?.passwordHash ?? null);
  if (!right || !person) throw new Denied('UNAUTHENTICATED', 'The e-mail address or the password is wrong.');
  if (person.unconfirmedSince && confirmsAddresses(work)) await askToConfirm(work, input.email);

  const token = await atomically(work, (tx) => openSession(tx, person.id));
  return { viewer: await findViewer(work, token), token };
}

/** Whether who signs up shows first that they read mail at their address: wherever mail is sent. */
export function confirmsAddresses(work: Work): boolean {
  return work.config.mail.smtpUrl !== null;
}

async function askToConfirm(work: Work, email: string): Promise<never> {
  await countLetter(work, email);
  await atomically(work, (tx) => writeLetter(tx, work, { kind: 'SIGN_UP', email }));
  throw new Denied('UNAUTHENTICATED', 'Your e-mail address is not confirmed. The link that does was sent to it again.');
}

/** Opens a session and answers its token: 256 random bits. Where the person has one-time codes, it is worth nothing before one is given. */
export async function openSession(tx: Tx, personId: string): Promise<string> {
  const token = newToken();
  const now = tx.wallClock.now();
  const factor = await tx.sql
    .selectFrom('secondFactor')
    .select('personId')
    .where('personId', '=', personId)
    .where('confirmedAt', 'is not', null)
    .executeTakeFirst();
  await insertSession(tx, { token, personId, codeDue: factor !== undefined, expiresAt: later(now, factor ? codeLifeMs : lifeMs) });
  return token;
}

async function insertSession(tx: Tx, { token, ...session }: { token: string; personId: string; codeDue: boolean; expiresAt: Date }): Promise<void> {
  const now = tx.wallClock.now();
  await tx.sql
    .insertInto('signInSession')
    .values({ tokenSha256: sha256(token), createdAt: now, lastSeenAt: now, revokedAt: null, ...session })
    .execute();
}

/**
 * Signs in whoever gave their password before, by a code of their device or one that replaces it, under a session of its own.
 * Refuses with UNAUTHENTICATED a wrong code and who has not given a password within ten minutes; RATE_LIMITED after ten tries within a quarter of an hour.
 */
export async function signInWithCode(work: Work, { token, code }: { token: string | null; code: string }): Promise<SignedIn> {
  const waiting = await work.read
    .selectFrom('signInSession')
    .select('personId')
    .where('tokenSha256', '=', sha256(token ?? ''))
    .where('codeDue', '=', true)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', work.wallClock.now())
    .executeTakeFirst();
  if (!waiting) throw new Denied('UNAUTHENTICATED', 'Give your password first.');
  await countPasswordTry(work, waiting.personId);
  if (!(await takeCode(work, waiting.personId, code))) throw new Denied('UNAUTHENTICATED', 'This code is wrong, or was used.');

  await signOut(work, token ?? '');
  const session = newToken();
  const expiresAt = later(work.wallClock.now(), lifeMs);
  await atomically(work, (tx) => insertSession(tx, { token: session, personId: waiting.personId, codeDue: false, expiresAt }));
  return { viewer: await findViewer(work, session), token: session };
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Lets a session in which its person has shown again that it is them be followed by another, which ends when it would have, and answers that one's token.
 * The former is taken for some seconds more, for requests that are under way.
 */
export async function followSession(tx: Tx, sessionId: string): Promise<string> {
  const now = tx.wallClock.now();
  const former = await tx.sql
    .selectFrom('signInSession')
    .selectAll()
    .where('tokenSha256', 'like', `${sessionId}%`)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const token = newToken();
  await tx.sql
    .insertInto('signInSession')
    .values({ ...former, tokenSha256: sha256(token), lastSeenAt: now, steppedUpAt: now })
    .execute();
  await tx.sql
    .updateTable('signInSession')
    .set({ expiresAt: later(now, underWayMs) })
    .where('tokenSha256', '=', former.tokenSha256)
    .execute();
  return token;
}

/** Whether staff may do nothing without one-time codes. */
export function asksStaffForCodes(work: Work): boolean {
  return work.config.staffSecondFactor === 'required';
}

/** Ends a session at once, everywhere. Safe to repeat. */
export async function signOut(work: Work, token: string): Promise<void> {
  await atomically(work, (tx) =>
    tx.sql
      .updateTable('signInSession')
      .set({ revokedAt: tx.wallClock.now() })
      .where('tokenSha256', '=', sha256(token))
      .where('revokedAt', 'is', null)
      .execute(),
  );
}

/** Whom a session is of, as the database tells; nobody, where all of it is null. */
interface Found extends Entered {
  personId: string | null;
  email: string;
  name: string;
  staffRole: StaffRole | null;
  tenantId: string;
  seat: SeatRole;
  accountId: string | null;
  createdAt: Date;
  steppedUpAt: Date | null;
  secondFactorSince: Date | null;
}

/** Who holds this token: one statement, which also notes that it was used. Nobody, where it is unknown, ended or too old, or their place was ended. */
export async function findViewer(work: Work, token: string | null): Promise<Visitor> {
  if (!token || token.length > 100) return anonymous;
  const now = work.wallClock.now();
  const before = (ms: number) => later(now, -ms);
  const tokenSha256 = sha256(token);
  const limits = [before(idleMs), before(staffLifeMs), before(staffIdleMs), before(seenEveryMs)];
  const found = await entering<Found>(work, 'enter_by_session', [tokenSha256, now, ...limits]);
  if (found.personId === null) return anonymous;

  const { personId, email, name, staffRole, tenantId, seat } = found;
  const steppedUp = later(found.steppedUpAt ?? found.createdAt, stepUpLifeMs) > now;
  const hasSecondFactor = found.secondFactorSince !== null;
  const person = { kind: 'PERSON' as const, personId, email, name, sessionId: sessionIdOf(tokenSha256), steppedUp, hasSecondFactor };
  if (staffRole) return { ...person, role: staffRole, mustEnrol: !hasSecondFactor && asksStaffForCodes(work), tenantId: null, accountId: null };
  return { ...person, role: 'SELLER', seat, tenantId, accountId: known(found.accountId, 'a seller’s account') };
}

/** What a session is called: enough of its hash to tell it from others, and nothing that opens it. */
export function sessionIdOf(tokenSha256: string): string {
  return tokenSha256.slice(0, 32);
}

/** Makes a person and answers their id, or null where the address is somebody's already. Of two at once, one is made. */
export async function createPerson(
  tx: Tx,
  person: { name: string; email: string; passwordHash: string; staffRole: StaffRole | null; unconfirmedSince?: Date | null },
): Promise<string | null> {
  const made = await tx.sql
    .insertInto('person')
    .values({ ...person, id: newId('person', tx.clock), emailKey: emailKey(person.email), createdAt: tx.clock.now() })
    .onConflict((conflict) => conflict.constraint('one_person_per_email').doNothing())
    .returning('id')
    .executeTakeFirst();
  return made?.id ?? null;
}

/** Makes the first administrator from the settings, where nobody has that address yet. Safe to repeat and to run at once. */
export async function ensureAdministrator(work: Work): Promise<void> {
  const { administrator } = work.config;
  if (!administrator) return;
  const there = await work.read.selectFrom('person').select('id').where('emailKey', '=', emailKey(administrator.email)).executeTakeFirst();
  if (there) return;
  const passwordHash = await hashPassword(administrator.password.reveal());
  await atomically(work, (tx) => createPerson(tx, { name: 'Administrator', email: administrator.email, passwordHash, staffRole: 'ADMIN' }));
}
