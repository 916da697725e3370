import { authorize } from '../../access/permissions.js';
import { ownAccountOf, type Viewer } from '../../access/viewer.js';
import { anyOf, follows, type Page, type PageRequest, pageOf, type TimeOrder, timeOrders } from '../../db/paging.js';
import type { Work } from '../../db/work.js';
import { readWebhookEndpoint } from './registering.js';
import type { DeliveryState, WebhookAttemptRow, WebhookDeliveryRow } from './webhook-delivery.js';
import type { WebhookEndpointRow } from './webhook-endpoint.js';

/** Endpoints, newest first: a seller's own, or for staff those of any account and of the platform. */
export async function listWebhookEndpoints(
  work: Work,
  viewer: Viewer,
  filter: { accountId: string | null },
  page: PageRequest,
): Promise<Page<WebhookEndpointRow>> {
  const accountId = filter.accountId ?? ownAccountOf(viewer)?.accountId ?? null;
  authorize(viewer, 'webhookEndpoints', accountId === null ? null : { accountId });
  const rows = await work.read
    .selectFrom('webhookEndpoint')
    .selectAll()
    .where('removedAt', 'is', null)
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId as string))
    .$if(page.after !== null, (query) => query.where('id', '<', page.after as string))
    .orderBy('id', 'desc')
    .limit(page.first + 1)
    .execute();
  return pageOf(rows, page);
}

export interface DeliveryFilter {
  endpointId: string;
  state: DeliveryState[] | null;
  /** A whole id: the delivery's, or of what changed; or a topic, which has a point in it. */
  search?: string | null;
  /** Changed then or later, and before then. */
  from?: Date | null;
  until?: Date | null;
  order?: TimeOrder | null;
}

/** What an endpoint was told, is to be told, and was not, newest first where nothing else is asked for. For those who may see the endpoint. */
export async function listDeliveries(work: Work, viewer: Viewer, filter: DeliveryFilter, page: PageRequest): Promise<Page<WebhookDeliveryRow>> {
  await readWebhookEndpoint(work, viewer, filter.endpointId, 'webhookDeliveries');
  const { state, search, from, until } = filter;
  const order = timeOrders[filter.order ?? 'NEWEST'];
  let query = work.read
    .selectFrom('webhookDelivery')
    .selectAll()
    .where('endpointId', '=', filter.endpointId)
    .where(follows('webhookDelivery', order, page.after))
    .orderBy('id', order.direction)
    .limit(page.first + 1);
  if (state) query = query.where(anyOf('state', state));
  if (search?.includes('.')) query = query.where('topic', '=', search);
  else if (search) query = query.where((row) => row.or([row('id', '=', search), row('subjectId', '=', search)]));
  if (from) query = query.where('recordedAt', '>=', from);
  if (until) query = query.where('recordedAt', '<', until);
  return pageOf(await query.execute(), page);
}

/** The tries of several deliveries, oldest first, in one statement, for loaders; in the order asked. */
export async function attemptsOfDeliveries(work: Work, deliveryIds: readonly string[]): Promise<WebhookAttemptRow[][]> {
  const rows = await work.read.selectFrom('webhookAttempt').selectAll().where('deliveryId', 'in', deliveryIds).orderBy('number').execute();
  const byDelivery = Map.groupBy(rows, ({ deliveryId }) => deliveryId);
  return deliveryIds.map((id) => byDelivery.get(id) ?? []);
}
