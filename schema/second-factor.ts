import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import {
  confirmSecondFactor,
  type Enrolment,
  removeSecondFactor,
  renewRecoveryCodes,
  startSecondFactor,
} from '../src/access/second-factor/enrolling.js';
import { answer, UserErrorObject } from './common.js';
import type { Context } from './context.js';

@InputType('ConfirmSecondFactorInput', { description: 'A first code.' })
export class ConfirmSecondFactorInput {
  @Field(() => String, { description: 'The six digits that the device shows.' })
  code!: string;
}

@ObjectType('SecondFactorPayload', { description: 'What a device makes codes from, or why there is nothing.', simpleResolvers: true })
export class SecondFactorPayload {
  @Field(() => String, { nullable: true, description: 'The secret in base 32. Shown here and never again; null where it was refused.' })
  secret!: string | null;
  @Field(() => String, { nullable: true, description: 'The same as an otpauth address, for a QR code; null where it was refused.' })
  uri!: string | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('RecoveryCodesPayload', { description: 'The codes that replace a lost device, or why there are none.', simpleResolvers: true })
export class RecoveryCodesPayload {
  @Field(() => [String], { nullable: true, description: 'Each signs in once. Shown here and never again; null where it was refused.' })
  recoveryCodes!: string[] | null;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@ObjectType('RemoveSecondFactorPayload', { description: 'Whether the caller signs in without one-time codes.', simpleResolvers: true })
export class RemoveSecondFactorPayload {
  @Field(() => Boolean, { description: 'Whether there are none any more.' })
  removed!: boolean;
  @Field(() => [UserErrorObject], { description: 'Why it was refused; empty where it was not.' })
  userErrors!: UserErrorObject[];
}

@Resolver()
export class SecondFactorResolver {
  @Mutation(() => SecondFactorPayload, {
    description:
      'Begins to set up one-time codes (RFC 6238) for the caller; nothing is asked for before a first code confirmed it. Refuses with: CONFLICT.',
  })
  startSecondFactor(@Ctx() { work, viewer }: Context) {
    return answer({ secret: null, uri: null } as { [field in keyof Enrolment]: string | null }, () => startSecondFactor(work, viewer));
  }

  @Mutation(() => RecoveryCodesPayload, {
    description: 'Takes a first code: from then on one is asked for at each sign-in. Refuses with: INVALID, CONFLICT.',
  })
  confirmSecondFactor(
    @Arg('input', () => ConfirmSecondFactorInput, { description: 'The code.' }) input: ConfirmSecondFactorInput,
    @Ctx() { work, viewer }: Context,
  ) {
    return codes(() => confirmSecondFactor(work, viewer, input));
  }

  @Mutation(() => RecoveryCodesPayload, {
    description: 'Other codes for a lost device; those there were are worth nothing. Refuses with: CONFLICT.',
  })
  renewRecoveryCodes(@Ctx() { work, viewer }: Context) {
    return codes(() => renewRecoveryCodes(work, viewer));
  }

  @Mutation(() => RemoveSecondFactorPayload, {
    description: 'Asks the caller for no more one-time codes. Safe to repeat. Refuses with: CONFLICT staff who must have them.',
  })
  removeSecondFactor(@Ctx() { work, viewer }: Context) {
    return answer({ removed: false }, async () => {
      await removeSecondFactor(work, viewer);
      return { removed: true };
    });
  }
}

function codes(run: () => Promise<string[]>) {
  return answer({ recoveryCodes: null as string[] | null }, async () => ({ recoveryCodes: (await run()) as string[] | null }));
}
