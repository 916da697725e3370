import { generate } from 'otplib';
import type { Api } from './api.js';

/** What a device shows, so many half minutes from now. */
export function codeOf({ app }: Api['world'], secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor(app.openWork().wallClock.now().getTime() / 1_000) + 30 * steps });
}

/** Sets one-time codes up for somebody, with a code of half a minute ago: none before the present one is taken any more. */
export async function enrol(person: Api): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { startSecondFactor } = await person.run<{ startSecondFactor: { secret: string } }>('mutation { startSecondFactor { secret } }');
  const { secret } = startSecondFactor;
  const confirm = async () => {
    const { confirmSecondFactor } = await person.run<{ confirmSecondFactor: { recoveryCodes: string[] | null } }>(
      'mutation ($code: String!) { confirmSecondFactor(input: { code: $code }) { recoveryCodes } }',
      { code: await codeOf(person.world, secret, -1) },
    );
    return confirmSecondFactor.recoveryCodes ?? [];
  };
  const recoveryCodes = await confirm();
  return { secret, recoveryCodes: recoveryCodes.length > 0 ? recoveryCodes : await confirm() }; // the half minute may have turned on the way
}
