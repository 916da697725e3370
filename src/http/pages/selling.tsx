import { textOfInstant } from '../../base/clock.js';
import { formatMoney } from '../../base/money.js';
import { isOpen, type OfferingRow } from '../../offerings/offering.js';
import type { AccountBalance } from '../../settlements/reading.js';
import { Field, type RefusedForm, reachable } from './field.js';
import { SettlementsTable } from './seller/tables.js';
import type { ToldSettlement } from './settlement-words.js';

/** What a seller delivers later, and what they are paid for it. */
export interface Selling {
  now: Date;
  /** Newest first, as the settlements. */
  offerings: { offering: OfferingRow; sold: number; payUrl: string }[];
  settlements: ToldSettlement[];
  /** Those that are not over. */
  open: ToldSettlement[];
  /** One for each currency. */
  standings: AccountBalance[];
}

const minute = (date: Date) => textOfInstant(date).replace('T', ' ');

/** Where the money for what is delivered later stands, a row of tiles for each currency. */
export function Standings({ standings }: Pick<Selling, 'standings'>) {
  return standings.map(({ currency, heldMinor, settledMinor, owedMinor }) => (
    <div className="tiles" key={currency}>
      <div>
        Held for you <strong>{formatMoney(heldMinor, currency)}</strong>
      </div>
      <div>
        Settled to you <strong>{formatMoney(settledMinor, currency)}</strong>
      </div>
      {owedMinor > 0 && (
        <div>
          You owe, kept back later <strong>{formatMoney(owedMinor, currency)}</strong>
        </div>
      )}
    </div>
  ));
}

export const offeringFields = ['title', 'amount', 'currency', 'deliversAt', 'refundableUntil'];

/** Putting something on sale. What was typed stays where something of it was refused. */
export function OfferingForm({ refused, typed, currency }: { refused: RefusedForm | null; typed: Record<string, string>; currency: string }) {
  const own = refused?.form === 'offering' ? refused : null;
  const kept = (name: string, otherwise = '') => (own ? (typed[name] ?? otherwise) : otherwise);
  return (
    <form method="post" action="/connect/offering" className="card" id="offer">
      <h2>Put something on sale</h2>
      <p className="soft">For what you deliver later: a ticket, a course, an order. Buyers pay now; you are paid once it is delivered.</p>
      <Field id="title" name="title" label="What it is" required maxLength={200} defaultValue={kept('title')} refused={own} />
      <div className="two">
        <Field
          id="offer-amount"
          name="amount"
          label="Price of one"
          inputMode="decimal"
          placeholder="25.00"
          required
          defaultValue={kept('amount')}
          refused={own}
        />
        <Field id="offer-currency" name="currency" label="Currency" required maxLength={3} defaultValue={kept('currency', currency)} refused={own} />
        <Field
          id="delivers-at"
          name="deliversAt"
          type="datetime-local"
          label="Delivered at (UTC)"
          required
          defaultValue={kept('deliversAt')}
          hint="Sales end then."
          refused={own}
        />
        <Field
          id="refundable-until"
          name="refundableUntil"
          type="datetime-local"
          label="Refunds until (UTC)"
          defaultValue={kept('refundableUntil')}
          hint="Leave empty to end them with the delivery."
          refused={own}
        />
      </div>
      <button type="submit">Put on sale</button>
    </form>
  );
}

/** What is on sale, with the address buyers pay at, and what was. Times are in UTC. */
export function Offerings({ offerings, now }: Selling) {
  if (offerings.length === 0) return null;
  const { open = [], over = [] } = Object.groupBy(offerings, ({ offering }) => (isOpen(offering, now) ? 'open' : 'over'));
  return (
    <div className="card">
      <h2>Your offerings</h2>
      {open.length > 0 && <OfferingTable name="Your offerings" offerings={open} isOpen />}
      {over.length > 0 && (
        <details open={open.length === 0}>
          <summary>{over.length === 1 ? 'One that is no longer sold' : `${over.length} that are no longer sold`}</summary>
          <OfferingTable name="No longer sold" offerings={over} />
        </details>
      )}
    </div>
  );
}

function OfferingTable({ name, offerings, isOpen }: { name: string; offerings: Selling['offerings']; isOpen?: boolean }) {
  return (
    <section className="scroll" aria-label={name} {...reachable}>
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th className="n">Price</th>
            <th className="n">Sold</th>
            <th>Delivered</th>
            <th>Refunds until</th>
            {isOpen && <th>Pay page</th>}
          </tr>
        </thead>
        <tbody>
          {offerings.map(({ offering, sold, payUrl }) => (
            <tr key={offering.id}>
              <td className="words">{offering.title}</td>
              <td className="n">{formatMoney(offering.unitPriceMinor, offering.currency)}</td>
              <td className="n">{sold}</td>
              <td>{minute(offering.deliversAt)}</td>
              <td>{minute(offering.refundableUntil)}</td>
              {isOpen && (
                <td>
                  <a href={payUrl}>{payUrl}</a>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The newest of what a seller is paid for offerings. */
export function Settlements({ settlements, now }: Selling) {
  if (settlements.length === 0) return null;
  return (
    <div className="card">
      <h2>Your settlements</h2>
      <SettlementsTable settlements={settlements} now={now} />
      <p className="pages">
        <a href="/connect/settlements">All settlements</a>
        <a href="/connect/settlements.csv">All of them as a file</a>
      </p>
    </div>
  );
}
