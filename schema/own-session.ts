import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { changePassword, listSessions, type OwnSession, revokeSession } from '../src/access/own-sessions.js';
import { stepUp } from '../src/access/stepping-up.js';
import { answer, UserErrorObject } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

@ObjectType('SignInSession', { description: 'A browser in which the caller is signed in.', simpleResolvers: true })
export class SignInSessionObject {
  @Field(() => ID, { description: 'To name it by; it opens nothing.' })
  id!: string;
  @Field(() => DateTime, { description: 'When they signed in.' })
  createdAt!: Date;
  @Field(() => DateTime, { description: 'When it was last used, to the minute.' })
  lastSeenAt!: Date;
  @Field(() => DateTime, { description: 'When it ends by itself, however much it is used.' })
  expiresAt!: Date;
  @Field(() => Boolean, { description: 'Whether it is the one that asks.' })
  current!: boolean;
}

@InputType('RevokeSessionInput', { description: 'A session to end.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'The session.' })
  id!: string;
}

@InputType('ChangePasswordInput', { description: 'Another password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The present one.' })
  currentPassword!: string;
  @Field(() => String, { description: 'The new one: 10 to 128 characters.' })
  newPassword!: string;
}

@InputType('StepUpInput', { description: 'What shows that it is still the caller.' })
export class StepUpInput {
  @Field(() => String, { nullable: true, description: 'Their password; taken where they have no one-time codes.' })
  password?: string | null;
  @Field(() => String, { nullable: true, description: 'A one-time code, where they have those.' })
  code?: string | null;
}

@ObjectType('StepUpPayload', { description: 'Until when the caller is not asked again, or why they were refused.', simpleResolvers: true })
export class StepUpPayload {
  @Field(() => DateTime, { nullable: true, description: 'Null where it was refused.' })
  steppedUpUntil!: Date | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('SessionsPayload', { description: 'Where the caller is signed in after a change, or why there was none.', simpleResolvers: true })
export class SessionsPayload {
  @Field(() => [SignInSessionObject], { nullable: true, description: 'Null where it was refused.' })
  sessions!: SignInSessionObject[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class OwnSessionResolver {
  @Query(() => [SignInSessionObject], { description: 'Where the caller is signed in, last seen first. For people.' })
  sessions(@Ctx() { work, viewer }: Context): Promise<SignInSessionObject[]> {
    return listSessions(work, viewer);
  }

  @Mutation(() => SessionsPayload, { description: 'Signs the caller out in one of their browsers. Safe to repeat.' })
  revokeSession(@Arg('input', () => RevokeSessionInput, { description: 'Which.' }) { id }: RevokeSessionInput, @Ctx() { work, viewer }: Context) {
    return changed(() => revokeSession(work, viewer, id));
  }

  @Mutation(() => SessionsPayload, { description: 'Gives the caller another password and signs them out everywhere else. Refuses with: INVALID.' })
  changePassword(@Arg('input', () => ChangePasswordInput, { description: 'Both.' }) input: ChangePasswordInput, @Ctx() { work, viewer }: Context) {
    return changed(() => changePassword(work, viewer, input));
  }

  @Mutation(() => StepUpPayload, {
    description:
      'Takes the caller’s password again, or a one-time code where they have those. What moves money or rights is refused with FORBIDDEN and the reason STEP_UP_REQUIRED to a person who did not give it within the last five minutes, at sign-in or here. Refuses with: INVALID.',
  })
  stepUp(@Arg('input', () => StepUpInput, { description: 'What shows it.' }) input: StepUpInput, @Ctx() { work, viewer, renewSession }: Context) {
    return answer({ steppedUpUntil: null as Date | null }, async () => {
      const { until, token } = await stepUp(work, viewer, input);
      if (token !== null) renewSession?.(token);
      return { steppedUpUntil: until as Date | null };
    });
  }
}

function changed(run: () => Promise<OwnSession[]>) {
  return answer({ sessions: null as OwnSession[] | null }, async () => ({ sessions: await run() }));
}
