import { ask } from './api';
import { graphql } from './generated/gql';
import type { PlaceKind } from './generated/graphql';

const lookUpDocument = graphql(`
  query LookUp($id: String!) {
    lookUp(id: $id) { kind id }
  }
`);

const addressOf: Record<PlaceKind, (id: string) => string> = {
  account: (id) => `/sellers/${id}`,
  payment: (id) => `/payments/${id}`,
  membership: (id) => `/memberships?search=${id}`,
  settlement: (id) => `/settlements/${id}`,
  bulkRetry: (id) => `/settlements/retries/${id}`,
  event: (id) => `/events/${id}`,
  events: (id) => `/events?view=all&search=${id}`,
  webhookEndpoint: (id) => `/webhooks/${id}`,
  changes: (id) => `/changes?search=${id}`,
  halt: () => '/',
};

/** Where what somebody typed or pasted leads: the page of an id of ours or Stripe's, or the list that knows such addresses and names. Null for nothing. */
export async function placeOf(typed: string): Promise<string | null> {
  const text = typed.trim();
  if (text === '') return null;
  const { lookUp } = /^[a-z]+_\w+$/.test(text) ? await ask(lookUpDocument, { id: text }).catch(() => ({ lookUp: null })) : { lookUp: null };
  if (lookUp) return addressOf[lookUp.kind](lookUp.id);
  const query = new URLSearchParams({ search: text });
  return text.includes('@') ? `/payments?${query}` : `/sellers?${query}`;
}
