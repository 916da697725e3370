import type { Seller } from '../access/viewer.js';
import type { BillingInterval } from '../accounts/account.js';
import { startOnboarding } from '../accounts/onboarding.js';
import { setMembershipPrice, setOneTimePrice } from '../accounts/pricing.js';
import { syncOnboarding } from '../accounts/syncing.js';
import { instantOfText } from '../base/clock.js';
import { Refusal } from '../base/errors.js';
import { minorOfText } from '../base/money.js';
import type { Work } from '../db/work.js';
import { createOffering } from '../offerings/creation.js';
import { cancelMembership } from '../payments/canceling.js';
import { disconnectAccount } from '../payments/disconnecting.js';
import { refundPayment } from '../payments/refunding.js';

/** A form's fields as they came. */
export type Fields = Record<string, string>;

/** What a form of the dashboard does, and where it leads. */
export const sellerActions: Record<string, (work: Work, viewer: Seller, fields: Fields) => Promise<string>> = {
  start: async (work, viewer, { country }) =>
    (await startOnboarding(work, viewer, { accountId: viewer.accountId, country: country || null })).onboardingUrl,
  'refresh-status': async (work, viewer) => {
    await syncOnboarding(work, viewer, viewer.accountId);
    return '/connect?did=returned';
  },
  'membership-price': async (work, viewer, fields) => {
    await setMembershipPrice(work, viewer, { ...priceOf(viewer, fields), interval: (fields['interval'] as BillingInterval | undefined) ?? null });
    return '/connect?did=priced';
  },
  'one-time-price': async (work, viewer, fields) => {
    await setOneTimePrice(work, viewer, priceOf(viewer, fields));
    return '/connect?did=priced';
  },
  offering: async (work, viewer, fields) => {
    const { amountMinor, ...price } = priceOf(viewer, fields);
    if (amountMinor === null) throw new Refusal('INVALID', 'There is no price.', ['amount'], 'Write digits alone, like 25 or 25.50.');
    const refundableUntil = fields['refundableUntil'] ? instantIn(fields, 'refundableUntil') : null;
    const asked = {
      ...price,
      title: fields['title'] ?? '',
      unitPriceMinor: amountMinor,
      deliversAt: instantIn(fields, 'deliversAt'),
      refundableUntil,
    };
    await createOffering(work, viewer, asked);
    return '/connect?did=offered';
  },
  refund: async (work, viewer, fields) => {
    await refundPayment(work, viewer, {
      paymentId: fields['payment'] ?? '',
      amountMinor: null,
      reason: null,
      returnsFee: true,
      idempotencyKey: null,
    });
    return '/connect?did=refunded';
  },
  'end-membership': async (work, viewer, fields) => {
    await cancelMembership(work, viewer, { membershipId: fields['membership'] ?? '', atPeriodEnd: true });
    return '/connect?did=ended';
  },
  disconnect: async (work, viewer, fields) => {
    if (fields['sure'] !== 'DISCONNECT') throw new Refusal('INVALID', 'Nothing was disconnected.', ['sure'], 'Type DISCONNECT in capitals to go on.');
    await disconnectAccount(work, viewer, viewer.accountId);
    return '/connect?did=disconnected';
  },
};

/** What the dashboard says after an action, by the word in its address. */
export const sellerNotices = new Map(
  Object.entries({
    returned: 'Your status was read again from Stripe.',
    priced: 'Saved. Your public page shows it now.',
    offered: 'On sale. Share the address of its pay page below.',
    refunded: 'Refunded. The buyer’s bank shows it in 5 to 10 days.',
    ended: 'That membership ends with what is paid for, and is not renewed.',
    disconnected: 'Disconnected. Your payment history is kept below.',
  }),
);

/** The price somebody typed. Refuses with INVALID what is no amount. */
export function priceOf(viewer: Seller, { amount = '', currency = '' }: Fields) {
  const code = currency.toUpperCase();
  const amountMinor = amount.trim() === '' ? null : minorOfText(amount, code);
  if (Number.isNaN(amountMinor))
    throw new Refusal(
      'INVALID',
      `${JSON.stringify(amount.slice(0, 40))} is not an amount in ${code.slice(0, 8)}.`,
      ['amount'],
      'Write digits alone, like 25 or 25.50.',
    );
  return { accountId: viewer.accountId, amountMinor, currency: code };
}

function instantIn(fields: Fields, name: string): Date {
  const instant = instantOfText(fields[name] ?? '');
  if (instant) return instant;
  const came = fields[name] ? `${JSON.stringify(fields[name].slice(0, 40))} is not a day and a time.` : 'There is no day and time.';
  throw new Refusal('DATE_INVALID', came, [name], 'Write it like 2026-11-30T20:00, in UTC.');
}

/** The input of the form that a refusal is about, by the action's own name for it; null where it is about none. */
export function fieldOf({ path }: Refusal): string | null {
  const name = path?.at(-1) ?? null;
  return name === 'unitPrice' ? 'amount' : name;
}

/** The fields of a form that came once, as text. */
export function fieldsOf({ body }: { body: unknown }): Fields {
  return Object.fromEntries(Object.entries(body ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
