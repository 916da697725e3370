import { Group, Text } from '@mantine/core';
import { useAct } from '../../api';
import { graphql } from '../../generated/gql';
import { ActButton } from '../../ui/act';
import { useRefusalTo } from '../../viewer';

const replayDocument = graphql(`
  mutation ReplayEvents($ids: [ID!]) {
    replayEvents(input: { ids: $ids }) { count userErrors { message remedy } }
  }
`);

const ignoreDocument = graphql(`
  mutation IgnoreEvents($ids: [ID!], $reason: String!) {
    ignoreEvents(input: { ids: $ids, reason: $reason }) { count userErrors { message remedy } }
  }
`);

/** What may be done with parked events that are shown. */
export function ParkedActs({ ids }: { ids: string[] }) {
  const replay = useAct(replayDocument);
  const ignore = useAct(ignoreDocument);
  const mayNot = { replay: useRefusalTo('replayEvents'), ignore: useRefusalTo('ignoreEvents') };
  return (
    <Group>
      <ActButton
        label={ids.length === 1 ? 'Replay it' : `Replay these ${ids.length}`}
        consequences={
          <Text>Each is applied anew within seconds, by reading at Stripe what it is about. What has been applied is not applied twice.</Text>
        }
        refusal={mayNot.replay}
        done="They are applied anew."
        run={async () => (await replay({ ids })).refused}
      />
      <ActButton
        label={ids.length === 1 ? 'Put it aside' : `Put these ${ids.length} aside`}
        consequences="They are not applied; the reason is kept."
        refusal={mayNot.ignore}
        asksReason
        danger
        done="They are put aside."
        run={async ({ reason }) => (await ignore({ ids, reason })).refused}
      />
    </Group>
  );
}
