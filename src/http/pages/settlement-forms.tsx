import type { Action } from '../../access/permissions.js';
import { formatMoney } from '../../base/money.js';
import type { AvailableAction } from '../../settlements/explaining.js';
import type { SettlementRow } from '../../settlements/settlement.js';
import type { Verification } from '../../settlements/verification.js';
import { Field, type RefusedForm } from './field.js';

/** What may be done with a settlement, and whether this person may do it. */
export interface Doable extends AvailableAction {
  allowed: boolean;
}

interface Forms {
  settlement: SettlementRow;
  doable: Doable[];
  verification: Verification | null;
  mayBeForgotten: boolean;
  refused: RefusedForm | null;
  typed: Record<string, string>;
}

/** The address and the words of each action. */
export const settlementActions = {
  settleNow: { path: 'settle-now', label: 'Pay now' },
  retrySettlement: { path: 'retry', label: 'Retry' },
  verifySettlement: { path: 'verify', label: 'Look it up at Stripe' },
  adoptTransfer: { path: 'adopt', label: 'Adopt this transfer' },
  sendAgain: { path: 'send-again', label: 'Send again' },
} as const satisfies Partial<Record<Action, { path: string; label: string }>>;

/** A form for everything that can be done with a settlement now, each with what it would do; said instead, where only others may. */
export function SettlementForms({ settlement, doable, verification, mayBeForgotten, refused, typed }: Forms) {
  const to = (action: keyof typeof settlementActions) => `/admin/settlements/${settlement.id}/${settlementActions[action].path}`;
  return (
    <>
      {verification && <Verdict verification={verification} settlement={settlement} />}
      {doable
        .filter(({ enabled }) => enabled)
        .map(({ action, consequences, allowed }) =>
          allowed ? (
            <form method="post" action={to(action)} key={action}>
              <p className="soft">{consequences}</p>
              <button type="submit" className={action === 'settleNow' ? 'plain' : undefined}>
                {settlementActions[action].label}
              </button>
            </form>
          ) : (
            <p className="soft" key={action}>
              {settlementActions[action].label}: your role may not do this; an administrator may.
            </p>
          ),
        )}
      {verification?.verdict === 'NOT_FOUND' && (
        <form method="post" action={to('sendAgain')}>
          <Field
            id="reason"
            name="reason"
            label="Why it is sent again"
            required
            minLength={3}
            maxLength={500}
            defaultValue={typed['reason'] ?? ''}
            hint="For the record."
            refused={refused}
          />
          <button type="submit">{settlementActions.sendAgain.label}</button>
        </form>
      )}
      {mayBeForgotten && (
        <form method="post" action={to('adoptTransfer')}>
          <Field
            id="transfer"
            name="stripeTransferId"
            label="Stripe’s transfer that paid it, or gave it back"
            required
            maxLength={100}
            placeholder="tr_…"
            hint="Where a restored database has forgotten it."
            defaultValue={typed['stripeTransferId'] ?? ''}
            refused={refused}
          />
          <button type="submit">{settlementActions.adoptTransfer.label}</button>
        </form>
      )}
    </>
  );
}

function Verdict({ verification: { verdict, transfer }, settlement }: { verification: Verification; settlement: SettlementRow }) {
  if (verdict === 'NOT_FOUND') return <p role="status">Stripe has not made the transfer, and never will.</p>;
  if (verdict === 'NOT_FOUND_YET' || !transfer) return <p role="status">Stripe shows none, but may still carry it out. Look again later.</p>;
  return (
    <form method="post" action={`/admin/settlements/${settlement.id}/${settlementActions.adoptTransfer.path}`}>
      <p role="status">
        Stripe has made <code>{transfer.id}</code> of {formatMoney(transfer.amountMinor, transfer.currency)} to <code>{transfer.destination}</code>.
      </p>
      <input type="hidden" name="stripeTransferId" value={transfer.id} />
      <button type="submit">{settlementActions.adoptTransfer.label}</button>
    </form>
  );
}
