import { Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useAskedOnce } from '../api';
import { graphql } from '../generated/gql';
import type { MoneyAuditQuery, ReconciliationQuery } from '../generated/graphql';
import { Asked } from '../ui/asked';
import { Heading } from '../ui/heading';
import { Problem } from '../ui/problem';
import { ResourceTable } from '../ui/resource-table';
import { When } from '../ui/when';

const moneyAuditDocument = graphql(`
  query MoneyAudit {
    moneyAudit { ok checkedAt checks { name ok detail } }
  }
`);

const reconciliationDocument = graphql(`
  query Reconciliation {
    reconciliation {
      ok checkedAt warnings
      currencies { ok atStripe { formatted currency } lines { formatted } booked { formatted } platform { formatted } residual { formatted } }
      residual { class subject since moved { formatted } booked { formatted } account { displayName } }
    }
  }
`);

type Audit = MoneyAuditQuery['moneyAudit'];
type Compared = ReconciliationQuery['reconciliation'];

/** Whether the books are right, and whether Stripe says the same: computed anew when somebody asks. */
export function Books() {
  const audit = useAskedOnce(moneyAuditDocument, {});
  const reconciliation = useAskedOnce(reconciliationDocument, {});
  return (
    <Stack>
      <Heading>Books</Heading>
      <Again asked={audit} name="The promises of the books" />
      <Asked asked={audit}>{({ moneyAudit }) => <Promises {...moneyAudit} />}</Asked>
      <Again asked={reconciliation} name="Stripe’s balance beside them" />
      <Asked asked={reconciliation}>{(answer) => <AtStripe {...answer.reconciliation} />}</Asked>
    </Stack>
  );
}

function Again({ asked, name }: { asked: UseQueryResult<unknown>; name: string }) {
  return (
    <Group justify="space-between">
      <Title order={2} size="h4">
        {name}
      </Title>
      <Button variant="default" size="xs" loading={asked.isFetching} onClick={() => void asked.refetch()}>
        Check now
      </Button>
    </Group>
  );
}

function Promises({ ok, checkedAt, checks }: Audit) {
  const broken = checks.filter((check) => !check.ok);
  return (
    <>
      <Text role="status">
        {ok ? `All ${checks.length} hold.` : `${broken.length} of ${checks.length} are broken.`} Checked <When at={checkedAt} />.
      </Text>
      {broken.map(({ name, detail }) => (
        <Problem key={name} title={name}>
          {detail}
        </Problem>
      ))}
      <ResourceTable
        label="The promises of the books"
        rows={checks}
        keyOf={({ name }) => name}
        empty=""
        columns={[
          { name: 'Promise', cell: ({ detail }) => detail },
          { name: 'Holds', cell: (check) => (check.ok ? 'yes' : 'no') },
          { name: 'View in the database', cell: ({ name }) => <Code>{name}</Code> },
        ]}
      />
    </>
  );
}

function AtStripe({ ok, checkedAt, warnings, currencies, residual }: Compared) {
  return (
    <>
      <Text role="status">
        {ok ? 'They agree to the cent.' : 'They do not agree.'} Compared <When at={checkedAt} />.
      </Text>
      {warnings.map((warning) => (
        <Text key={warning}>{warning}</Text>
      ))}
      <ResourceTable
        label="Stripe’s balance beside the books"
        rows={currencies}
        keyOf={({ atStripe }) => atStripe.currency}
        empty="Stripe holds nothing for the platform yet."
        columns={[
          { name: 'Currency', cell: ({ atStripe }) => atStripe.currency },
          { name: 'At Stripe', numeric: true, cell: ({ atStripe }) => atStripe.formatted },
          { name: 'Sum of its lines', numeric: true, cell: ({ lines }) => lines.formatted },
          { name: 'In the books', numeric: true, cell: ({ booked }) => booked.formatted },
          { name: 'The platform’s own', numeric: true, cell: ({ platform }) => platform.formatted },
          { name: 'Left over', numeric: true, cell: (row) => row.residual.formatted },
        ]}
      />
      {residual.length > 0 && (
        <ResourceTable
          label="What is left over"
          rows={residual}
          keyOf={({ subject, since }) => `${subject} ${since}`}
          empty=""
          columns={[
            { name: 'What', cell: (row) => row.class.toLowerCase().replaceAll('_', ' ') },
            { name: 'Subject', cell: ({ subject }) => <Code>{subject}</Code> },
            { name: 'Whose', cell: ({ account }) => account?.displayName },
            { name: 'Moved at Stripe', numeric: true, cell: ({ moved }) => moved.formatted },
            { name: 'Booked', numeric: true, cell: ({ booked }) => booked.formatted },
            { name: 'Since', cell: ({ since }) => <When at={since} /> },
          ]}
        />
      )}
    </>
  );
}
