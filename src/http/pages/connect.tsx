import type { AccountRow } from '../../accounts/account.js';
import type { ConnectedAccountRow } from '../../accounts/connected-account.js';
import { statusOf } from '../../accounts/readiness.js';
import { requirementWords } from '../../accounts/requirement-words.js';
import { type Setup, setupSteps } from '../../accounts/setup.js';
import { onboardingCountries } from '../../base/countries.js';
import { decimalText, formatMoney } from '../../base/money.js';
import type { Quote } from '../../payments/commission.js';
import { isActive, type MembershipRow } from '../../payments/membership.js';
import type { PaymentRow } from '../../payments/payment.js';
import type { Revenue } from '../../payments/reading.js';
import type { MonthOfRevenue } from '../../payments/revenue-by-month.js';
import { Field, isTold, type RefusedForm } from './field.js';
import { Notice, Problem } from './layout.js';
import { RevenueChart } from './seller/chart.js';
import { sellerPage } from './seller/frame.js';
import { Outlook } from './seller/outlook.js';
import { SentBack } from './seller/sent-back.js';
import { Share } from './seller/share.js';
import { MembersTable, PaymentsTable } from './seller/tables.js';
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
  /** What a price comes to that is typed and not saved. */
  preview: { form: string; quote: Quote | null } | null;
  months: MonthOfRevenue[];
  setup: Setup;
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
  return sellerPage(
    { title: 'Your payments', test: page.test, person: page.person, here: '/connect', isNew: page.setup.next !== null },
    <>
      {page.notice && <Notice text={page.notice} />}
      {page.refused && !isToldBeside(page.refused) && <Problem message={page.refused.message} remedy={page.refused.remedy} />}
      {page.setup.next && <Guide {...page.setup} />}
      {status === 'NOT_CONNECTED' && <Invite {...page} />}
      {(status === 'ONBOARDING' || status === 'RESTRICTED') && <Resume {...page} restricted={status === 'RESTRICTED'} />}
      {status === 'READY' && <h1>{page.account.displayName}</h1>}
      {status === 'READY' && page.connected && <SoonAsked {...page.connected} />}
      {page.connected && <SentBack {...page.connected} />}
      <Outlook open={page.selling.open} status={status} />
      {status === 'READY' && <Taken {...page} />}
      <Standings {...page.selling} />
      {status === 'READY' && <Ready {...page} />}
      <Settlements {...page.selling} />
      <Offerings {...page.selling} />
      <OfferingForm {...page} currency={currencyOf(page)} />
      {(status === 'READY' || page.payments.length > 0) && <History {...page} />}
      {status !== 'NOT_CONNECTED' && <Disconnect {...page} />}
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

/** How many of the newest the overview shows of a list. */
export const shownMax = 8;

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
    <form method="post" action="/connect/start" className="card" id="connect">
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
      <Asked due={due} />
      {connected?.currentDeadline && <p>Due by {connected.currentDeadline.toISOString().slice(0, 10)}.</p>}
      {restricted && <p>Your page stays, but nobody can pay on it until then. What is held for you is safe, and is sent once Stripe is content.</p>}
      <button type="submit">Continue at Stripe</button>
      <button type="submit" className="plain" formAction="/connect/refresh-status">
        Look again
      </button>
    </form>
  );
}

function Taken({ revenue }: ConnectPage) {
  return (
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
  );
}

function Ready(page: ConnectPage) {
  const { account, connected, payUrl, revenue } = page;
  const currency = connected?.defaultCurrency ?? 'USD';
  return (
    <>
      <div className="two">
        <RevenueChart months={page.months} currency={revenue.currency} />
        <Share payUrl={payUrl} />
      </div>
      <div className="two" id="prices">
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
  const previewed = page.preview?.form === form ? page.preview : null;
  const kept = (name: string, otherwise: string) => (refused || previewed ? (page.typed[name] ?? otherwise) : otherwise);
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
      {previewed && <Comes quote={previewed.quote} isPreview />}
      {!previewed && minor !== null && <Comes quote={page.quotes[form === 'membership' ? 'membership' : 'oneTime']} />}
      <small>Leave the price empty to stop offering it.</small>
      <button type="submit">Save</button>
      <button type="submit" className="plain" name="preview" value={form} formMethod="get" formAction="/connect#prices">
        See what it comes to
      </button>
    </form>
  );
}

