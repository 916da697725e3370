import type { AccountRow } from '../../accounts/account.js';
import type { ConnectedAccountRow } from '../../accounts/connected-account.js';
import { statusOf } from '../../accounts/readiness.js';
import { requirementWords } from '../../accounts/requirement-words.js';
import { onboardingCountries } from '../../base/countries.js';
import { decimalText, formatMoney } from '../../base/money.js';
import type { Quote } from '../../payments/commission.js';
import { isActive, type MembershipRow } from '../../payments/membership.js';
import type { PaymentRow } from '../../payments/payment.js';
import { type Revenue, statusOfPayment } from '../../payments/reading.js';
import { Field, isTold, type RefusedForm, reachable } from './field.js';
import { layout, Notice, Problem } from './layout.js';
import { OfferingForm, Offerings, offeringFields, type Selling, Settlements, Standings } from './selling.js';

export interface ConnectPage {
  selling: Selling;
  person: string;
  account: AccountRow;
  connected: ConnectedAccountRow | null;
  payments: PaymentRow[];
  memberships: MembershipRow[];
  revenue: Revenue;
  /** What each price comes to for a buyer and for the seller; null where nobody can pay it. */
  quotes: { membership: Quote | null; oneTime: Quote | null };
  payUrl: string;
  test: boolean;
  notice: string | null;
  refused: RefusedForm | null;
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
      {page.refused && !isToldBeside(page.refused) && <Problem message={page.refused.message} remedy={page.refused.remedy} />}
      {status === 'NOT_CONNECTED' && <Invite {...page} />}
      {(status === 'ONBOARDING' || status === 'RESTRICTED') && <Resume {...page} restricted={status === 'RESTRICTED'} />}
      {status === 'READY' && <Ready {...page} />}
      <Standings {...page.selling} />
      <Settlements {...page.selling} />
      <Offerings {...page.selling} />
      <OfferingForm {...page} currency={currencyOf(page)} />
      {(status === 'READY' || page.payments.length > 0) && <History {...page} />}
      {status !== 'NOT_CONNECTED' && <Disconnect members={page.memberships.filter(isActive).length} refused={page.refused} />}
    </>,
  );
}

function isToldBeside(refused: RefusedForm): boolean {
  return (
    isTold(refused, 'offering', offeringFields) ||
    isTold(refused, 'membership', priceFields) ||
    isTold(refused, 'one-time', priceFields) ||
    isTold(refused, 'disconnect', ['sure'])
  );
}

const priceFields = ['amount', 'currency'];

function currencyOf({ connected, account }: ConnectPage): string {
  return account.oneTimeCurrency ?? account.membershipCurrency ?? connected?.defaultCurrency ?? 'USD';
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
          <div>
            <label htmlFor="interval">Every</label>
            <select id="interval" name="interval" defaultValue={page.typed['interval'] ?? account.membershipInterval}>
              <option value="WEEK">week</option>
              <option value="MONTH">month</option>
              <option value="YEAR">year</option>
            </select>
          </div>
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
  const refused = page.refused?.form === form ? page.refused : null;
  const kept = (name: string, otherwise: string) => (refused ? (page.typed[name] ?? otherwise) : otherwise);
  return (
    <form method="post" action={`/connect/${form}-price`} className="card">
      <h2>{title}</h2>
      <div className="row">
        <Field
          id={`${form}-amount`}
          name="amount"
          label="Price"
          inputMode="decimal"
          placeholder="25.00"
          defaultValue={kept('amount', minor === null ? '' : decimalText(minor, currency))}
          refused={refused}
        />
        <Field id={`${form}-currency`} name="currency" label="Currency" maxLength={3} defaultValue={kept('currency', currency)} refused={refused} />
        {children}
      </div>
      {minor !== null && <Comes quote={page.quotes[form === 'membership' ? 'membership' : 'oneTime']} />}
      <small>Leave the price empty to stop offering it.</small>
      <button type="submit">Save</button>
    </form>
  );
}

/** What a price comes to, so that nobody has to try it out. Stripe's own fee is the seller's, and known only afterwards. */
function Comes({ quote }: { quote: Quote | null }) {
  if (!quote) return <p>Nobody can pay this price at present.</p>;
  const money = (amount: number) => formatMoney(amount, quote.currency);
  return (
    <p>
      A buyer pays {money(quote.totalChargedMinor)}: {money(quote.platformFeeMinor)} for the platform, {money(quote.sellerTransferMinor)} for you,
      less Stripe’s own fee.
    </p>
  );
}

/** What was paid for, in a word. */
export const wordsOfKind = { MEMBERSHIP_INVOICE: 'Membership', ONE_TIME: 'One-time', OFFERING: 'Offering' };

function History({ payments, memberships }: ConnectPage) {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return (
    <>
      <div className="card">
        <h2>Payments</h2>
        {payments.length > 0 && (
          <p>
            <a href="/connect/payments.csv">All of them as a file</a>
          </p>
        )}
        {payments.length === 0 && <p className="soft">Nobody has paid yet. Share your public page to change that.</p>}
        {payments.length > 0 && (
          <section className="scroll" aria-label="Payments" {...reachable}>
            <table>
              <thead>
                <tr>
                  <th>Date</th>
                  <th>Buyer</th>
                  <th>For</th>
                  <th className="n">Amount</th>
                  <th>Status</th>
                  <th>Give back</th>
                </tr>
              </thead>
              <tbody>
                {payments.map((payment) => (
                  <tr key={payment.id}>
                    <td>{day(payment.paidAt)}</td>
                    <td>{payment.email}</td>
                    <td>{wordsOfKind[payment.kind]}</td>
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
          </section>
        )}
      </div>
      {memberships.length > 0 && (
        <div className="card">
          <h2>Members</h2>
          <section className="scroll" aria-label="Members" {...reachable}>
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
          </section>
        </div>
      )}
    </>
  );
}

function Disconnect({ members, refused }: { members: number; refused: RefusedForm | null }) {
  return (
    <form method="post" action="/connect/disconnect" className="card">
      <h2>Disconnect</h2>
      <p className="soft">
        {members > 0 && `Ends ${members === 1 ? 'one membership' : `${members} memberships`} at once, here and at Stripe. `}
        Closes your public page. Your payment history stays. You can connect again later.
      </p>
      <Field id="sure" name="sure" label="Type DISCONNECT to go on" autoComplete="off" refused={refused?.form === 'disconnect' ? refused : null} />
      <button type="submit" className="danger">
        Disconnect from Stripe
      </button>
    </form>
  );
}
