import { sql } from 'kysely';
import { notFound, Refusal } from '../../base/errors.js';
import { atomically, type Tx, type Work } from '../../db/work.js';
import { type SeatRole, type StaffRole, staffRoles } from '../people.js';
import { authorize, isAllowed } from '../permissions.js';
import { actorOf, ownAccountOf, type Viewer } from '../viewer.js';

/** Somebody with a place: among the staff, or in a seller's account. */
export interface Place<R> {
  id: string;
  name: string;
  email: string;
  role: R;
  createdAt: Date;
  /** When they were last seen, to the minute; null while they have not signed in, or have signed out everywhere. */
  lastSeenAt: Date | null;
}

const placesMax = 500; // of one account, or of the staff

/** The marketplace's staff, by name. */
export async function listStaff(work: Work, viewer: Viewer): Promise<Place<StaffRole>[]> {
  authorize(viewer, 'staff', null);
  const rows = await work.read
    .selectFrom('person')
    .select(['id', 'name', 'email', 'staffRole', 'createdAt'])
    .select(lastSeen)
    .where('staffRole', 'is not', null)
    .orderBy('name')
    .limit(placesMax)
    .execute();
  return rows.map(({ staffRole, ...row }) => ({ ...row, role: staffRole as StaffRole }));
}

/** The people in a seller's account, by name. */
export async function listSeats(work: Work, viewer: Viewer, accountId: string): Promise<Place<SeatRole>[]> {
  authorize(viewer, 'seats', { accountId });
  return work.read
    .selectFrom('person')
    .innerJoin('seat', 'seat.personId', 'person.id')
    .innerJoin('account', 'account.tenantId', 'seat.tenantId')
    .select(['person.id', 'person.name', 'person.email', 'seat.role', 'seat.createdAt'])
    .select(lastSeen)
    .where('account.id', '=', accountId)
    .orderBy('person.name')
    .limit(placesMax)
    .execute();
}

const lastSeen = sql<Date | null>`(select max(last_seen_at) from sign_in_session where person_id = person.id and revoked_at is null)`.as(
  'lastSeenAt',
);

/**
 * Gives a member of the staff another role, or with null takes them off the staff and signs them out everywhere.
 * Refuses with CONFLICT to change one's own, and to leave the marketplace without an administrator; of two who would, one stays.
 */
export async function setStaffRole(work: Work, viewer: Viewer, input: { personId: string; role: StaffRole | null }): Promise<Place<StaffRole>[]> {
  authorize(viewer, 'setStaffRole', null);
  const { personId, role } = input;
  if (role !== null && !staffRoles.includes(role))
    throw new Refusal('INVALID', 'This is no role of the staff.', ['role'], `Use ${staffRoles.join(', ')}.`);
  if (personId === actorOf(viewer)) throw new Refusal('CONFLICT', 'Nobody changes their own role.', ['personId'], 'Ask another administrator.');

  await inTurn(work, 'the_last_administrator_stays', 'The last administrator stays.', async (tx) => {
    const { numUpdatedRows } = await tx.sql
      .updateTable('person')
      .set({ staffRole: role })
      .where('id', '=', personId)
      .where('staffRole', 'is not', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw notFound('member of the staff', personId);
    if (role === null) await signOutEverywhere(tx, personId);
  });
  return listStaff(work, viewer);
}

/**
 * Takes somebody out of a seller's account and signs them out everywhere. Refuses with CONFLICT to end one's own place,
 * and to leave an account without an owner. NOT_FOUND for anybody who has no place there.
 */
export async function endSeat(work: Work, viewer: Viewer, personId: string): Promise<string> {
  authorize(viewer, 'endSeat', ownAccountOf(viewer));
  const seat = await work.read
    .selectFrom('seat')
    .innerJoin('account', 'account.tenantId', 'seat.tenantId')
    .select('account.id as accountId')
    .where('personId', '=', personId)
    .executeTakeFirst();
  if (!seat || !isAllowed(viewer, 'endSeat', seat)) throw notFound('person', personId);
  if (personId === actorOf(viewer)) throw new Refusal('CONFLICT', 'Nobody ends their own place.', ['personId'], 'Ask another owner.');

  await inTurn(work, 'the_last_owner_stays', 'The last owner of an account stays.', async (tx) => {
    await signOutEverywhere(tx, personId); // first: without the place, they are nobody we see
    await tx.sql.deleteFrom('seat').where('personId', '=', personId).execute();
  });
  return seat.accountId;
}

async function signOutEverywhere(tx: Tx, personId: string): Promise<void> {
  await tx.sql
    .updateTable('signInSession')
    .set({ revokedAt: tx.wallClock.now() })
    .where('personId', '=', personId)
    .where('revokedAt', 'is', null)
    .execute();
}

/** Runs a change that the database refuses where it would leave a place empty that must not be. */
async function inTurn(work: Work, constraint: string, told: string, change: (tx: Tx) => Promise<void>): Promise<void> {
  try {
    await atomically(work, change);
  } catch (error) {
    if (!(error instanceof Error && 'constraint' in error && error.constraint === constraint)) throw error;
    throw new Refusal('CONFLICT', told, ['personId'], 'Make somebody else one first.');
  }
}
