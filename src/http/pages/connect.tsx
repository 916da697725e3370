import type { AccountRow } from '../../accounts/account.js';
import type { ConnectedAccountRow } from '../../accounts/connected-account.js';
import { statusOf } from '../../accounts/readiness.js';
import { requirementWords } from '../../accounts/requirement-words.js';
import { onboardingCountries } from '../../base/countries.js';
import { decimalText, formatMoney } from '../../base/money.js';
import { isActive, type MembershipRow } from '../../payments/membership.js';
import type { PaymentRow } from '../../payments/payment.js';
import { type Revenue, statusOfPayment } from '../../payments/reading.js';
import { layout, Notice, Problem } from './layout.js';
import type { Refused } from './pay.js';

export interface ConnectPage {
  person: string;
  account: AccountRow;
  connected: ConnectedAccountRow | null;
  payments: PaymentRow[];
  memberships: MembershipRow[];
  revenue: Revenue;
  payUrl: string;
  test: boolean;
  notice: string | null;
  refused: (Refused & { form: string }) | null;
  /** As typed into the form that was refused. */
  typed: Record<string, string>;
}

/** A seller's dashboard, in exactly one of its states. */
export function connectPage(page: ConnectPage): string {
  const status = statusOf(page.connected);
  return layout(
    { title: 'Your payments', test: page.test, person: page.person, wide: true },
    <>
      {page.notice && <Notice text={page.notice} />}
      {page.refused && <Problem message={page.refused.message} remedy={page.refused.remedy} />}
      {status === 'NOT_CONNECTED' && <Invite {...page} />}
      {(status === 'ONBOARDING' || status === 'RESTRICTED') && <Resume {...page} restricted={status === 'RESTRICTED'} />}
      {status === 'READY' && <Ready {...page} />}
      {(status === 'READY' || page.payments.length > 0) && <History {...page} />}
      {status !== 'NOT_CONNECTED' && <Disconnect members={page.memberships.filter(isActive).length} />}
    </>,
  );
}

const countryNames = new Intl.DisplayNames('en', { type: 'region' });
const countries = onboardingCountries
  .map((code) => ({ code, name: countryNames.of(code) ?? code }))
  .sort((one, other) => one.name.localeCompare(other.name, 'en'));

