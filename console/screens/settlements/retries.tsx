import { Anchor, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { BulkRetryQuery } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Figure } from '../../ui/figure';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';
import { plural, wordsOfFailure } from '../../words';
import { amountColumn, sellerColumn } from './settlement-table';

const retriesDocument = graphql(`
  query BulkRetries {
    bulkRetries { id cause startedAt startedBy endedAt total waiting paid failed }
  }
`);

const retryDocument = graphql(`
  query BulkRetry($id: ID!) {
    bulkRetry(id: $id) {
      id cause reason startedAt startedBy endedAt stoppedBy total waiting underWay paid failed passedOver
      failedSettlements { id amount { formatted } account { id displayName } failure { message } }
    }
  }
`);

const stopDocument = graphql(`
  mutation StopBulkRetry($id: ID!) {
    stopBulkRetry(input: { id: $id }) { userErrors { message remedy } }
  }
`);

/** The settlements that were retried together lately. */
export function Retries() {
  const asked = useAsked(retriesDocument, {});
  return (
    <>
      <Back />
      <Heading>Retried together</Heading>
      <Asked asked={asked}>
        {({ bulkRetries }) => (
          <ResourceTable
            label="Retried together"
            rows={bulkRetries}
            keyOf={({ id }) => id}
            empty="Nothing has been retried together yet. Choose a cause among the settlements that need attention."
            columns={[
              {
                name: 'Begun',
                cell: ({ id, startedAt }) => (
                  <Anchor component={Link} href={`/settlements/retries/${id}`}>
                    <When at={startedAt} />
                  </Anchor>
                ),
              },
              { name: 'Cause', cell: ({ cause }) => wordsOfFailure[cause] },
              { name: 'By', cell: ({ startedBy }) => startedBy },
              { name: 'Settlements', numeric: true, cell: ({ total }) => total },
              { name: 'Paid', numeric: true, cell: ({ paid }) => paid },
              { name: 'Failed again', numeric: true, cell: ({ failed }) => failed },
              { name: 'Ended', cell: ({ endedAt }) => (endedAt ? <When at={endedAt} /> : 'goes on') },
            ]}
          />
        )}
      </Asked>
    </>
  );
}

/** How far settlements retried together have come, and which of them have failed again. */
export function Retry({ id }: { id: string }) {
  const asked = useAsked(retryDocument, { id }, 2_000);
  return <Asked asked={asked}>{({ bulkRetry }) => <Shown {...bulkRetry} />}</Asked>;
}

type Shown = BulkRetryQuery['bulkRetry'];

function Shown({ cause, reason, startedAt, startedBy, endedAt, stoppedBy, total, waiting, underWay, paid, failed, passedOver, ...more }: Shown) {
  const decided = total - waiting - underWay;
  const share = (count: number) => (100 * count) / total;
  return (
    <Stack>
      <div>
        <Back />
        <Heading>{`${plural(total, 'settlement')}: ${wordsOfFailure[cause]}`}</Heading>
        <Text c="dimmed">
          Retried since <When at={startedAt} /> by {startedBy ?? 'somebody'}: {reason}
        </Text>
      </div>
      <Card withBorder>
        <Stack>
          <Text role="status" fw={600}>
            {decided} of {total} decided, {paid} paid.{' '}
            {stoppedBy ? `Stopped by ${stoppedBy}; ${waiting} were left as they are.` : waiting + underWay === 0 && 'That was all of them.'}
          </Text>
          <Progress.Root size="xl">
            <Progress.Section value={share(paid)} color="teal.9" aria-label="Paid" />
            <Progress.Section value={share(failed)} color="red.9" aria-label="Failed again" />
            <Progress.Section value={share(passedOver)} color="gray.7" aria-label="Passed over" />
          </Progress.Root>
          <SimpleGrid cols={{ base: 2, sm: 5 }}>
            <Figure what="Paid" much={`${paid}`} />
            <Figure what="Failed again" much={`${failed}`} />
            <Figure what="Under way" much={`${underWay}`} />
            <Figure what={endedAt ? 'Left as they are' : 'Waiting'} much={`${waiting}`} />
            <Figure what="Passed over" much={`${passedOver}`} />
          </SimpleGrid>
          {passedOver > 0 && (
            <Text size="sm" c="dimmed">
              Passed over is what had changed before its turn came: paid, emptied, or failed for another cause.
            </Text>
          )}
          {endedAt === null && <Stop id={more.id} waiting={waiting} />}
        </Stack>
      </Card>
      {more.failedSettlements.length > 0 && <FailedAgain {...more} />}
    </Stack>
  );
}

function Stop({ id, waiting }: { id: string; waiting: number }) {
  const stop = useAct(stopDocument);
  return (
    <Group>
      <ActButton
        label="Stop"
        danger
        consequences={`The ${waiting} that wait are left as they are. What was taken up is paid all the same.`}
        refusal={useRefusalTo('stopBulkRetry')}
        done="Stopped."
        run={async () => (await stop({ id })).refused}
      />
    </Group>
  );
}

function FailedAgain({ failedSettlements }: Pick<Shown, 'failedSettlements'>) {
  return (
    <>
      <Title order={2} size="h4">
        Failed again
      </Title>
      <ResourceTable
        label="Failed again"
        rows={failedSettlements}
        keyOf={({ id }) => id}
        empty=""
        columns={[amountColumn, sellerColumn, { name: 'Why', cell: ({ failure }) => failure?.message }]}
      />
      {failedSettlements.length === 100 && <Text c="dimmed">The first hundred are shown.</Text>}
    </>
  );
}

function Back() {
  return (
    <Anchor component={Link} href="/settlements">
      Settlements
    </Anchor>
  );
}
