import { formatMoney } from '../../../base/money.js';
import type { CommissionSnapshotRow } from '../../../payments/commission-snapshot.js';
import type { PaymentRow } from '../../../payments/payment.js';
import { statusOfPayment } from '../../../payments/reading.js';
import type { RefundRow } from '../../../payments/refund.js';
import { type Bearing, isRefundable, leftOf } from '../../../payments/refund-bearing.js';
import { Field, isTold, type RefusedForm, reachable } from '../field.js';
import { Notice, Problem } from '../layout.js';
import { sellerPage } from './frame.js';
import { inWords, wordsOfKind } from './tables.js';

export interface PaymentPage {
  person: string;
  test: boolean;
  payment: PaymentRow;
  split: CommissionSnapshotRow | null;
  refunds: RefundRow[];
  typed: { amount: string; reason: string; returnsFee: boolean; key: string };
  /** The refund that is asked about, and who would bear it; null where there can be none. */
  asked: { minor: number; bearing: Bearing | null };
  notice: string | null;
  refused: RefusedForm | null;
}

const day = (date: Date) => date.toISOString().slice(0, 10);

/** A payment as its seller reads it: how it was split, what was given back, and a form that gives back all of it or a part. */
export function paymentPage(page: PaymentPage): string {
  const { person, test, payment, split, notice, refused } = page;
  const money = (minor: number) => formatMoney(minor, payment.currency);
  return sellerPage(
    { title: `${money(payment.amountMinor)} from ${payment.email}`, person, test, here: '/connect/payments' },
    <>
      <h1>
        {money(payment.amountMinor)} from {payment.email}
      </h1>
      <p>
        <span className="pill">{inWords(statusOfPayment(payment))}</span> {wordsOfKind[payment.kind]}, paid on {day(payment.paidAt)} ·{' '}
        <code>{payment.id}</code>
      </p>
      {notice && <Notice text={notice} />}
      {refused && !isTold(refused, 'refund', ['amount', 'reason']) && <Problem message={refused.message} remedy={refused.remedy} />}
      <div className="card">
        <h2>How it was split</h2>
        <ul>
          <li>The buyer paid {money(payment.amountMinor)}.</li>
          {split && (
            <>
              <li>Yours: {money(split.sellerTransferMinor)}</li>
              <li>
                The platform’s fee: {money(split.platformFeeMinor)}
                {split.vatMinor > 0 && `, of it ${money(split.vatMinor)} VAT`}
              </li>
            </>
          )}
          {payment.refundedMinor > 0 && <li>Given back so far: {money(payment.refundedMinor)}</li>}
        </ul>
        {page.refunds.length > 0 && <Refunds refunds={page.refunds} />}
      </div>
      <div className="card">
        <h2>Give money back</h2>
        {isRefundable(payment) ? <RefundForm {...page} /> : <p>{whyNot(payment)}</p>}
      </div>
    </>,
  );
}

function whyNot({ disputeState }: PaymentRow): string {
  if (disputeState === 'OPEN') return 'The buyer’s bank is taking this payment back: a refund would give it twice.';
  if (disputeState === 'LOST') return 'The buyer’s bank has taken this payment back: a refund would give it twice.';
  return 'All of it has been given back.';
}

function RefundForm({ payment, typed, asked, refused }: PaymentPage) {
  const money = (minor: number) => formatMoney(minor, payment.currency);
  const here = `/connect/payments/${payment.id}`;
  return (
    <form method="post" action={here}>
      <Field
        id="amount"
        name="amount"
        label={`Amount in ${payment.currency}`}
        hint={`All that is left is ${money(leftOf(payment))}.`}
        inputMode="decimal"
        required
        maxLength={20}
        defaultValue={typed.amount}
        refused={refused}
      />
      {payment.chargeModel === 'DIRECT' && (
        <p>
          <label htmlFor="return-fee">
            <input id="return-fee" type="checkbox" name="returnFee" defaultChecked={typed.returnsFee} /> The platform gives its part of the fee back
            too
          </label>
        </p>
      )}
      {asked.bearing && (
        <p role="status">
          The buyer gets {money(asked.minor)} within 5 to 10 days: {money(asked.bearing.sellerMinor)} from you, {money(asked.bearing.platformMinor)}{' '}
          from the platform’s fee. Stripe keeps its own fee.
        </p>
      )}
      <Field id="reason" name="reason" label="Reason, for your own records" maxLength={500} defaultValue={typed.reason} refused={refused} />
      <input type="hidden" name="key" value={typed.key} />
      <p className="pages">
        <button type="submit" className="danger">
          Give it back
        </button>
        <button type="submit" formMethod="get" formAction={here} formNoValidate>
          Who bears it?
        </button>
      </p>
    </form>
  );
}

function Refunds({ refunds }: { refunds: RefundRow[] }) {
  return (
    <section className="scroll" aria-label="Refunds" {...reachable}>
      <table>
        <thead>
          <tr>
            <th>Asked on</th>
            <th className="n">Amount</th>
            <th>Status</th>
            <th>Reason</th>
          </tr>
        </thead>
        <tbody>
          {refunds.map(({ id, createdAt, amountMinor, currency, status, failureMessage, reason }) => (
            <tr key={id}>
              <td>{day(createdAt)}</td>
              <td className="n">{formatMoney(amountMinor, currency)}</td>
              <td>
                {inWords(status)}
                {failureMessage && `: ${failureMessage}`}
              </td>
              <td className="words">{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
