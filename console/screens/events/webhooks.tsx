import { Anchor, Code, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DisabledBecause } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';
import { useRefusalTo } from '../../viewer';

const endpointsDocument = graphql(`
  query WebhookEndpoints {
    webhookEndpoints(first: 50) { nodes { id name url topics enabled disabledAt disabledBecause account { displayName } } }
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