function Invite({ payments }: ConnectPage) {
  return (
    <form method="post" action="/connect/start" className="card">
      <h1>{payments.length > 0 ? 'Reconnect payments' : 'Connect payments'}</h1>
      <p>Stripe asks who you are and where your money goes. It takes about five minutes; have an ID and your bank details at hand.</p>
      <label htmlFor="country">Country of your business</label>
      <select id="country" name="country" defaultValue="US">
        {countries.map(({ code, name }) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </select>
      <small>It cannot be changed later.</small>
      <button type="submit">Connect payments</button>
    </form>
  );
}

function Resume({ connected, restricted }: ConnectPage & { restricted: boolean }) {
  const due = requirementWords([...(connected?.requirements.pastDue ?? []), ...(connected?.requirements.currentlyDue ?? [])]);
  return (
    <form method="post" action="/connect/start" className="card">
      <h1>{restricted ? 'Stripe has paused your payments' : 'Finish connecting payments'}</h1>
      <p>{due.length > 0 ? 'Stripe still asks for:' : 'Stripe is checking what you sent. You can look again at any time.'}</p>
      <ul>
        {due.map((question) => (
          <li key={question}>{question}</li>
        ))}
      </ul>
      {connected?.currentDeadline && <p>Due by {connected.currentDeadline.toISOString().slice(0, 10)}.</p>}
      <button type="submit">Continue at Stripe</button>
      <button type="submit" className="plain" formAction="/connect/refresh-status">
        Look again
      </button>
    </form>
  );
}

function Ready(page: ConnectPage) {
  const { account, connected, payUrl, revenue } = page;
  const currency = connected?.defaultCurrency ?? 'USD';
  return (
    <>
      <h1>{account.displayName}</h1>
      <div className="tiles">
        <div>
          Taken <strong>{formatMoney(revenue.grossMinor, revenue.currency)}</strong>
        </div>
        <div>
          Platform fees <strong>{formatMoney(revenue.platformFeesMinor, revenue.currency)}</strong>
        </div>
        <div>
          Yours, refunds taken off <strong>{formatMoney(revenue.netMinor, revenue.currency)}</strong>
        </div>
        <div>
          Members <strong>{revenue.activeMemberCount}</strong>
        </div>
      </div>
      <div className="card">
        <h2>Your public page</h2>
        <p>
          <a href={payUrl}>{payUrl}</a>
        </p>
        <p className="soft">Anyone with this address can pay you. A button shows for each price you set.</p>
      </div>
      <div className="two">
        <Price
          page={page}
          form="membership"
          title="Membership"
          minor={account.membershipPriceMinor}
          currency={account.membershipCurrency ?? currency}
        >
          <select name="interval" aria-label="How often" defaultValue={page.typed['interval'] ?? account.membershipInterval}>
            <option value="WEEK">a week</option>
            <option value="MONTH">a month</option>
            <option value="YEAR">a year</option>
          </select>
        </Price>
        <Price
          page={page}
          form="one-time"
          title="One-time payment"
          minor={account.oneTimePriceMinor}
          currency={account.oneTimeCurrency ?? currency}
        />
      </div>
    </>
  );
}

function Price({
  page,
  form,
  title,
  minor,
  currency,
  children,
}: {
  page: ConnectPage;
  form: string;
  title: string;
  minor: number | null;
  currency: string;
  children?: React.ReactNode;
}) {
  const isRefused = page.refused?.form === form;
  const shown = isRefused ? (page.typed['amount'] ?? '') : minor === null ? '' : decimalText(minor, currency);
  return (
    <form method="post" action={`/connect/${form}-price`} className="card">
      <h2>{title}</h2>
      <label htmlFor={`${form}-amount`}>Price</label>
      <div className="row">
        <input
          id={`${form}-amount`}
          name="amount"
          inputMode="decimal"
          placeholder="25.00"
          defaultValue={shown}
          aria-invalid={isRefused || undefined}
        />
        <input name="currency" aria-label="Currency" maxLength={3} defaultValue={isRefused ? (page.typed['currency'] ?? currency) : currency} />
        {children}
      </div>
      <small>Leave the price empty to stop offering it.</small>
      <button type="submit">Save</button>
    </form>
  );
}

function History({ payments, memberships }: ConnectPage) {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return (
    <>
      <div className="card">
        <h2>Payments</h2>
        {payments.length === 0 && <p className="soft">Nobody has paid yet. Share your public page to change that.</p>}
        {payments.length > 0 && (
          <div className="scroll">
            <table>
              <thead>
                <tr>
                  <th>Date</th>
                  <th>Buyer</th>
                  <th>For</th>
                  <th className="n">Amount</th>
                  <th>Status</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {payments.map((payment) => (
                  <tr key={payment.id}>
                    <td>{day(payment.paidAt)}</td>
                    <td>{payment.email}</td>
                    <td>{payment.kind === 'MEMBERSHIP_INVOICE' ? 'Membership' : 'One-time'}</td>
                    <td className="n">{formatMoney(payment.amountMinor, payment.currency)}</td>
                    <td>
                      <span className="pill">{statusOfPayment(payment).toLowerCase().replaceAll('_', ' ')}</span>
                    </td>
                    <td>
                      {payment.refundedMinor < payment.amountMinor && (
                        <form method="post" action="/connect/refund">
                          <input type="hidden" name="payment" value={payment.id} />
                          <button type="submit" className="danger small">
                            Refund {formatMoney(payment.amountMinor - payment.refundedMinor, payment.currency)}
                          </button>
                        </form>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
      {memberships.length > 0 && (
        <div className="card">
          <h2>Members</h2>
          <div className="scroll">
            <table>
              <thead>
                <tr>
                  <th>Since</th>
                  <th>Member</th>
                  <th className="n">Price</th>
                  <th>Status</th>
                  <th>Paid until</th>
                </tr>
              </thead>
              <tbody>
                {memberships.map((membership) => (
                  <tr key={membership.id}>
                    <td>{day(membership.createdAt)}</td>
                    <td>{membership.email}</td>
                    <td className="n">{formatMoney(membership.priceMinor, membership.currency)}</td>
                    <td>
                      <span className="pill">{membership.status.toLowerCase().replaceAll('_', ' ')}</span>
                    </td>
                    <td>{membership.currentPeriodEnd ? day(membership.currentPeriodEnd) : ''}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </>
  );
}

function Disconnect({ members }: { members: number }) {
  return (
    <form method="post" action="/connect/disconnect" className="card">
      <h2>Disconnect</h2>
      <p className="soft">
        {members > 0 && `Ends ${members === 1 ? 'one membership' : `${members} memberships`} at once, here and at Stripe. `}
        Closes your public page. Your payment history stays. You can connect again later.
      </p>
      <label htmlFor="sure">Type DISCONNECT to go on</label>
      <input id="sure" name="sure" autoComplete="off" />
      <button type="submit" className="danger">
        Disconnect from Stripe
      </button>
    </form>
  );
}
