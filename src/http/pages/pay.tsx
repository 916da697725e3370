import type { AccountRow } from '../../accounts/account.js';
import { formatMoney } from '../../base/money.js';
import type { Quote } from '../../payments/commission.js';
import { Guard, type Guarded } from './guard.js';
import { layout, Notice, Problem } from './layout.js';

export interface Refused {
  message: string;
  remedy: string | null;
}

export interface PayPage {
  account: AccountRow;
  ready: boolean;
  /** What each way of paying costs now; null where it is not offered. */
  membership: Quote | null;
  oneTime: Quote | null;
  test: boolean;
  locale: string;
  /** As it was typed, kept when something was refused. */
  email: string;
  canceled: boolean;
  refused: Refused | null;
  guarded: Guarded;
}

/** The rhythm of a membership in words. */
export const every = { WEEK: 'a week', MONTH: 'a month', YEAR: 'a year' };

/** A seller's public page: an e-mail address and a button for each way to pay. */
export function payPage(page: PayPage): string {
  const { account, ready, membership, oneTime, refused } = page;
  const price = (quote: Quote) => formatMoney(quote.totalChargedMinor, quote.currency, page.locale);
  return layout(
    { title: `Pay ${account.displayName}`, test: page.test },
    <div className="card">
      <h1>{account.displayName}</h1>
      {page.canceled && <Notice text="You left before paying. Nothing was charged." />}
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      {!ready && <p>{account.displayName} cannot take payments yet. Please come back later.</p>}
      {ready && !membership && !oneTime && <p>{account.displayName} offers nothing to pay for at the moment.</p>}
      {ready && (membership || oneTime) && (
        <form method="post">
          <label htmlFor="email">Your e-mail address</label>
          <input
            id="email"
            name="email"
            type="email"
            autoComplete="email"
            required
            maxLength={254}
            defaultValue={page.email}
            aria-invalid={refused ? true : undefined}
            aria-describedby="told"
          />
          <Guard {...page.guarded} />
          {membership && (
            <button type="submit" name="kind" value="membership">
              Join for {price(membership)} {every[account.membershipInterval]}
            </button>
          )}
          {oneTime && (
            <button type="submit" name="kind" value="one-time" className={membership ? 'plain' : undefined}>
              Pay {price(oneTime)} once
            </button>
          )}
          <p id="told" className="soft">
            {oneTime?.feeMode === 'ADDED' && oneTime.platformFeeMinor > 0 && (
              <>Paying once includes a service fee of {formatMoney(oneTime.platformFeeMinor, oneTime.currency, page.locale)}. </>
            )}
            You pay on Stripe’s secure page. The payment goes to {account.displayName}.
          </p>
        </form>
      )}
    </div>,
  );
}

/** What a buyer's payment came to. */
export type Outcome =
  | { kind: 'paid'; amount: string; paidAt: Date; reference: string }
  /** `manage` is where they look after it. */
  | { kind: 'member'; since: Date; amount: string; manage: string }
  | { kind: 'ended'; since: Date }
  | { kind: 'processing' }
  | { kind: 'unpaid' }
  | { kind: 'expired' }
  | { kind: 'unavailable'; message: string; remedy: string | null };

export interface ReturnPage {
  account: AccountRow;
  outcome: Outcome;
  email: string;
  test: boolean;
  /** The page they came from. */
  back: { path: string; name: string };
}

/** Where Stripe sends the buyer back to. Says what happened, with as much of their address as they need to recognise it. */
export function returnPage({ account, outcome, email, test, back }: ReturnPage): string {
  const again = <a href={back.path}>Back to {back.name}</a>;
  const waiting = outcome.kind === 'processing' || outcome.kind === 'unavailable';
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return layout(
    { title: account.displayName, test, ...(waiting ? { refreshSeconds: 3 } : {}) },
    <div className="card">
      {outcome.kind === 'paid' && (
        <>
          <h1>Paid: {outcome.amount}</h1>
          <p role="status">
            Thank you. {account.displayName} has your payment of {day(outcome.paidAt)}. Stripe sends the receipt to {email}.
          </p>
          <p className="soft">
            To ask about it, name <code>{outcome.reference}</code>.
          </p>
        </>
      )}
      {outcome.kind === 'member' && (
        <>
          <h1>Welcome, member</h1>
          <p role="status">
            You are a member of {account.displayName} since {day(outcome.since)}, for {outcome.amount}. Stripe sends the receipt to {email}.
          </p>
          <p>
            <a href={outcome.manage}>Look after your membership, or end it</a>
          </p>
        </>
      )}
      {outcome.kind === 'ended' && (
        <>
          <h1>This membership has ended</h1>
          <p role="status">
            You became a member of {account.displayName} on {day(outcome.since)}. That has ended: nothing more is charged.
          </p>
        </>
      )}
      {outcome.kind === 'processing' && (
        <>
          <h1>Your bank is still working on it</h1>
          <p role="status">This page looks again by itself. You can also close it: the payment goes on without it.</p>
        </>
      )}
      {outcome.kind === 'unpaid' && (
        <>
          <h1>Not paid yet</h1>
          <p role="status">Nothing was charged. You can go back and try again.</p>
        </>
      )}
      {outcome.kind === 'expired' && (
        <>
          <h1>This checkout has expired</h1>
          <p role="status">Nothing was charged. You can start again.</p>
        </>
      )}
      {outcome.kind === 'unavailable' && (
        <>
          <h1>We could not look yet</h1>
          <Problem message={outcome.message} remedy={outcome.remedy} />
          <p>If you have paid, nothing is lost. This page looks again by itself.</p>
        </>
      )}
      {again}
    </div>,
  );
}
