import { sql } from 'kysely';
import { countLetter } from '../access/counting.js';
import { sendsMail, writeLetter } from '../access/mail/letter.js';
import type { Mail } from '../access/mail/wording.js';
import { enterShop } from '../access/shops.js';
import { at, later, minuteMs } from '../base/clock.js';
import { checkEmail, emailKey } from '../base/email.js';
import { Refusal } from '../base/errors.js';
import { formatMoney } from '../base/money.js';
import { seal, unseal } from '../base/sealing.js';
import { atomically, type Work } from '../db/work.js';
import { endMembership } from './canceling.js';
import { hasEnded, type MembershipRow } from './membership.js';
import type { PaymentRow } from './payment.js';

const purpose = 'managing a membership';
/** How long a link works; who comes later asks for another. */
export const manageLinkMs = 30 * minuteMs;
const historyMax = 24; // payments shown: two years of months
const listedMax = 20; // memberships in a letter

/** Where a member looks after their membership without signing in. Whoever has the address may: it goes to the member alone, and works for 30 minutes. */
export function manageLink(work: Work, { id, accountId }: Pick<MembershipRow, 'id' | 'accountId'>): string {
  const until = later(work.wallClock.now(), manageLinkMs).getTime();
  return `${work.config.publicUrl}/m/${seal(work.config.sealingKeys, purpose, `${accountId} ${id} ${until}`)}`;
}

/** A membership as its member sees it. */
export interface OwnMembership {
  membership: MembershipRow;
  seller: string;
  /** What they paid for it, the newest first. */
  payments: PaymentRow[];
}

/** The membership that a link is for; null where it was changed, is over, or is for none any more. */
export async function findByLink(work: Work, token: string): Promise<OwnMembership | null> {
  const [accountId = '', id = '', until = ''] = opened(work, token)?.split(' ') ?? [];
  if (accountId === '' || at(Number(until)) <= work.wallClock.now()) return null;
  await enterShop(work, { accountId });
  const [membership, account] = await Promise.all([
    work.read.selectFrom('membership').selectAll().where('id', '=', id).where('accountId', '=', accountId).executeTakeFirst(),
    work.read.selectFrom('account').select('displayName').where('id', '=', accountId).executeTakeFirst(),
  ]);
  if (!membership || !account) return null;
  const payments = await work.read
    .selectFrom('payment')
    .selectAll()
    .where('membershipId', '=', membership.id)
    .orderBy('id', 'desc')
    .limit(historyMax)
    .execute();
  return { membership, seller: account.displayName, payments };
}

function opened(work: Work, token: string): string | null {
  try {
    return unseal(work.config.sealingKeys, purpose, token);
  } catch {
    return null; // made by nobody here, or under a key that is no longer used
  }
}

/** Ends the membership of a link when what is paid for is over. Refuses with STRIPE_UNAVAILABLE, STRIPE_REFUSED. Safe to repeat. */
export async function endByLink(work: Work, { membership }: OwnMembership): Promise<void> {
  await endMembership(work, membership, true);
}

/**
 * Has links sent to a member, one for each membership of that address. Answers the same, after the same time, where nobody has it.
 * Refuses with EMAIL_INVALID, INVALID where this server sends no mail; RATE_LIMITED as other letters are.
 */
export async function askForManageLinks(work: Work, { email }: { email: string }): Promise<void> {
  checkEmail(email, ['email']);
  if (!sendsMail(work)) throw new Refusal('INVALID', 'This server sends no mail.', null, 'Ask whoever you pay to end the membership.');
  await countLetter(work, email);
  await atomically(work, (tx) => writeLetter(tx, work, { kind: 'MEMBERSHIPS', email }));
}

/** What stands in that letter; null where the address has no membership that goes on. */
export async function letterToMember(work: Work, email: string): Promise<Mail | null> {
  const found = await work.read
    .selectFrom('membership')
    .innerJoin('account', 'account.id', 'membership.accountId')
    .selectAll('membership')
    .select('account.displayName')
    .where(sql<string>`lower(membership.email)`, '=', emailKey(email))
    .orderBy('membership.id', 'desc')
    .limit(listedMax)
    .execute();
  const going = found.filter((membership) => !hasEnded(membership));
  if (going.length === 0) return null;
  const links = going.map((one) => `${one.displayName}, ${formatMoney(one.priceMinor, one.currency)}:\n${manageLink(work, one)}`);
  return {
    to: email,
    subject: 'Your memberships',
    text: `Here you look after your memberships, or end them. Each link works for 30 minutes; whoever has it can use it.\n\n${links.join('\n\n')}\n\nIf you did not ask for this, do nothing.\n`,
  };
}
