import type { AccountWithConnection } from '../../accounts/finding.js';
import { statusOf } from '../../accounts/readiness.js';
import type { Attention, FailedGroup } from '../../attention/attention.js';
import { textOfInstant } from '../../base/clock.js';
import { formatMoney } from '../../base/money.js';
import type { DisputeRow } from '../../disputes/dispute.js';
import type { HaltRow } from '../../operations/halt.js';
import type { PaymentRow } from '../../payments/payment.js';
import { statusOfPayment } from '../../payments/reading.js';
import { remedyOf } from '../../settlements/explaining.js';
import { Field, type RefusedForm, reachable } from './field.js';
import { type App, layout, Notice, Problem } from './layout.js';
import { wordsOfKind } from './seller/tables.js';
import { type Doable, SettlementForms } from './settlement-forms.js';
import { amountOf, stateOf, type ToldSettlement } from './settlement-words.js';

/** A settlement as staff see it. */
export interface StaffSettlement {
  told: ToldSettlement;
  seller: string;
  doable: Doable[];
}

export interface AdminPage {
  app: App | null;
  person: string;
  test: boolean;
  now: Date;
  attention: Attention;
  mayClearHalt: boolean;
  /** Newest first, as all lists here. */
  failed: StaffSettlement[];
  coming: StaffSettlement[];
  disputes: DisputeRow[];
  accounts: AccountWithConnection[];
  payments: PaymentRow[];
  notice: string | null;
  refused: RefusedForm | null;
  typed: Record<string, string>;
}

const minute = (date: Date) => textOfInstant(date).replace('T', ' ');
const words = (code: string) => code.toLowerCase().replaceAll('_', ' ');

/** What needs a person first, then what is coming and what is new. Times are in UTC. */
export function adminPage(page: AdminPage): string {
  const { attention, accounts, payments, failed, disputes, coming, refused } = page;
  const isCalm = attention.halt === null && attention.failed.length === 0 && attention.disputes.length === 0 && attention.events.inbox.parked === 0;
  return layout(
    { title: 'Holdfast', test: page.test, person: page.person, wide: true, app: page.app },
    <>
      <h1>What needs attention now</h1>
      {page.notice && <Notice text={page.notice} />}
      {refused && refused.field !== 'reason' && <Problem message={refused.message} remedy={refused.remedy} />}
      {isCalm && <p>Nothing needs you. Last looked at {minute(attention.checkedAt)}.</p>}
      {attention.halt && <Halted {...page} halt={attention.halt} />}
      <div className="tiles">
        <div>
          Events waiting <strong>{attention.events.inbox.received}</strong>
        </div>
        <div>
          Events set aside <strong>{attention.events.inbox.parked}</strong>
        </div>
      </div>
      {attention.failed
        .filter(({ waits }) => waits)
        .map((group) => (
          <Waiting key={`${group.code} ${group.currency}`} group={group} />
        ))}
      {failed.map((settlement) => (
        <Failed key={settlement.told.settlement.id} {...settlement} now={page.now} />
      ))}
      {disputes.length > 0 && <Disputes disputes={disputes} />}
      {coming.length > 0 && <Coming settlements={coming} now={page.now} />}
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

/** Of what only the console shows: for a browser without scripts, the way to what it can show. */
export function scriptedPage({ app, ...page }: Pick<AdminPage, 'person' | 'test' | 'app'>): string {
  return layout(
    { title: 'Holdfast', ...page, wide: true, app },
    <>
      <h1>This page needs scripts</h1>
      <p>
        <a href="/admin">What needs attention now</a> works without them.
      </p>
    </>,
  );
}

function Halted({ halt, mayClearHalt, refused, typed }: AdminPage & { halt: HaltRow }) {
  return (
    <form method="post" action="/admin/clear-halt" className="card">
      <h2>Outgoing money is halted</h2>
      <p>
        Since {minute(halt.raisedAt)}: {halt.detail}
      </p>
      {mayClearHalt ? (
        <>
          <Field
            id="halt-reason"
            name="reason"
            label="Why money may leave again"
            required
            minLength={3}
            maxLength={500}
            hint="For the record. The books are checked once more first."
            defaultValue={typed['reason'] ?? ''}
            refused={refused}
          />
          <button type="submit">Clear the halt</button>
        </>
      ) : (
        <p className="soft">An administrator may clear it.</p>
      )}
    </form>
  );
}

function Waiting({ group: { code, currency, count, amountMinor } }: { group: FailedGroup }) {
  return (
    <div className="card">
      <h2>
        {formatMoney(amountMinor, currency)} in {count === 1 ? 'one settlement' : `${count} settlements`} waits
      </h2>
      <p>
        <span className="pill">{words(code)}</span> {remedyOf(code).remedy} It is tried again by itself.
      </p>
    </div>
  );
}

function Failed({ told, seller, doable, now }: StaffSettlement & { now: Date }) {
  const { settlement, explained, title } = told;
  return (
    <div className="card">
      <h2>
        <a href={`/admin/settlements/${settlement.id}`}>
          {formatMoney(amountOf(told), settlement.currency)} to {seller}
        </a>{' '}
        <span className="pill">{stateOf(settlement, now)}</span>
      </h2>
      <p>
        For {title}, due since {minute(settlement.dueAt)}. {explained.blocker?.because}
      </p>
      <SettlementForms settlement={settlement} doable={doable} verification={null} mayBeForgotten={false} refused={null} typed={{}} />
    </div>
  );
}

function Disputes({ disputes }: Pick<AdminPage, 'disputes'>) {
  return (
    <div className="card">
      <h2>Open disputes</h2>
      <section className="scroll" aria-label="Open disputes" {...reachable}>
        <table>
          <thead>
            <tr>
              <th>Evidence due</th>
              <th className="n">Amount</th>
              <th>Reason</th>
              <th>Status</th>
              <th>Payment</th>
              <th>At Stripe</th>
            </tr>
          </thead>
          <tbody>
            {disputes.map((dispute) => (
              <tr key={dispute.id}>
                <td>{dispute.status === 'NEEDS_RESPONSE' && dispute.evidenceDueBy ? minute(dispute.evidenceDueBy) : ''}</td>
                <td className="n">{formatMoney(dispute.amountMinor, dispute.currency)}</td>
                <td>{words(dispute.reason)}</td>
                <td>
                  <span className="pill">{words(dispute.status)}</span>
                </td>
                <td>
                  <code>{dispute.paymentId}</code>
                </td>
                <td>
                  <code>{dispute.stripeDisputeId}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Coming({ settlements, now }: { settlements: StaffSettlement[]; now: Date }) {
  return (
    <div className="card">
      <h2>Settlements to come</h2>
      <section className="scroll" aria-label="Settlements to come" {...reachable}>
        <table>
          <thead>
            <tr>
              <th>Due</th>
              <th>Seller</th>
              <th>For</th>
              <th className="n">Amount</th>
              <th>Status</th>
            </tr>
          </thead>
          <tbody>
            {settlements.map(({ told, seller }) => (
              <tr key={told.settlement.id}>
                <td>{minute(told.settlement.dueAt)}</td>
                <td>{seller}</td>
                <td>
                  <a href={`/admin/settlements/${told.settlement.id}`}>{told.title}</a>
                </td>
                <td className="n">{formatMoney(amountOf(told), told.settlement.currency)}</td>
                <td>
                  <span className="pill">{stateOf(told.settlement, now)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
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
