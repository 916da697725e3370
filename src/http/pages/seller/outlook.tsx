import type { AccountStatus } from '../../../accounts/readiness.js';
import { formatMoney } from '../../../base/money.js';
import type { FailureCode } from '../../../stripe/result.js';
import { amountOf, sentenceFor, type ToldSettlement } from '../settlement-words.js';

/** What a seller mends at Stripe, and what they have mended once their account is ready again. */
const mendable: readonly (FailureCode | null)[] = ['ACCOUNT_DISCONNECTED', 'ACCOUNT_RESTRICTED'];

/** The first thing a seller wants to know: when their money comes, or what is in its way. `open` are the settlements that are not over. */
export function Outlook({ open, status }: { open: ToldSettlement[]; status: AccountStatus }) {
  const isReady = status === 'READY';
  const stuck = open.filter(({ settlement }) => settlement.failureCode !== null);
  const coming = open
    .filter((told) => told.settlement.failureCode === null && amountOf(told) > 0)
    .sort((one, other) => one.settlement.dueAt.getTime() - other.settlement.dueAt.getTime());
  if (stuck.length === 0 && coming.length === 0 && !isReady) return null;
  const [next] = coming;
  return (
    <div className="card">
      <h2>When you are paid</h2>
      {stuck.map((told) => (
        <Stuck key={told.settlement.id} told={told} status={status} />
      ))}
      {next && (
        <p>
          <strong>
            {formatMoney(amountOf(next), next.settlement.currency)} for {next.title}
          </strong>
          : {sentenceFor(next)} <a href={`/connect/settlements/${next.settlement.id}`}>Why this amount</a>
          {coming.length > 1 && (
            <>
              , and{' '}
              <a href="/connect/settlements?status=PENDING,SETTLING">
                {coming.length - 1} more after {coming.length === 2 ? 'it' : 'that'}
              </a>
            </>
          )}
        </p>
      )}
      {isReady && (
        <p className="soft">What is paid on your public page is on your Stripe account at once; Stripe sends it to your bank by its own schedule.</p>
      )}
    </div>
  );
}

function Stuck({ told, status }: { told: ToldSettlement; status: AccountStatus }) {
  const { id, currency, failureCode } = told.settlement;
  const isMended = mendable.includes(failureCode) && status === 'READY';
  return (
    <div className="note bad">
      <strong>
        {formatMoney(amountOf(told), currency)} for {told.title}
      </strong>
      <p>
        {isMended ? 'Your Stripe account is in order again; the marketplace sends it.' : sentenceFor(told)}{' '}
        <a href={`/connect/settlements/${id}`}>Why this amount</a>
      </p>
    </div>
  );
}
