import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { type SeatRole as InAccount, type StaffRole as OfStaff } from '../src/access/people.js';
import type { InvitationRow } from '../src/access/seats/invitation.js';
import { type Invited, inviteStaff, inviteToAccount, openInvitations, withdrawInvitation } from '../src/access/seats/inviting.js';
import { endSeat, listSeats, listStaff, setStaffRole } from '../src/access/seats/places.js';
import { answer, enumOf, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

export const StaffRole = enumOf('StaffRole', 'What a member of the marketplace’s staff may do.', {
  VIEWER: 'Look.',
  OPERATOR: 'Look and act.',
  ADMIN: 'Look, act and decide.',
} satisfies Record<OfStaff, string>);

export const SeatRole = enumOf('SeatRole', 'What a person may do in a seller’s account.', {
  OWNER: 'Everything.',
  MEMBER: 'Everything but disconnecting, API keys, and who is in the account.',
} satisfies Record<InAccount, string>);

@ObjectType('StaffMember', { description: 'A member of the marketplace’s staff.', simpleResolvers: true })
export class StaffMemberObject {
  @Field(() => ID, { description: 'The person’s id.' })
  id!: string;
  @Field(() => String, { description: 'What they are called.' })
  name!: string;
  @Field(() => String, { description: 'Where they sign in.' })
  email!: string;
  @Field(() => StaffRole, { description: 'What they may do.' })
  role!: OfStaff;
  @Field(() => DateTime, { description: 'When they came.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When they were last seen, to the minute; null where they are signed in nowhere.' })
  lastSeenAt!: Date | null;
}

@ObjectType('Seat', { description: 'A person’s place in a seller’s account.', simpleResolvers: true })
export class SeatObject {
  @Field(() => ID, { description: 'The person’s id.' })
  id!: string;
  @Field(() => String, { description: 'What they are called.' })
  name!: string;
  @Field(() => String, { description: 'Where they sign in.' })
  email!: string;
  @Field(() => SeatRole, { description: 'What they may do.' })
  role!: InAccount;
  @Field(() => DateTime, { description: 'Since when.' })
  createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When they were last seen, to the minute; null where they are signed in nowhere.' })
  lastSeenAt!: Date | null;
}

@ObjectType('Invitation', { description: 'A place kept for somebody.', simpleResolvers: true })
export class InvitationObject {
  @Field(() => ID, { description: 'The invitation’s id.' })
  id!: string;
  @Field(() => String, { description: 'Whom it is for.' })
  email!: string;
  @Field(() => String, { description: 'The role it is to: of the staff, or in the account.' })
  role!: string;
  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTime, { description: 'When it ends by itself.' })
  expiresAt!: Date;
  @Field(() => DateTime, { nullable: true, description: 'When it was withdrawn; null where it was not.' })
  withdrawnAt!: Date | null;
}

@InputType('InviteStaffInput', { description: 'Whom to invite to the staff.' })
export class InviteStaffInput {
  @Field(() => String, { description: 'Their e-mail address.' })
  email!: string;
  @Field(() => StaffRole, { description: 'What they will be.' })
  role!: OfStaff;
}

@InputType('InviteToAccountInput', { description: 'Whom to invite to an account.' })
export class InviteToAccountInput {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;
  @Field(() => String, { description: 'Their e-mail address.' })
  email!: string;
  @Field(() => SeatRole, { description: 'What they will be.' })
  role!: InAccount;
}

@InputType('WithdrawInvitationInput', { description: 'An invitation to end.' })
export class WithdrawInvitationInput {
  @Field(() => ID, { description: 'The invitation.' })
  id!: string;
}

@InputType('SetStaffRoleInput', { description: 'Another role for a member of the staff.' })
export class SetStaffRoleInput {
  @Field(() => ID, { description: 'The person.' })
  personId!: string;
  @Field(() => StaffRole, { nullable: true, description: 'What they are from now on; null takes them off the staff.' })
  role?: OfStaff | null;
}

@InputType('EndSeatInput', { description: 'A place in an account to end.' })
export class EndSeatInput {
  @Field(() => ID, { description: 'The person.' })
  personId!: string;
}

