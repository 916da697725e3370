import { textOfInstant } from '../../../base/clock.js';
import { formatMoney } from '../../../base/money.js';
import type { Statement, StatementKind, StatementRow } from '../../../settlements/statement.js';
import { reachable } from '../field.js';
import { sentenceFor, stateOf, type ToldSettlement } from '../settlement-words.js';
import { sellerPage } from './frame.js';

export interface StatementPage {
  person: string;
  test: boolean;
  now: Date;
  told: ToldSettlement;
  statement: Statement;
}

const wordsOf: Record<StatementKind, string> = {
  SOLD: 'Bought',
  REFUNDED: 'Refunded to the buyer',
  LOST: 'Taken back by the buyer’s bank',
  HELD: 'Held while a bank decides a dispute',
  KEPT_BACK: 'Kept back for what you owed',
  TAKEN_BACK: 'Taken back after it was sent',
  GIVEN_AGAIN: 'Given again: the dispute was won',
};

/** A settlement as its seller reads it: when, why then, and the rows that sum to it. Times are in UTC. */
export function statementPage({ person, test, now, told, statement }: StatementPage): string {
  const { settlement, rows, sentMinor, afterwards, leftMinor } = statement;
  const money = (minor: number) => formatMoney(minor, settlement.currency);
  const total = settlement.amountMinor === null ? 'What it comes to now' : 'What was sent';
  return sellerPage(
    { title: told.title, person, test, here: '/connect/settlements' },
    <>
      <h1>
        {money(sentMinor)} for {told.title}
      </h1>
      <p>
        <span className="pill">{stateOf(settlement, now)}</span> {sentenceFor(told)}
      </p>
      <div className="card">
        <h2>Why this amount</h2>
        <section className="scroll" aria-label="Why this amount" {...reachable}>
          <table>
            <thead>
              <tr>
                <th>Paid</th>
                <th>Buyer</th>
                <th className="n">How many</th>
                <th>What</th>
                <th className="n">Your share</th>
              </tr>
            </thead>
            <tbody>
              <Rows rows={rows} money={money} />
              <Total name={total} amount={money(sentMinor)} />
              <Rows rows={afterwards} money={money} />
              {afterwards.length > 0 && <Total name="What you have of it" amount={money(leftMinor)} />}
            </tbody>
          </table>
        </section>
        <p className="pages">
          <a href={`/connect/settlements/${settlement.id}/statement.csv`}>As a file</a>
        </p>
      </div>
      <div className="card">
        <h2>Why then</h2>
        <ul>
          {told.explained.timing.map(({ code, because, at }) => (
            <li key={code}>
              {at && textOfInstant(at).replace('T', ' ')} · {because}
            </li>
          ))}
          {settlement.settledAt && <li>{textOfInstant(settlement.settledAt).replace('T', ' ')} · It was sent to your Stripe account.</li>}
        </ul>
        {settlement.stripeTransferId && (
          <p className="soft">
            Transfer <code>{settlement.stripeTransferId}</code>
          </p>
        )}
      </div>
    </>,
  );
}

function Rows({ rows, money }: { rows: StatementRow[]; money: (minor: number) => string }) {
  return rows.map(({ kind, paymentId, paidAt, email, quantity, amountMinor }) => (
    <tr key={`${kind} ${paymentId}`}>
      <td>{paidAt.toISOString().slice(0, 10)}</td>
      <td>{email}</td>
      <td className="n">{quantity}</td>
      <td>{wordsOf[kind]}</td>
      <td className="n">{money(amountMinor)}</td>
    </tr>
  ));
}

function Total({ name, amount }: { name: string; amount: string }) {
  return (
    <tr className="total">
      <th colSpan={4}>{name}</th>
      <td className="n">{amount}</td>
    </tr>
  );
}
