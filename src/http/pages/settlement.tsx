import { textOfInstant } from '../../base/clock.js';
import { decimalText, formatMoney } from '../../base/money.js';
import type { Reason } from '../../settlements/explaining.js';
import type { SettlementAttempt } from '../../settlements/reading.js';
import type { Verification } from '../../settlements/verification.js';
import type { RefusedForm } from './field.js';
import { reachable } from './field.js';
import { type App, layout, Notice, Problem } from './layout.js';
import { type Doable, SettlementForms } from './settlement-forms.js';
import { amountOf, stateOf, type ToldSettlement } from './settlement-words.js';

export interface SettlementPage {
  app: App | null;
  person: string;
  test: boolean;
  now: Date;
  seller: string;
  told: ToldSettlement;
  attempts: SettlementAttempt[];
  doable: Doable[];
  /** What Stripe showed, where somebody has just looked. */
  verification: Verification | null;
  /** A restored database may have forgotten its transfer. */
  mayBeForgotten: boolean;
  notice: string | null;
  refused: RefusedForm | null;
  typed: Record<string, string>;
}

const minute = (date: Date) => textOfInstant(date).replace('T', ' ');

/** One settlement for staff: what it is, why it is not paid, and what may be done about it. Times are in UTC. */
export function settlementPage(page: SettlementPage): string {
  const { told, seller, now, notice, refused, attempts } = page;
  const { settlement, explained, title } = told;
  const { failure, currency } = settlement;
  const heading = `${formatMoney(amountOf(told), currency)} to ${seller}`;
  return layout(
    { title: heading, test: page.test, person: page.person, wide: true, app: page.app },
    <>
      <p>
        <a href="/admin">Overview</a>
      </p>
      <h1>{heading}</h1>
      <p>
        <span className="pill">{stateOf(settlement, now)}</span> for {title} · <code>{settlement.id}</code>
      </p>
      {notice && <Notice text={notice} />}
      {refused && !(refused.field === 'reason' && page.verification) && <Problem message={refused.message} remedy={refused.remedy} />}
      <div className="card">
        <h2>What happens</h2>
        {explained.blocker ? (
          <p>
            {explained.blocker.because}
            {explained.blocker.at && ` (${minute(explained.blocker.at)})`}
          </p>
        ) : (
          <p>{settlement.settledAt ? `It was paid ${minute(settlement.settledAt)}.` : 'Nothing is in the way.'}</p>
        )}
        {failure?.stripeCode && (
          <p className="soft">
            Stripe’s code <code>{failure.stripeCode}</code>
            {failure.stripeRequestId && (
              <>
                , request <code>{failure.stripeRequestId}</code>
              </>
            )}
          </p>
        )}
        {settlement.stripeTransferId && (
          <p className="soft">
            Transfer <code>{settlement.stripeTransferId}</code>
          </p>
        )}
        <SettlementForms {...page} settlement={settlement} />
      </div>
      <div className="two">
        <Reasons heading="Why this amount" reasons={explained.amount} of={(reason) => amountText(reason, currency)} />
        <Reasons heading="Why then" reasons={explained.timing} of={({ at }) => (at ? minute(at) : '')} />
      </div>
      {attempts.length > 0 && <Attempts attempts={attempts} />}
    </>,
  );
}

function amountText({ amountMinor }: Reason, currency: string): string {
  return amountMinor === null ? '' : decimalText(amountMinor, currency);
}

function Reasons({ heading, reasons, of }: { heading: string; reasons: Reason[]; of: (reason: Reason) => string }) {
  return (
    <div className="card">
      <h2>{heading}</h2>
      <table>
        <tbody>
          {reasons.map((reason) => (
            <tr key={reason.code}>
              <td className="words">{reason.because}</td>
              <td className="n">{of(reason)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Attempts({ attempts }: { attempts: SettlementAttempt[] }) {
  return (
    <div className="card">
      <h2>Attempts</h2>
      <section className="scroll" aria-label="Attempts" {...reachable}>
        <table>
          <thead>
            <tr>
              <th>Sent</th>
              <th>Outcome</th>
              <th>Stripe’s request</th>
              <th>Key</th>
              <th>What went wrong</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.id}>
                <td>{minute(attempt.startedAt)}</td>
                <td>{(attempt.outcome ?? 'RUNNING').toLowerCase().replaceAll('_', ' ')}</td>
                <td>
                  <code>{attempt.stripeRequestId}</code>
                </td>
                <td>
                  <code>{attempt.idempotencyKey}</code>
                </td>
                <td className="words">{attempt.error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
