import { Denied, notFound, Refusal } from '../../base/errors.js';
import { sha256 } from '../../base/ids.js';
import { checkLine, nameLength } from '../../base/text.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { checkPassword, hashPassword, isPassword } from '../passwords.js';
import type { SeatRole, StaffRole } from '../people.js';
import { createPerson, findViewer, openSession, type SignedIn } from '../sessions.js';
import type { InvitationRow } from './invitation.js';

/** An invitation as its page shows it. */
export interface Shown {
  email: string;
  role: StaffRole | SeatRole;
  /** The account's name, or null for the staff. */
  accountName: string | null;
}

/** What an invitation is to, for whoever holds its link; null where it is unknown, over, or was taken up. */
export async function findInvitation(work: Work, token: string): Promise<Shown | null> {
  const found = await work.read
    .selectFrom('invitation')
    .leftJoin('account', 'account.tenantId', 'invitation.tenantId')
    .select(['invitation.email', 'invitation.role', 'account.displayName as accountName'])
    .where('tokenSha256', '=', sha256(token))
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', work.wallClock.now())
    .executeTakeFirst();
  return found ?? null;
}

/**
 * Takes up an invitation and signs the person in. Who has signed in here before gives the password they have, and keeps their name.
 * NOT_FOUND for a link that is unknown, over or was used, UNAUTHENTICATED for a wrong password. Refuses with INVALID (name, password), CONFLICT where the person has a place already.
 * Of two at once, one takes the place.
 */
export async function acceptInvitation(work: Work, input: { token: string; name: string; password: string }): Promise<SignedIn> {
  const shown = await findInvitation(work, input.token);
  if (!shown) throw notFound('invitation', '…');
  const tokenSha256 = sha256(input.token);
  const there = await work.read
    .selectFrom('person')
    .innerJoin('invitation', 'invitation.emailKey', 'person.emailKey')
    .select(['person.id', 'person.passwordHash'])
    .where('tokenSha256', '=', tokenSha256)
    .executeTakeFirst();
  if (there && !(await isPassword(input.password, there.passwordHash)))
    throw new Denied('UNAUTHENTICATED', 'This is not the password you have here.');
  const name = there ? '' : checkLine(input.name, nameLength, ['name']);
  if (!there) checkPassword(input.password, ['password']);
  const passwordHash = there ? '' : await hashPassword(input.password);

  const token = await atomically(work, async (tx) => {
    const invitation = await take(tx, tokenSha256);
    const staffRole = invitation.tenantId === null ? (invitation.role as StaffRole) : null;
    const personId = there?.id ?? (await createPerson(tx, { name, email: invitation.email, passwordHash, staffRole }));
    if (personId === null) throw new Refusal('CONFLICT', 'Somebody has just signed up with this address.', null, 'Open the link again.');
    if (there && staffRole) await giveRole(tx, personId, staffRole);
    if (invitation.tenantId !== null) await giveSeat(tx, personId, invitation.tenantId, invitation.role as SeatRole);
    await tx.sql.updateTable('invitation').set({ acceptedAt: tx.wallClock.now(), acceptedBy: personId }).where('id', '=', invitation.id).execute();
    return openSession(tx, personId);
  });
  return { viewer: await findViewer(work, token), token };
}

/** The open invitation of a link, locked until it is taken up. */
async function take(tx: Tx, tokenSha256: string): Promise<InvitationRow> {
  const invitation = await tx.sql
    .selectFrom('invitation')
    .selectAll()
    .where('tokenSha256', '=', tokenSha256)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', tx.wallClock.now())
    .forUpdate()
    .executeTakeFirst();
  if (!invitation) throw notFound('invitation', '…');
  return invitation;
}

async function giveRole(tx: Tx, personId: string, staffRole: StaffRole): Promise<void> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('person')
    .set({ staffRole })
    .where('id', '=', personId)
    .where('staffRole', 'is', null)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('seat').select('personId').where('personId', '=', personId))))
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw taken();
}

async function giveSeat(tx: Tx, personId: string, tenantId: string, role: SeatRole): Promise<void> {
  const person = await tx.sql.selectFrom('person').select('staffRole').where('id', '=', personId).forUpdate().executeTakeFirstOrThrow();
  if (person.staffRole !== null) throw taken();
  const { numInsertedOrUpdatedRows } = await tx.sql
    .insertInto('seat')
    .values({ tenantId, personId, role, createdAt: tx.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if ((numInsertedOrUpdatedRows ?? 0n) === 0n) throw taken();
}

function taken(): Refusal {
  return new Refusal('CONFLICT', 'This person has a place here already, and nobody has two.', null, 'Ask to be invited under another address.');
}
