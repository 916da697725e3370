import { Button, Group, List, Modal, Progress, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../../api';
import { graphql } from '../../generated/gql';
import type { FailureCode } from '../../generated/graphql';
import { newKey } from '../../ui/act';
import { useRefusalTo } from '../../viewer';
import { plural, wordsOfFailure } from '../../words';

const failedDocument = graphql(`
  query FailedOf($cause: FailureCode!, $after: String) {
    settlements(first: 100, after: $after, status: [FAILED], cause: [$cause]) { nodes { id } pageInfo { hasNextPage endCursor } }
  }
`);

const retryOneDocument = graphql(`
  mutation RetryOne($id: ID!, $key: String!) {
    retrySettlement(input: { settlementId: $id, idempotencyKey: $key }) { settlement { status failure { message } } userErrors { message } }
  }
`);

/** What became of those tried so far. */
interface Outcome {
  total: number;
  tried: number;
  paid: number;
  unpaid: { id: string; why: string }[];
}

/** Every failed settlement of one cause, in the order they are listed, as they stand when it begins. */
async function idsOf(cause: FailureCode): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const { settlements }: { settlements: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } = await ask(
      failedDocument,
      { cause, after },
    );
    ids.push(...settlements.nodes.map(({ id }) => id));
    after = settlements.pageInfo.hasNextPage ? settlements.pageInfo.endCursor : null;
  } while (after !== null);
  return ids;
}

/** Tries one; answers why it was not paid, or null where it was. */
async function retryOne(id: string): Promise<string | null> {
  try {
    const { settlement, userErrors } = (await ask(retryOneDocument, { id, key: newKey() })).retrySettlement;
    if (userErrors[0]) return userErrors[0].message;
    return settlement?.status === 'SETTLED' ? null : (settlement?.failure?.message ?? 'It is not paid yet.');
  } catch (error) {
    return error instanceof Error ? error.message : 'That did not work.';
  }
}

/** Retries all settlements that failed for one cause, one after the other. Stopping it stops after the one at hand; doing it twice pays none twice. */
export function BulkRetry({ cause, count, total }: { cause: FailureCode; count: number; total: string }) {
  const [opened, { open, close }] = useDisclosure();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [busy, setBusy] = useState(false);
  const stopped = useRef(false);
  const client = useQueryClient();
  const refusal = useRefusalTo('retrySettlement');
  const run = async () => {
    setBusy(true);
    stopped.current = false;
    const ids = await idsOf(cause).catch(() => []);
    const so: Outcome = { total: ids.length, tried: 0, paid: 0, unpaid: [] };
    for (const id of ids) {
      if (stopped.current) break;
      const why = await retryOne(id);
      so.tried += 1;
      if (why === null) so.paid += 1;
      else so.unpaid.push({ id, why });
      setOutcome({ ...so });
    }
    setOutcome({ ...so });
    setBusy(false);
    await client.invalidateQueries();
  };
  const begin = () => {
    setOutcome(null);
    open();
  };
  const leave = () => {
    stopped.current = true;
    close();
  };
  return (
    <>
      {count > 0 && (
        <Button color="teal.9" onClick={begin} disabled={refusal !== null}>
          Retry all {count}
        </Button>
      )}
      {count > 0 && refusal && (
        <Text size="sm" c="dimmed">
          {refusal}
        </Text>
      )}
      <Modal.Root opened={opened} onClose={leave}>
        <Modal.Overlay />
        <Modal.Content aria-label="Retry all">
          <Modal.Body>
            <Stack>
              <Title order={2} size="h4">
                {outcome ? 'What became of them' : `Retry ${plural(count, 'settlement')}, ${total}`}
              </Title>
              {!outcome && (
                <Text>
                  They failed for one cause: {wordsOfFailure[cause]}. Each is sent under a new key to the account its seller has now, one after the
                  other; none is paid twice.
                </Text>
              )}
              {outcome && <Told {...outcome} />}
              <Group justify="flex-end">
                <Button variant="default" onClick={leave}>
                  {busy ? 'Stop' : 'Close'}
                </Button>
                {!outcome && (
                  <Button color="teal.9" loading={busy} onClick={() => void run()}>
                    Retry them
                  </Button>
                )}
              </Group>
            </Stack>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}

function Told({ total, tried, paid, unpaid }: Outcome) {
  return (
    <>
      <Progress value={total === 0 ? 100 : (100 * tried) / total} color="teal.9" aria-label="Tried so far" />
      <Text role="status">
        {tried} of {total} tried, {paid} paid.
      </Text>
      {unpaid.length > 0 && (
        <List size="sm">
          {unpaid.slice(0, 20).map(({ id, why }) => (
            <List.Item key={id}>
              <Link href={`/settlements/${id}`}>{id}</Link>: {why}
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}
