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

/** Settlements, each leading to its page. */
export function SettlementTable({ settlements, label, empty }: { settlements: Listed[]; label: string; empty: string }) {
  return (
    <ResourceTable
      label={label}
      rows={settlements}
      keyOf={({ id }) => id}
      empty={empty}
      columns={[
        {
          name: 'Amount',
          numeric: true,
          cell: ({ id, amount }) => (
            <Anchor component={Link} href={`/settlements/${id}`} fw={600}>
              {amount.formatted}
            </Anchor>
          ),
        },
        {
          name: 'Seller',
          cell: ({ account }) => (
            <Anchor component={Link} href={`/sellers/${account.id}`}>
              {account.displayName}
            </Anchor>
          ),
        },
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
