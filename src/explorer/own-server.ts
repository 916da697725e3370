import { setTimeout as wait } from 'node:timers/promises';
import { known } from '../base/assert.js';
import type { Work } from '../db/work.js';
import { handledTypes } from '../events/handlers.js';
import type { InboxEventRow } from '../events/inbox-event.js';
import type { ExplorerClient } from '../stripe/explorer-client.js';

/** This server, as a step about webhooks sees it. */
export interface OwnServer {
  /** Where Stripe delivers events to it. */
  endpoint: string;
  /** The types of events that it acts on. */
  handledTypes: string[];
  /** Signs a body with the endpoint's own secret, which is told nobody. */
  sign(body: string): string;
  /** What the inbox has of a platform's event, once that is concluded, or after five seconds as it stands; null where nothing came. */
  arrivalOf(eventId: string): Promise<Pick<InboxEventRow, 'type' | 'source' | 'state' | 'receivedAt' | 'concludedAt'> | null>;
}

const looksMax = 50;
const lookEveryMs = 100;

/** The server that the work is of. */
export function ownServer(work: Work, { sdk }: ExplorerClient): OwnServer {
  const [secret] = work.config.stripe.platformWebhookSecrets;
  const read = (eventId: string) =>
    work.read
      .selectFrom('inboxEvent')
      .select(['type', 'source', 'state', 'receivedAt', 'concludedAt'])
      .where('stream', '=', 'platform')
      .where('stripeEventId', '=', eventId)
      .executeTakeFirst();
  return {
    endpoint: `${work.config.publicUrl}/api/webhooks/stripe`,
    handledTypes,
    sign: (payload) => sdk.webhooks.generateTestHeaderString({ payload, secret: known(secret, 'the endpoint’s secret').reveal() }),
    async arrivalOf(eventId) {
      let row = await read(eventId);
      for (let looks = 1; row?.state === 'RECEIVED' && looks < looksMax; looks++) {
        await wait(lookEveryMs);
        row = await read(eventId);
      }
      return row ?? null;
    },
  };
}
