import { countSignUp } from '../access/counting.js';
import { checkPassword, hashPassword } from '../access/passwords.js';
import { createPerson, findViewer, openSession, type SignedIn } from '../access/sessions.js';
import { checkEmail } from '../base/email.js';
import { Refusal } from '../base/errors.js';
import { newId, newPublicId } from '../base/ids.js';
import { checkLine, nameLength } from '../base/text.js';
import { atomically, type Work } from '../db/work.js';

/**
 * Makes a person, their tenant and its account, and signs them in.
 * Refuses with INVALID (name, password) and EMAIL_INVALID; an address that cannot be used, because it has an account, is refused after the same time.
 * Nothing is half made: all of it is one transaction. Of two at once with one address, one is made and the other refused.
 */
export async function signUp(work: Work, input: { name: string; email: string; password: string }): Promise<SignedIn> {
  const name = checkLine(input.name, nameLength, ['name']);
  checkEmail(input.email, ['email']);
  checkPassword(input.password, ['password']);
  await countSignUp(work);
  const passwordHash = await hashPassword(input.password);

  const token = await atomically(work, async (tx) => {
    const personId = await createPerson(tx, { name, email: input.email, passwordHash, staffRole: null });
    if (personId === null) throw unusable();
    const createdAt = tx.clock.now();
    const tenantId = newId('tenant', tx.clock);
    await tx.sql.insertInto('tenant').values({ id: tenantId, name, createdAt }).execute();
    await tx.sql.insertInto('seat').values({ tenantId, personId, role: 'OWNER', createdAt }).execute();
    await tx.sql
      .insertInto('account')
      .values({
        id: newPublicId('account'),
        tenantId,
        displayName: name,
        membershipPriceMinor: null,
        membershipCurrency: null,
        membershipInterval: 'MONTH',
        oneTimePriceMinor: null,
        oneTimeCurrency: null,
        onboardingStartedAt: null,
        createdAt,
      })
      .execute();
    return openSession(tx, personId);
  });
  return { viewer: await findViewer(work, token), token };
}

function unusable(): Refusal {
  return new Refusal('EMAIL_INVALID', 'This e-mail address cannot be used to sign up.', ['email'], 'If it is yours, sign in; otherwise use another.');
}
