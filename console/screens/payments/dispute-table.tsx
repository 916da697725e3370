import { Anchor, Code, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { DisputeStatus } from '../../generated/graphql';
import { ResourceTable } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';

interface Listed {
  id: string;
  status: DisputeStatus;
  inquiry: boolean;
  reason: string;
  evidenceDueBy: string | null;
  openedAt: string;
  stripeDisputeId: string;
  amount: { formatted: string };
  fee: { formatted: string };
  payment: { id: string; status?: string; amountRefunded?: { amount: number; formatted: string } };
}

/** What banks ask back, with the day until which an answer counts. */
export function DisputeTable({ disputes, label, empty }: { disputes: Listed[]; label: string; empty: string }) {
  return (
    <ResourceTable
      label={label}
      rows={disputes}
      keyOf={({ id }) => id}
      empty={empty}
      columns={[
        {
          name: 'Amount',
          numeric: true,
          cell: ({ amount, payment }) => (
            <Anchor component={Link} href={`/payments/${payment.id}`} fw={600}>
              {amount.formatted}
            </Anchor>
          ),
        },
        {
          name: 'Status',
          cell: ({ status, inquiry, payment }) => (
            <>
              <Status of={status} />
              {inquiry && (
                <Text size="sm" c="dimmed">
                  only asks, no money has moved
                </Text>
              )}
              {payment.amountRefunded && payment.amountRefunded.amount > 0 && (
                <Text size="sm">already refunded {payment.amountRefunded.formatted}</Text>
              )}
            </>
          ),
        },
        { name: 'Reason', cell: ({ reason }) => reason.replaceAll('_', ' ') },
        { name: 'Evidence until', cell: ({ status, evidenceDueBy }) => status === 'NEEDS_RESPONSE' && <When at={evidenceDueBy} /> },
        { name: 'Stripe’s fee', numeric: true, cell: ({ fee }) => fee.formatted },
        { name: 'Opened', cell: ({ openedAt }) => <When at={openedAt} /> },
        { name: 'At Stripe', cell: ({ stripeDisputeId }) => <Code>{stripeDisputeId}</Code> },
      ]}
    />
  );
}
