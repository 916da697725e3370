import { randomBytes } from 'node:crypto';
import { dayMs, later } from '../../base/clock.js';
import { checkEmail, emailKey } from '../../base/email.js';
import { notFound, Refusal } from '../../base/errors.js';
import { isId, newId, sha256 } from '../../base/ids.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { writeLetter } from '../mail/letter.js';
import { type SeatRole, type StaffRole, seatRoles, staffRoles } from '../people.js';
import { authorize, isAllowed } from '../permissions.js';
import { actorOf, ownAccountOf, type Viewer } from '../viewer.js';
import type { InvitationRow } from './invitation.js';

const lifeMs = 7 * dayMs;
const openMax = 100; // of one tenant, or to the staff: nobody needs more at once

export interface Invited {
  invitation: InvitationRow;
  /** Where the invited person takes the place. Shown here and never again. */
  url: string;
}

/**
 * Keeps a place among the staff for somebody, for a week, and sends them the link. One invitation per address is open: a new one takes the place of the last.
 * Refuses with EMAIL_INVALID, INVALID (a role that is none, too many open invitations).
 */
export async function inviteStaff(work: Work, viewer: Viewer, input: { email: string; role: StaffRole }): Promise<Invited> {
  authorize(viewer, 'inviteStaff', null);
  checkRole(input.role, staffRoles);
  return invite(work, viewer, null, input);
}

/** The same for a place in a seller's account. Members do everything but disconnect, hand out keys and invite. */
export async function inviteToAccount(work: Work, viewer: Viewer, input: { accountId: string; email: string; role: SeatRole }): Promise<Invited> {
  authorize(viewer, 'inviteToAccount', input);
  checkRole(input.role, seatRoles);
  const account = await work.read.selectFrom('account').select('tenantId').where('id', '=', input.accountId).executeTakeFirst();
  if (!account) throw notFound('account', input.accountId);
  return invite(work, viewer, account.tenantId, input);
}

async function invite(
  work: Work,
  viewer: Viewer,
  tenantId: string | null,
  { email, role }: { email: string; role: StaffRole | SeatRole },
): Promise<Invited> {
  checkEmail(email, ['email']);
  const token = randomBytes(32).toString('base64url');
  const url = `${work.config.publicUrl}/invitation/${token}`;
  const invitation = await atomically(work, async (tx) => {
    await withdrawOpen(tx, tenantId, emailKey(email));
    await checkCount(tx, tenantId);
    const now = tx.wallClock.now();
    await writeLetter(tx, work, { kind: 'INVITATION', email, link: url });
    return tx.sql
      .insertInto('invitation')
      .values({
        id: newId('invitation', tx.wallClock),
        tenantId,
        email,
        emailKey: emailKey(email),
        role,
        tokenSha256: sha256(token),
        invitedBy: actorOf(viewer),
        createdAt: now,
        expiresAt: later(now, lifeMs),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return { invitation, url };
}

function checkRole(role: string, known: readonly string[]): void {
  if (!known.includes(role))
    throw new Refusal('INVALID', `${JSON.stringify(role.slice(0, 40))} is no role here.`, ['role'], `Use ${known.join(', ')}.`);
}

async function withdrawOpen(tx: Tx, tenantId: string | null, key: string): Promise<void> {
  await tx.sql
    .updateTable('invitation')
    .set({ withdrawnAt: tx.wallClock.now() })
    .where('tenantId', 'is not distinct from', tenantId)
    .where('emailKey', '=', key)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .execute();
}

async function checkCount(tx: Tx, tenantId: string | null): Promise<void> {
  const { count } = await tx.sql
    .selectFrom('invitation')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('tenantId', 'is not distinct from', tenantId)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', tx.wallClock.now())
    .executeTakeFirstOrThrow();
  if (Number(count) >= openMax) throw new Refusal('INVALID', `${count} invitations are open already.`, null, 'Withdraw some of them.');
}

/** Ends an invitation nobody has taken up. Refuses with CONFLICT one that was. Safe to repeat. */
export async function withdrawInvitation(work: Work, viewer: Viewer, id: string): Promise<InvitationRow> {
  authorize(viewer, 'withdrawInvitation', ownAccountOf(viewer));
  const found = isId('invitation', id)
    ? await work.read
        .selectFrom('invitation')
        .leftJoin('account', 'account.tenantId', 'invitation.tenantId')
        .selectAll('invitation')
        .select('account.id as accountId')
        .where('invitation.id', '=', id)
        .executeTakeFirst()
    : undefined;
  const owner = found?.accountId ? { accountId: found.accountId } : null;
  if (!found || !isAllowed(viewer, 'withdrawInvitation', owner)) throw notFound('invitation', id);

  const { numUpdatedRows } = await atomically(work, (tx) =>
    tx.sql
      .updateTable('invitation')
      .set((row) => ({ withdrawnAt: row.fn.coalesce('withdrawnAt', row.val(tx.wallClock.now())) }))
      .where('id', '=', id)
      .where('acceptedAt', 'is', null)
      .executeTakeFirst(),
  );
  if (numUpdatedRows === 0n) throw new Refusal('CONFLICT', 'This invitation was taken up.', ['id'], 'End the person’s place instead.');
  return work.read.selectFrom('invitation').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** The invitations nobody has taken up yet, newest first: to an account, or where none is named to the staff. At most 100. */
export async function openInvitations(work: Work, viewer: Viewer, filter: { accountId: string | null }): Promise<InvitationRow[]> {
  const accountId = filter.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'invitations', accountId === null ? null : { accountId });
  return work.read
    .selectFrom('invitation')
    .leftJoin('account', 'account.tenantId', 'invitation.tenantId')
    .selectAll('invitation')
    .where('account.id', 'is not distinct from', accountId)
    .where('acceptedAt', 'is', null)
    .where('withdrawnAt', 'is', null)
    .where('expiresAt', '>', work.wallClock.now())
    .orderBy('invitation.id', 'desc')
    .limit(openMax)
    .execute();
}
