import { formatMoney } from '../../base/money.js';
import type { OwnMembership } from '../../payments/managing.js';
import { hasEnded } from '../../payments/membership.js';
import { statusOfPayment } from '../../payments/reading.js';
import { reachable } from './field.js';
import { layout, Notice, Problem } from './layout.js';
import { every, type Refused } from './pay.js';
import { inWords } from './seller/tables.js';

/** Asks a member for their address, to which the way to their memberships goes. */
export function membersPage({ email, refused, test }: { email: string; refused: Refused | null; test: boolean }): string {
  return layout(
    { title: 'Your memberships', test },
    <form method="post" className="card">
      <h1>Your memberships</h1>
      <p>See what you pay for, or end it. A link to each of your memberships goes to your e-mail address, and works for 30 minutes.</p>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="email">Your e-mail address</label>
      <input id="email" name="email" type="email" required maxLength={254} autoComplete="email" defaultValue={email} />
      <button type="submit">Send the links</button>
    </form>,
  );
}

/** Says the same to everybody, whether they are a member or not. */
export function linksSentPage({ email, test }: { email: string; test: boolean }): string {
  return layout(
    { title: 'Look into your mail', test },
    <div className="card">
      <h1>Look into your mail</h1>
      <p role="status">If {email} is a member’s address, a link is on its way there. It may take a minute; look where unwanted mail goes too.</p>
    </div>,
  );
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** A membership for its member: what it costs, when it goes on, what was paid, and the way to end it. */
export function membershipPage(page: { own: OwnMembership; notice: string | null; refused: Refused | null; test: boolean }): string {
  const { membership, seller, payments } = page.own;
  return layout(
    { title: `Your membership of ${seller}`, test: page.test },
    <>
      <form method="post" className="card">
        <h1>{seller}</h1>
        {page.notice && <Notice text={page.notice} />}
        {page.refused && <Problem message={page.refused.message} remedy={page.refused.remedy} />}
        <p>
          You are a member since {day(membership.createdAt)}, for {formatMoney(membership.priceMinor, membership.currency)}{' '}
          {every[membership.interval]}. {whatHappens(page.own)}
        </p>
        {!hasEnded(membership) && !membership.cancelAtPeriodEnd && (
          <>
            <button type="submit" className="danger">
              End my membership
            </button>
            <small>
              You keep what you have paid for{membership.currentPeriodEnd && `, until ${day(membership.currentPeriodEnd)}`}. Nothing more is charged.
            </small>
          </>
        )}
      </form>
      {payments.length > 0 && (
        <div className="card">
          <h2>What you paid</h2>
          <section className="scroll" aria-label="What you paid" {...reachable}>
            <table>
              <tbody>
                {payments.map((payment) => (
                  <tr key={payment.id}>
                    <td>{day(payment.paidAt)}</td>
                    <td className="n">{formatMoney(payment.amountMinor, payment.currency)}</td>
                    <td>{statusOfPayment(payment) === 'PAID' ? 'paid' : inWords(statusOfPayment(payment))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <small>Money that is given back reaches your account 5 to 10 days later.</small>
        </div>
      )}
    </>,
  );
}

function whatHappens({ membership }: OwnMembership): string {
  const { status, cancelAtPeriodEnd, currentPeriodEnd } = membership;
  if (hasEnded(membership)) return 'That has ended: nothing more is charged.';
  if (currentPeriodEnd === null) return '';
  if (cancelAtPeriodEnd) return `It ends on ${day(currentPeriodEnd)}: nothing more is charged.`;
  if (status === 'PAST_DUE')
    return 'The last payment failed; your card is tried again in the next days. Stripe’s mail about it says how to use another.';
  return `The next payment is on ${day(currentPeriodEnd)}.`;
}
