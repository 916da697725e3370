import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import type { PaymentKind, PaymentStatus } from '../../generated/graphql';
import { ResourceTable } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';

interface Listed {
  id: string;
  status: PaymentStatus;
  kind: PaymentKind;
  buyerEmail: string;
  paidAt: string;
  amount: { formatted: string };
  account?: { id: string; displayName: string };
}

const words: Record<PaymentKind, string> = { MEMBERSHIP_INVOICE: 'Membership', ONE_TIME: 'One-time', OFFERING: 'Offering' };

/** Payments, each leading to its page; with their sellers where those differ. */
export function PaymentTable({ payments, label }: { payments: Listed[]; label: string }) {
  return (
    <ResourceTable
      label={label}
      rows={payments}
      keyOf={({ id }) => id}
      empty="No payment is like that."
      columns={[
        {
          name: 'Amount',
          numeric: true,
          cell: ({ id, amount }) => (
            <Anchor component={Link} href={`/payments/${id}`} fw={600}>
              {amount.formatted}
            </Anchor>
          ),
        },
        { name: 'Buyer', cell: ({ buyerEmail }) => buyerEmail },
        ...(payments.some(({ account }) => account)
          ? [
              {
                name: 'Seller',
                cell: ({ account }: Listed) =>
                  account && (
                    <Anchor component={Link} href={`/sellers/${account.id}`}>
                      {account.displayName}
                    </Anchor>
                  ),
              },
            ]
          : []),
        { name: 'For', cell: ({ kind }) => words[kind] },
        { name: 'Status', cell: ({ status }) => <Status of={status} /> },
        { name: 'Paid', cell: ({ paidAt }) => <When at={paidAt} /> },
      ]}
    />
  );
}