/** What a price comes to, so that nobody has to try it out. */
function Comes({ quote, isPreview }: { quote: Quote | null; isPreview?: boolean }) {
  if (!quote) return <p>Nobody can pay this price at present.</p>;
  const money = (amount: number) => formatMoney(amount, quote.currency);
  return (
    <p role={isPreview ? 'status' : undefined}>
      {isPreview && <strong>Not saved yet. </strong>}A buyer pays {money(quote.totalChargedMinor)}: {money(quote.platformFeeMinor)} for the platform,{' '}
      {money(quote.sellerTransferMinor)} for you.
    </p>
  );
}

/** How far they are on the way to their first payment. */
function Guide({ done }: Setup) {
  return (
    <p className="note good">
      <a href="/connect/setup">Setup guide</a>: {done.size} of {setupSteps.length} steps done.
    </p>
  );
}

/** What Stripe will ask for soon, while everything still works. */
function SoonAsked({ requirements, currentDeadline }: ConnectedAccountRow) {
  const due = requirementWords([...requirements.pastDue, ...requirements.currentlyDue]);
  if (due.length === 0) return null;
  return (
    <form method="post" action="/connect/start" className="note bad">
      <strong>
        Stripe asks for {due.length === 1 ? 'one thing' : `${due.length} things`}
        {currentDeadline && ` by ${currentDeadline.toISOString().slice(0, 10)}, else it pauses your payments`}
      </strong>
      <Asked due={due} />
      <button type="submit" className="danger small">
        Answer at Stripe
      </button>
    </form>
  );
}

function Asked({ due }: { due: string[] }) {
  return (
    <ul>
      {due.map((question) => (
        <li key={question}>{question}</li>
      ))}
    </ul>
  );
}

/** The newest of what was paid and of who joined; the whole lists are pages of their own. */
function History({ payments, memberships }: ConnectPage) {
  return (
    <>
      <div className="card">
        <h2>Payments</h2>
        {payments.length === 0 && <p className="soft">Nobody has paid yet. Share your public page to change that.</p>}
        {payments.length > 0 && (
          <>
            <PaymentsTable payments={payments.slice(0, shownMax)} />
            <p className="pages">
              {payments.length > shownMax && <a href="/connect/payments">All payments</a>}
              <a href="/connect/payments.csv">All of them as a file</a>
            </p>
          </>
        )}
      </div>
      {memberships.length > 0 && (
        <div className="card">
          <h2>Members</h2>
          <MembersTable memberships={memberships.slice(0, shownMax)} />
          {memberships.length > shownMax && (
            <p className="pages">
              <a href="/connect/members">All members</a>
            </p>
          )}
        </div>
      )}
    </>
  );
}

function Disconnect({ memberships, selling, refused }: ConnectPage) {
  const members = memberships.filter(isActive).length;
  const held = selling.standings.filter(({ heldMinor }) => heldMinor > 0).map(({ heldMinor, currency }) => formatMoney(heldMinor, currency));
  return (
    <form method="post" action="/connect/disconnect" className="card">
      <h2>Disconnect</h2>
      <ul className="soft">
        {members > 0 && <li>Ends {members === 1 ? 'one membership' : `${members} memberships`} at once, here and at Stripe.</li>}
        <li>Closes your public page. Your payment history stays, and you can connect again later.</li>
        {held.length > 0 && <li>{held.join(' and ')} held for you stays yours: it is sent once you have connected again.</li>}
        <li>It gives nobody their money back, and what is on your Stripe account stays there: Stripe closes that only once it is empty.</li>
      </ul>
      <Field id="sure" name="sure" label="Type DISCONNECT to go on" autoComplete="off" refused={refused?.form === 'disconnect' ? refused : null} />
      <button type="submit" className="danger">
        Disconnect from Stripe
      </button>
    </form>
  );
}
