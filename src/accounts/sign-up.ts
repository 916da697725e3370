import { countLetter, countSignUp } from '../access/counting.js';
import { sendsMail, writeLetter } from '../access/mail/letter.js';
import { checkPassword, hashPassword } from '../access/passwords.js';
import { createPerson, findViewer, openSession, type SignedIn } from '../access/sessions.js';
import { assertSolved } from '../access/strangers/captcha.js';
import { checkEmail } from '../base/email.js';
import { Refusal } from '../base/errors.js';
import { newId, newPublicId } from '../base/ids.js';
import { checkLine, nameLength } from '../base/text.js';
import { atomically, type Tx, type Work } from '../db/work.js';

export interface SignUp {
  name: string;
  email: string;
  password: string;
}

/**
 * Makes a person, their tenant and its account, and signs them in; where mail is sent, a letter lets them confirm their address.
 * Refuses with INVALID (name, password, captcha) and EMAIL_INVALID; an address that cannot be used, because it has an account, is refused after the same time.
 * Nothing is half made: all of it is one transaction. Of two at once with one address, one is made and the other refused.
 */
export async function signUp(work: Work, input: SignUp): Promise<SignedIn> {
  const name = await check(work, input);
  const passwordHash = await hashPassword(input.password);
  const token = await atomically(work, async (tx) => {
    const personId = await createSeller(tx, work, { name, email: input.email, passwordHash });
    if (personId === null) throw unusable();
    await writeLetter(tx, work, { kind: 'SIGN_UP', email: input.email });
    return openSession(tx, personId);
  });
  return { viewer: await findViewer(work, token), token };
}

/**
 * The same where addresses are confirmed first: a letter tells what to do, and who has an account with this address already is told so there,
 * and nowhere else. Refuses as signing up does, but for that.
 */
export async function signUpByMail(work: Work, input: SignUp): Promise<void> {
  const name = await check(work, input);
  await countLetter(work, input.email);
  const passwordHash = await hashPassword(input.password);
  await atomically(work, async (tx) => {
    await createSeller(tx, work, { name, email: input.email, passwordHash });
    await writeLetter(tx, work, { kind: 'SIGN_UP', email: input.email });
  });
}

async function check(work: Work, { name, email, password }: SignUp): Promise<string> {
  const line = checkLine(name, nameLength, ['name']);
  checkEmail(email, ['email']);
  checkPassword(password, ['password']);
  await countSignUp(work);
  await assertSolved(work);
  return line;
}

/** A person with a tenant and an account of their own, their address not confirmed where a letter can ask for it; null where it is somebody's already. */
async function createSeller(
  tx: Tx,
  work: Work,
  { name, email, passwordHash }: { name: string; email: string; passwordHash: string },
): Promise<string | null> {
  const createdAt = tx.clock.now();
  const unconfirmedSince = sendsMail(work) ? createdAt : null;
  const personId = await createPerson(tx, { name, email, passwordHash, staffRole: null, unconfirmedSince });
  if (personId === null) return null;
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
      sharedAt: null,
      createdAt,
    })
    .execute();
  return personId;
}

function unusable(): Refusal {
  return new Refusal('EMAIL_INVALID', 'This e-mail address cannot be used to sign up.', ['email'], 'If it is yours, sign in; otherwise use another.');
}
