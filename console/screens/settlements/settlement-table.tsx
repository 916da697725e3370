import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { FailureCode, SettlementStatus } from '../../generated/graphql';
import { ResourceTable } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { wordsOfFailure } from '../../words';

interface Listed {
  id: string;
  status: SettlementStatus;
  dueAt: string;
  amount: { formatted: string };
  failure: { code: FailureCode } | null;
  account: { id: string; displayName: string };
  offering: { title: string } | null;
}

/** What a settlement comes to, leading to its page. */
export const amountColumn = {
  name: 'Amount',
  numeric: true,
  cell: ({ id, amount }: Pick<Listed, 'id' | 'amount'>) => (
    <Anchor component={Link} href={`/settlements/${id}`} fw={600}>
      {amount.formatted}
    </Anchor>
  ),
};

/** Whose it is, leading to their page. */
export const sellerColumn = {
  name: 'Seller',
  cell: ({ account }: Pick<Listed, 'account'>) => (
    <Anchor component={Link} href={`/sellers/${account.id}`}>
      {account.displayName}
    </Anchor>
  ),
};

/** Settlements, each leading to its page. */
export function SettlementTable({ settlements, label, empty }: { settlements: Listed[]; label: string; empty: string }) {
  return (
    <ResourceTable
      label={label}
      rows={settlements}
      keyOf={({ id }) => id}
      empty={empty}
      columns={[
        amountColumn,
        sellerColumn,
        { name: 'For', cell: ({ offering }) => offering?.title },
        {
          name: 'Status',
          cell: ({ status, failure }) => (
            <>
              <Status of={status} />
              {failure && (
                <Text size="sm" c="dimmed">
                  {wordsOfFailure[failure.code]}
                </Text>
              )}
            </>
          ),
        },
        { name: 'Due', cell: ({ dueAt }) => <When at={dueAt} /> },
      ]}
    />
  );
}
