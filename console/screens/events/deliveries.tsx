import { Anchor, Code, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { DeliveriesQuery, DeliveryState } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Download } from '../../ui/download';
import { useFilters } from '../../ui/filters';
import { Heading } from '../../ui/heading';
import { Pages, ResourceTable, useView } from '../../ui/resource-table';
import { Status } from '../../ui/status';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';
import { timeOrders } from '../../words';

const deliveriesDocument = graphql(`
  query Deliveries(
    $endpointId: ID!, $after: String, $state: [DeliveryState!], $search: String, $from: DateTime, $until: DateTime, $order: TimeOrder
  ) {
    webhookDeliveries(
      endpointId: $endpointId, after: $after, state: $state, search: $search, from: $from, until: $until, order: $order
    ) {
      nodes { id topic subjectId sequence state attemptCount recordedAt nextAttemptAt attempts { number status error tookMs } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const replayDeliveriesDocument = graphql(`
  mutation ReplayDeliveries($endpointId: ID!, $ids: [ID!]) {
    replayDeliveries(input: { endpointId: $endpointId, ids: $ids }) { count userErrors { message remedy } }
  }
`);

const views = { all: 'All', failed: 'Given up', waiting: 'Waiting', taken: 'Taken' };
const statesOf: Record<keyof typeof views, DeliveryState[] | null> = {
  all: null,
  failed: ['FAILED'],
  waiting: ['PENDING'],
  taken: ['DELIVERED'],
};

type Delivery = DeliveriesQuery['webhookDeliveries']['nodes'][number];

/** What one endpoint was told, newest first where nothing else is chosen, with what it answered last. */
export function Deliveries({ id }: { id: string }) {
  const { view, tabs } = useView(views);
  const { narrowed, bar } = useFilters({ search: 'Any whole id, or a topic', when: 'Changed', money: false, orders: timeOrders });
  const asked = useAsked(deliveriesDocument, { ...narrowed, endpointId: id, state: statesOf[view] });
  return (
    <>
      <Anchor component={Link} href="/webhooks">
        Partners’ endpoints
      </Anchor>
      <Heading>What it was told</Heading>
      {tabs}
      {bar}
      <Asked asked={asked}>
        {({ webhookDeliveries: { nodes, pageInfo } }) => (
          <>
            <ReplayFailed id={id} failed={nodes.filter(({ state }) => state === 'FAILED')} />
            <ResourceTable
              label="What it was told"
              rows={nodes}
              keyOf={(delivery) => delivery.id}
              empty="It was told nothing like that."
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
            <Pages info={pageInfo} />
            <Download list="deliveries" status={statesOf[view]} of={{ endpoint: id }} />
          </>
        )}
      </Asked>
    </>
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
