import type { ConnectedAccountRow } from '../../../accounts/connected-account.js';
import { sentBackBecause } from '../../../accounts/payouts.js';

/** That the seller's bank sent the last payout back, while that is so. */
export function SentBack({ payoutSentBackAt, payoutSentBackBecause }: ConnectedAccountRow) {
  if (payoutSentBackAt === null) return null;
  const because = sentBackBecause(payoutSentBackBecause);
  return (
    <p className="note bad">
      <strong>
        Your bank sent back the payout of {payoutSentBackAt.toISOString().slice(0, 10)}
        {because && `, because ${because}`}.
      </strong>{' '}
      The money is in your balance at Stripe. Change the bank account there; Stripe then pays it out again.
    </p>
  );
}
