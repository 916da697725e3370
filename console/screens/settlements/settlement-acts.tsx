import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type UserError, useAct } from '../../api';
import { graphql } from '../../generated/gql';
import type { VerifySettlementMutation } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Refused } from '../../ui/problem';
import { useRefusalTo } from '../../viewer';
import type { SettlementOf } from './settlement';

const settleNowDocument = graphql(`
  mutation SettleNow($id: ID!, $key: String!) {
    settleNow(input: { settlementId: $id, idempotencyKey: $key }) { userErrors { message remedy } }
  }
`);
const retryDocument = graphql(`
  mutation RetrySettlement($id: ID!, $key: String!) {
    retrySettlement(input: { settlementId: $id, idempotencyKey: $key }) { userErrors { message remedy } }
  }
`);
const verifyDocument = graphql(`
  mutation VerifySettlement($id: ID!) {
    verifySettlement(input: { settlementId: $id }) { verdict stripeTransferId userErrors { message remedy } }
  }
`);
const adoptDocument = graphql(`
  mutation AdoptTransfer($id: ID!, $transfer: String!) {
    adoptTransfer(input: { settlementId: $id, stripeTransferId: $transfer }) { userErrors { message remedy } }
  }
`);
const sendAgainDocument = graphql(`
  mutation SendAgain($id: ID!, $reason: String!) {
    sendAgain(input: { settlementId: $id, reason: $reason }) { userErrors { message remedy } }
  }
`);

/** What may be done with a settlement now, as the server says; each says first what it will do. */
export function SettlementActs({ settlement: { id, availableActions } }: { settlement: SettlementOf }) {
  const settleNow = useAct(settleNowDocument);
  const retry = useAct(retryDocument);
  const mayNot = { settleNow: useRefusalTo('settleNow'), retrySettlement: useRefusalTo('retrySettlement') };
  const can = (name: string) => availableActions.find(({ action, enabled }) => action === name && enabled);
  const pay = can('settleNow');
  const again = can('retrySettlement');
  return (
    <>
      {(pay || again) && (
        <Group>
          {pay && (
            <ActButton
              label="Pay now"
              consequences={pay.consequences}
              refusal={mayNot.settleNow}
              done="Done. What became of it stands on the page."
              run={async ({ key }) => (await settleNow({ id, key })).refused}
            />
          )}
          {again && (
            <ActButton
              label="Retry"
              consequences={again.consequences}
              refusal={mayNot.retrySettlement}
              done="Tried again. What became of it stands on the page."
              run={async ({ key }) => (await retry({ id, key })).refused}
            />
          )}
        </Group>
      )}
      {can('verifySettlement') && <Verify id={id} />}
    </>
  );
}

/** A lost answer: what Stripe shows of it, and what then may be done. */
function Verify({ id }: { id: string }) {
  const verify = useAct(verifyDocument);
  const refusal = useRefusalTo('verifySettlement');
  const [found, setFound] = useState<VerifySettlementMutation['verifySettlement'] | null>(null);
  const [refused, setRefused] = useState<UserError | null>(null);
  const [busy, setBusy] = useState(false);
  const look = async () => {
    setBusy(true);
    try {
      const answer = await verify({ id });
      setFound(answer.result.verifySettlement);
      setRefused(answer.refused);
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack align="flex-start">
      <Button color="teal.9" loading={busy} disabled={refusal !== null} onClick={() => void look()}>
        Look it up at Stripe
      </Button>
      <Text size="sm" c="dimmed">
        {refusal ?? 'Changes nothing.'}
      </Text>
      <Refused refused={refused} />
      {found?.verdict && <Found id={id} verdict={found.verdict} transfer={found.stripeTransferId} />}
    </Stack>
  );
}

function Found({ id, verdict, transfer }: { id: string; verdict: 'FOUND' | 'NOT_FOUND' | 'NOT_FOUND_YET'; transfer: string | null }) {
  const adopt = useAct(adoptDocument);
  const sendAgain = useAct(sendAgainDocument);
  const mayNot = { adoptTransfer: useRefusalTo('adoptTransfer'), sendAgain: useRefusalTo('sendAgain') };
  if (verdict === 'NOT_FOUND_YET') return <Text role="status">Stripe shows none, but may still carry it out. Look again later.</Text>;
  if (verdict === 'FOUND' && transfer)
    return (
      <Stack align="flex-start">
        <Text role="status">
          Stripe has made <Code>{transfer}</Code>.
        </Text>
        <ActButton
          label="Adopt this transfer"
          consequences={`Takes ${transfer} for the one that pays this settlement. No money moves.`}
          refusal={mayNot.adoptTransfer}
          done="The transfer is taken for the one that pays this settlement."
          run={async () => (await adopt({ id, transfer })).refused}
        />
      </Stack>
    );
  return (
    <Stack align="flex-start">
      <Text role="status">Stripe has not made the transfer, and never will.</Text>
      <ActButton
        label="Send again"
        consequences="Gives up the lost transfer; the settlement is paid by a new one under a new key, with the next run."
        refusal={mayNot.sendAgain}
        asksReason
        done="The settlement is paid by a new transfer."
        run={async ({ reason }) => (await sendAgain({ id, reason })).refused}
      />
    </Stack>
  );
}
