import type { ReactNode } from 'react';
import { formatMoney } from '../../../base/money.js';
import type { MembershipRow } from '../../../payments/membership.js';
import { isActive } from '../../../payments/membership.js';
import type { PaymentRow } from '../../../payments/payment.js';
import { statusOfPayment } from '../../../payments/reading.js';
import { isRefundable, leftOf } from '../../../payments/refund-bearing.js';
import { reachable } from '../field.js';
import { amountOf, sentenceFor, stateOf, type ToldSettlement } from '../settlement-words.js';

const day = (date: Date) => date.toISOString().slice(0, 10);

/** A state, as it stands in the database, in words. */
export function inWords(state: string): string {
  return state.toLowerCase().replaceAll('_', ' ');
}

/** What was paid for, in a word. */
export const wordsOfKind = { MEMBERSHIP_INVOICE: 'Membership', ONE_TIME: 'One-time', OFFERING: 'Offering' };

/** A table that scrolls by itself where it does not fit. */
function Table({ name, columns, children }: { name: string; columns: readonly [title: string, isNumber?: 'n'][]; children: ReactNode }) {
  return (
    <section className="scroll" aria-label={name} {...reachable}>
      <table>
        <thead>
          <tr>
            {columns.map(([title, className]) => (
              <th key={title} className={className}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** Payments, each with what can be given back of it. */
export function PaymentsTable({ payments }: { payments: PaymentRow[] }) {
  return (
    <Table name="Payments" columns={[['Date'], ['Buyer'], ['For'], ['Amount', 'n'], ['Status'], ['Give back']]}>
      {payments.map((payment) => (
        <tr key={payment.id}>
          <td>{day(payment.paidAt)}</td>
          <td>{payment.email}</td>
          <td>{wordsOfKind[payment.kind]}</td>
          <td className="n">
            <a href={`/connect/payments/${payment.id}`}>{formatMoney(payment.amountMinor, payment.currency)}</a>
          </td>
          <td>
            <span className="pill">{inWords(statusOfPayment(payment))}</span>
          </td>
          <td>
            {isRefundable(payment) && (
              <form method="post" action="/connect/refund">
                <input type="hidden" name="payment" value={payment.id} />
                <button type="submit" className="danger small">
                  Refund {formatMoney(leftOf(payment), payment.currency)}
                </button>
              </form>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Members, with what becomes of each next. */
export function MembersTable({ memberships }: { memberships: MembershipRow[] }) {
  return (
    <Table name="Members" columns={[['Since'], ['Member'], ['Price', 'n'], ['Status'], ['What happens'], ['End']]}>
      {memberships.map((membership) => (
        <tr key={membership.id}>
          <td>{day(membership.createdAt)}</td>
          <td>{membership.email}</td>
          <td className="n">{formatMoney(membership.priceMinor, membership.currency)}</td>
          <td>
            <span className="pill">{inWords(membership.status)}</span>
          </td>
          <td className="words">{nextFor(membership)}</td>
          <td>
            {isActive(membership) && !membership.cancelAtPeriodEnd && (
              <form method="post" action="/connect/end-membership">
                <input type="hidden" name="membership" value={membership.id} />
                <button type="submit" className="danger small">
                  End after what is paid
                </button>
              </form>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What a seller is told of a member's next weeks. */
function nextFor(membership: MembershipRow): string {
  const { status, currentPeriodEnd, cancelAtPeriodEnd } = membership;
  const end = currentPeriodEnd ? day(currentPeriodEnd) : null;
  if (!isActive(membership)) return 'Nothing more is charged.';
  if (status === 'PAST_DUE') return 'The last renewal failed; Stripe tries the card again for some days, and the member keeps access.';
  if (end === null) return '';
  return cancelAtPeriodEnd ? `Ends on ${end}.` : `Renews on ${end}.`;
}

/** Settlements, each with the one sentence that says when it comes, or what is in the way. */
export function SettlementsTable({ settlements, now }: { settlements: ToldSettlement[]; now: Date }) {
  return (
    <Table name="Your settlements" columns={[['For'], ['Amount', 'n'], ['Status'], ['Due'], ['What happens']]}>
      {settlements.map((told) => (
        <tr key={told.settlement.id}>
          <td className="words">
            <a href={`/connect/settlements/${told.settlement.id}`}>{told.title}</a>
          </td>
          <td className="n">{formatMoney(amountOf(told), told.settlement.currency)}</td>
          <td>
            <span className="pill">{stateOf(told.settlement, now)}</span>
          </td>
          <td>{day(told.settlement.dueAt)}</td>
          <td className="words">{sentenceFor(told)}</td>
        </tr>
      ))}
    </Table>
  );
}
