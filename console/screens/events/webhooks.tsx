import { Anchor, Code, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DeliveriesQuery, DisabledBecause } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';

const endpointsDocument = graphql(`
  query WebhookEndpoints {
    webhookEndpoints(first: 50) { nodes { id name url topics enabled disabledAt disabledBecause account { displayName } } }
  }
`);

const deliveriesDocument = graphql(`
  query Deliveries($endpointId: ID!) {
    webhookDeliveries(endpointId: $endpointId, first: 25) {
      nodes { id topic subjectId sequence state attemptCount recordedAt nextAttemptAt attempts { number status error tookMs } }
    }
  }
`);

const replayDeliveriesDocument = graphql(`
  mutation ReplayDeliveries($endpointId: ID!, $ids: [ID!]) {
    replayDeliveries(input: { endpointId: $endpointId, ids: $ids }) { count userErrors { message remedy } }
  }
`);

const enableDocument = graphql(`
  mutation EnableEndpoint($id: ID!) {
    updateWebhookEndpoint(input: { id: $id, enabled: true }) { userErrors { message remedy } }
  }
`);

const words: Record<DisabledBecause, string> = {
  ASKED: 'switched off by somebody',
  FAILING: 'took nothing for three days',
  GONE: 'answered that it wants no more',
};

/** Where partners are told what changes. */
export function Webhooks() {
  const asked = useAsked(endpointsDocument, {});
  return (
    <Stack>
      <Heading>Partners’ endpoints</Heading>
      <Asked asked={asked}>
        {({ webhookEndpoints }) => (
          <ResourceTable
            label="Partners’ endpoints"
            rows={webhookEndpoints.nodes}
            keyOf={({ id }) => id}
            empty="Nobody is told anything yet. Partners make endpoints by the API."
            columns={[
              {
                name: 'Name',
                cell: ({ id, name }) => (
                  <Anchor component={Link} href={`/webhooks/${id}`} fw={600}>
                    {name}
                  </Anchor>
                ),
              },
              { name: 'Whose', cell: ({ account }) => account?.displayName ?? 'the platform' },
              { name: 'Address', cell: ({ url }) => <Code>{url}</Code> },
              { name: 'Told of', cell: ({ topics }) => (topics.length === 0 ? 'everything' : topics.join(', ')) },
              {
                name: 'State',
                cell: ({ id, enabled, disabledBecause }) =>
                  enabled ? 'on' : <SwitchOn id={id} why={disabledBecause ? words[disabledBecause] : 'off'} />,
              },
            ]}
          />
        )}
      </Asked>
    </Stack>
  );
}

function SwitchOn({ id, why }: { id: string; why: string }) {
  const enable = useAct(enableDocument);
  const refusal = useRefusalTo('updateWebhookEndpoint');
  return (
    <Group gap="xs">
      <Text size="sm">off: {why}</Text>
      <ActButton
        label="Switch on"
        small
        consequences="It is told again of what changes from now on. What it missed can be replayed."
        refusal={refusal}
        done="It is on."
        run={async () => (await enable({ id })).refused}
      />
    </Group>
  );
}

type Delivery = DeliveriesQuery['webhookDeliveries']['nodes'][number];

/** What one endpoint was told, newest first, with every try. */
export function Deliveries({ id }: { id: string }) {
  const asked = useAsked(deliveriesDocument, { endpointId: id });
  return (
    <Stack>
      <Anchor component={Link} href="/webhooks">
        Partners’ endpoints
      </Anchor>
      <Heading>What it was told</Heading>
      <Asked asked={asked}>
        {({ webhookDeliveries: { nodes } }) => (
          <>
            <ReplayFailed id={id} failed={nodes.filter(({ state }) => state === 'FAILED')} />
            <ResourceTable
              label="What it was told"
              rows={nodes}
              keyOf={(delivery) => delivery.id}
              empty="Nothing has changed since it was made."
              columns={[
                { name: 'What', cell: ({ topic }) => <Code>{topic}</Code> },
                { name: 'Of', cell: ({ subjectId }) => <Code>{subjectId}</Code> },
                { name: 'State', cell: ({ state }) => <Status of={state} /> },
                { name: 'Tries', numeric: true, cell: ({ attemptCount }) => attemptCount },
                { name: 'Last answer', cell: ({ attempts }) => answerOf(attempts) },
                { name: 'Changed', cell: ({ recordedAt }) => <When at={recordedAt} /> },
                { name: 'Tried next', cell: ({ nextAttemptAt }) => <When at={nextAttemptAt} /> },
              ]}
            />
          </>
        )}
      </Asked>
    </Stack>
  );
}

function answerOf(attempts: Delivery['attempts']): string {
  const last = attempts.at(-1);
  if (!last) return '';
  return `${last.status ?? last.error ?? 'none'} in ${last.tookMs} ms`;
}

function ReplayFailed({ id, failed }: { id: string; failed: Delivery[] }) {
  const replay = useAct(replayDeliveriesDocument);
  const refusal = useRefusalTo('replayDeliveries');
  if (failed.length === 0) return null;
  return (
    <div>
      <Title order={2} size="h4" mb="xs">
        {failed.length} given up
      </Title>
      <ActButton
        label="Tell it again"
        consequences="They are delivered again in their order, under the ids they had."
        refusal={refusal}
        done="They are delivered again."
        run={async () => (await replay({ endpointId: id, ids: failed.map((delivery) => delivery.id) })).refused}
      />
    </div>
  );
}
