import { useRef } from 'react';
import { useLocation } from 'wouter';
import { useAct } from '../../api';
import { graphql } from '../../generated/gql';
import type { FailureCode } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { useRefusalTo } from '../../viewer';
import { wordsOfFailure } from '../../words';

const startDocument = graphql(`
  mutation StartBulkRetry($cause: FailureCode!, $reason: String!, $key: String!) {
    startBulkRetry(input: { cause: $cause, reason: $reason, idempotencyKey: $key }) { bulkRetry { id } userErrors { message remedy } }
  }
`);

/** Begins to retry all settlements that failed for one cause, and leads to the page that tells how far it has come. */
export function BulkRetry({ cause, count, total }: { cause: FailureCode; count: number; total: string }) {
  const start = useAct(startDocument);
  const [, go] = useLocation();
  const begun = useRef<string | null>(null);
  const refusal = useRefusalTo('startBulkRetry');
  if (count === 0) return null;
  return (
    <ActButton
      label={`Retry all ${count}`}
      consequences={`${total}, which failed for one cause: ${wordsOfFailure[cause]}. Each is sent under a new key to the account its seller has now. The server does it, also when you leave; none is paid twice.`}
      refusal={refusal}
      asksReason
      done="They are being retried."
      run={async ({ reason, key }) => {
        const { result, refused } = await start({ cause, reason, key });
        begun.current = result.startBulkRetry.bulkRetry?.id ?? null;
        return refused;
      }}
      then={() => begun.current && go(`/settlements/retries/${begun.current}`)}
    />
  );
}
