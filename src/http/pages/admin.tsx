import type { AccountWithConnection } from '../../accounts/finding.js';
import { statusOf } from '../../accounts/readiness.js';
import { formatMoney } from '../../base/money.js';
import type { PaymentRow } from '../../payments/payment.js';
import { statusOfPayment } from '../../payments/reading.js';
import { wordsOfKind } from './connect.js';
import { reachable } from './field.js';
import { layout } from './layout.js';

export interface AdminPage {
  person: string;
  test: boolean;
  /** Newest first, as the payments. */
  accounts: AccountWithConnection[];
  payments: PaymentRow[];
  inbox: { received: number; parked: number };
}

const minute = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ');
const words = (code: string) => code.toLowerCase().replaceAll('_', ' ');

/** The newest accounts and payments, and whether events are being applied. Times are in UTC. */
export function adminPage({ person, test, accounts, payments, inbox }: AdminPage): string {
  return layout(
    { title: 'Overview', test, person, wide: true },
    <>
      <h1>Overview</h1>
      <div className="tiles">
        <div>
          Events waiting <strong>{inbox.received}</strong>
        </div>
        <div>
          Events set aside <strong>{inbox.parked}</strong>
        </div>
      </div>
      <div className="card">
        <h2>Newest accounts</h2>
        {accounts.length === 0 ? <p className="soft">Nobody has signed up to sell yet.</p> : <Accounts accounts={accounts} />}
      </div>
      <div className="card">
        <h2>Newest payments</h2>
        {payments.length === 0 ? <p className="soft">Nobody has paid yet.</p> : <Payments payments={payments} />}
      </div>
      <p className="soft">
        Everything else, with refunds and commission plans, is in <a href="/graphql">the API</a>. Times are in UTC.
      </p>
    </>,
  );
}

function Accounts({ accounts }: Pick<AdminPage, 'accounts'>) {
  return (
    <section className="scroll" aria-label="Newest accounts" {...reachable}>
      <table>
        <thead>
          <tr>
            <th>Since</th>
            <th>Name</th>
            <th>Account</th>
            <th>At Stripe</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody>
          {accounts.map(({ account, connected }) => (
            <tr key={account.id}>
              <td>{minute(account.createdAt)}</td>
              <td>
                <a href={`/c/${account.id}`}>{account.displayName}</a>
              </td>
              <td>
                <code>{account.id}</code>
              </td>
              <td>
                <code>{connected?.stripeAccountId}</code>
              </td>
              <td>
                <span className="pill">{words(statusOf(connected))}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Payments({ payments }: Pick<AdminPage, 'payments'>) {
  return (
    <section className="scroll" aria-label="Newest payments" {...reachable}>
      <table>
        <thead>
          <tr>
            <th>Paid</th>
            <th>Payment</th>
            <th>Buyer</th>
            <th>For</th>
            <th className="n">Amount</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody>
          {payments.map((payment) => (
            <tr key={payment.id}>
              <td>{minute(payment.paidAt)}</td>
              <td>
                <code>{payment.id}</code>
              </td>
              <td>{payment.email}</td>
              <td>{wordsOfKind[payment.kind]}</td>
              <td className="n">{formatMoney(payment.amountMinor, payment.currency)}</td>
              <td>
                <span className="pill">{words(statusOfPayment(payment))}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
