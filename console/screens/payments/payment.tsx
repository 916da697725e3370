import { Anchor, Card, Checkbox, Code, Group, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { PaymentQuery } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { decimalOf, digitsOf, minorOf } from '../../ui/amounts';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Problem } from '../../ui/problem';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';
import { ChangesOf } from '../people/changes';
import { DisputeTable } from './dispute-table';

const paymentDocument = graphql(`
  query Payment($id: ID!) {
    payment(id: $id) {
      id status kind chargeModel quantity buyerEmail paidAt stripePaymentIntentId stripeCheckoutSessionId
      amount { formatted amount decimal currency }
      amountRefunded { formatted amount }
      account { id displayName }
      offering { title }
      settlement { id status }
      fraudWarning { type warnedAt actionable }
      snapshot {
        percentageFee feeMode
        subtotal { formatted } platformFee { formatted } vatAmount { formatted } sellerTransfer { formatted } totalCharged { formatted } fixedFee { formatted }
      }
      disputes { id status inquiry reason evidenceDueBy openedAt stripeDisputeId amount { formatted } fee { formatted } payment { id } }
    }
  }
`);

const refundDocument = graphql(`
  mutation RefundPayment($id: ID!, $amount: MinorUnits!, $returnFee: Boolean, $reason: String!, $key: String!) {
    refundPayment(input: { paymentId: $id, amount: $amount, returnFee: $returnFee, reason: $reason, idempotencyKey: $key }) { userErrors { message remedy } }
  }
`);

type PaymentOf = NonNullable<PaymentQuery['payment']>;

/** One payment: who paid what, how it was split for good, and what has become of it. */
export function Payment({ id }: { id: string }) {
  const asked = useAsked(paymentDocument, { id });
  return <Asked asked={asked}>{({ payment }) => payment && <Shown payment={payment} />}</Asked>;
}

function Shown({ payment }: { payment: PaymentOf }) {
  const { amount, account, buyerEmail, status, offering, settlement, disputes, fraudWarning } = payment;
  return (
    <Stack>
      <div>
        <Anchor component={Link} href="/payments">
          Payments
        </Anchor>
        <Group gap="sm" wrap="nowrap">
          <Heading>{`${amount.formatted} from ${buyerEmail}`}</Heading>
          <Status of={status} />
        </Group>
        <Text c="dimmed">
          Paid <When at={payment.paidAt} /> to{' '}
          <Anchor component={Link} href={`/sellers/${account.id}`}>
            {account.displayName}
          </Anchor>
          {offering && ` for ${payment.quantity} × ${offering.title}`} · <Code>{payment.id}</Code>
        </Text>
        {payment.stripePaymentIntentId && (
          <Text size="sm" c="dimmed">
            At Stripe <Code>{payment.stripePaymentIntentId}</Code>
          </Text>
        )}
      </div>
      {fraudWarning && (
        <Problem title="The buyer’s bank suspects fraud">
          {fraudWarning.type.replaceAll('_', ' ')}, <When at={fraudWarning.warnedAt} />.{' '}
          {fraudWarning.actionable && 'A refund now may spare a dispute.'}
        </Problem>
      )}
      <Split payment={payment} />
      <Text>
        {payment.amountRefunded.amount > 0 ? `Refunded so far: ${payment.amountRefunded.formatted}. ` : ''}
        {settlement ? (
          <>
            Its seller is paid by{' '}
            <Anchor component={Link} href={`/settlements/${settlement.id}`}>
              a settlement
            </Anchor>{' '}
            <Status of={settlement.status} />
          </>
        ) : (
          'It was the seller’s own charge: the money went to them at once.'
        )}
      </Text>
      <Refund payment={payment} />
      {disputes.length > 0 && (
        <>
          <Title order={2} size="h4">
            Disputes
          </Title>
          <DisputeTable disputes={disputes} label="Disputes" empty="" />
        </>
      )}
      <ChangesOf id={payment.id} />
    </Stack>
  );
}

function Split({ payment: { snapshot } }: { payment: PaymentOf }) {
  const rows: [string, string][] = [
    ['Price', snapshot.subtotal.formatted],
    [`Platform’s fee (${(snapshot.percentageFee / 100).toFixed(2)} % and ${snapshot.fixedFee.formatted} each)`, snapshot.platformFee.formatted],
    ['Tax contained in the fee', snapshot.vatAmount.formatted],
    ['The seller’s share', snapshot.sellerTransfer.formatted],
    ['Charged', snapshot.totalCharged.formatted],
  ];
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        How it was split
      </Title>
      <Text size="sm" c="dimmed">
        Frozen when it was paid; the fee was {snapshot.feeMode === 'ADDED' ? 'added to the price' : 'in the price'}.
      </Text>
      <Table>
        <Table.Tbody>
          {rows.map(([what, much]) => (
            <Table.Tr key={what}>
              <Table.Td>{what}</Table.Td>
              <Table.Td ta="right" className="numeric">
                {much}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function Refund({ payment: { id, amount, amountRefunded, settlement, chargeModel } }: { payment: PaymentOf }) {
  const refund = useAct(refundDocument);
  const refusal = useRefusalTo('refundPayment');
  const left = amount.amount - amountRefunded.amount;
  if (left <= 0) return null;
  const digits = digitsOf(amount.decimal);
  const isDirect = chargeModel === 'DIRECT';
  const whoBears = isDirect
    ? 'It is taken from the seller’s own balance at Stripe.'
    : `The seller’s share of it is ${settlement?.status === 'SETTLED' ? 'taken back from them' : 'taken off what they are paid'}; the platform gives back its part of the fee.`;
  return (
    <Group>
      <ActButton
        label={amountRefunded.amount > 0 ? 'Refund more' : 'Refund'}
        danger
        consequences={`The buyer gets it back within 5 to 10 days. Stripe keeps its own fee. ${whoBears} This cannot be undone.`}
        refusal={refusal}
        fields={
          <>
            <TextInput
              name="amount"
              label={`Amount in ${amount.currency}`}
              description={`At most ${decimalOf(left, digits)}, which is what is left.`}
              required
              inputMode="decimal"
              defaultValue={decimalOf(left, digits)}
              data-autofocus
            />
            {isDirect && <Checkbox name="returnFee" label="The platform gives its share of the fee back too" defaultChecked />}
          </>
        }
        asksReason
        done="Refunded. The buyer’s bank shows it in 5 to 10 days."
        run={async ({ reason, key, typed }) => {
          const minor = minorOf(typed('amount'), digits);
          if (minor === null || minor === 0)
            return { message: `${typed('amount')} is no amount in ${amount.currency}.`, remedy: `Write it like ${decimalOf(left, digits)}.` };
          return (await refund({ id, amount: minor, returnFee: isDirect ? typed('returnFee') === 'on' : null, reason, key })).refused;
        }}
      />
    </Group>
  );
}