@ObjectType('InvitationPayload', { description: 'The invitation, or why there is none.', simpleResolvers: true })
export class InvitationPayload {
  @Field(() => InvitationObject, { nullable: true, description: 'Null where it was refused.' })
  invitation!: InvitationObject | null;
  @Field(() => String, {
    nullable: true,
    description: 'Where the place is taken up, once. Shown here and never again: give it to that person alone.',
  })
  url!: string | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('StaffPayload', { description: 'The staff after a change, or why there was none.', simpleResolvers: true })
export class StaffPayload {
  @Field(() => [StaffMemberObject], { nullable: true, description: 'Null where it was refused.' })
  staff!: StaffMemberObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('SeatsPayload', { description: 'The people in an account after a change, or why there was none.', simpleResolvers: true })
export class SeatsPayload {
  @Field(() => [SeatObject], { nullable: true, description: 'Null where it was refused.' })
  seats!: SeatObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class PeopleResolver {
  @Query(() => [StaffMemberObject], { description: 'The marketplace’s staff, by name. For staff.' })
  staff(@Ctx() { work, viewer }: Context): Promise<StaffMemberObject[]> {
    return listStaff(work, viewer);
  }

  @Query(() => [SeatObject], { description: 'The people in an account, by name, for them and for staff.' })
  seats(@Arg('accountId', () => ID, { description: 'The account.' }) accountId: string, @Ctx() { work, viewer }: Context): Promise<SeatObject[]> {
    return listSeats(work, viewer, accountId);
  }

  @Query(() => [InvitationObject], {
    description: 'The invitations nobody has taken up yet, newest first: to an account for its owners, else to the staff.',
  })
  invitations(
    @Arg('accountId', () => ID, { nullable: true, description: 'The account; where absent the seller’s own, or for staff the staff.' }) accountId:
      | string
      | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<InvitationObject[]> {
    return openInvitations(work, viewer, { accountId: accountId ?? null });
  }

  @Mutation(() => InvitationPayload, {
    description: 'Keeps a place among the staff for somebody, for a week. Administrators only. Refuses with: EMAIL_INVALID, INVALID.',
  })
  inviteStaff(@Arg('input', () => InviteStaffInput, { description: 'Whom.' }) input: InviteStaffInput, @Ctx() { work, viewer }: Context) {
    return invited(() => inviteStaff(work, viewer, input));
  }

  @Mutation(() => InvitationPayload, {
    description: 'Keeps a place in an account for somebody, for a week. For its owners and for administrators. Refuses with: EMAIL_INVALID, INVALID.',
  })
  inviteToAccount(@Arg('input', () => InviteToAccountInput, { description: 'Whom.' }) input: InviteToAccountInput, @Ctx() { work, viewer }: Context) {
    return invited(() => inviteToAccount(work, viewer, input));
  }

  @Mutation(() => InvitationPayload, { description: 'Ends an invitation nobody has taken up. Safe to repeat. Refuses with: CONFLICT.' })
  withdrawInvitation(
    @Arg('input', () => WithdrawInvitationInput, { description: 'Which.' }) { id }: WithdrawInvitationInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer(nobody, async () => ({ invitation: invitationObject(await withdrawInvitation(work, viewer, id)), url: null }));
  }

  @Mutation(() => StaffPayload, {
    description:
      'Gives a member of the staff another role, or takes them off it and signs them out. Administrators only, and never one’s own; the last administrator stays. Refuses with: CONFLICT.',
  })
  setStaffRole(
    @Arg('input', () => SetStaffRoleInput, { description: 'Whose, and what.' }) { personId, role }: SetStaffRoleInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return answer({ staff: null as StaffMemberObject[] | null }, async () => ({
      staff: await setStaffRole(work, viewer, { personId, role: role ?? null }),
    }));
  }

  @Mutation(() => SeatsPayload, {
    description:
      'Takes somebody out of an account and signs them out. For its other owners and for administrators; the last owner stays. Refuses with: CONFLICT.',
  })
  endSeat(@Arg('input', () => EndSeatInput, { description: 'Whose.' }) { personId }: EndSeatInput, @Ctx() { work, viewer }: Context) {
    return answer({ seats: null as SeatObject[] | null }, async () => ({
      seats: await listSeats(work, viewer, await endSeat(work, viewer, personId)),
    }));
  }
}

const nobody = { invitation: null as InvitationObject | null, url: null as string | null };

function invited(run: () => Promise<Invited>) {
  return answer(nobody, async () => {
    const { invitation, url } = await run();
    return { invitation: invitationObject(invitation), url: url as string | null };
  });
}

function invitationObject({ id, email, role, createdAt, expiresAt, withdrawnAt }: InvitationRow): InvitationObject {
  return { id, email, role, createdAt, expiresAt, withdrawnAt };
}
