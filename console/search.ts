import { ask } from './api';
import { graphql } from './generated/gql';
import type { PlaceKind } from './generated/graphql';

const lookUpDocument = graphql(`
  query LookUp($id: String!) {
    lookUp(id: $id) { kind id }
  }
`);

const pageOf: Record<PlaceKind, string> = {
  account: '/sellers',
  payment: '/payments',
  settlement: '/settlements',
  bulkRetry: '/settlements/retries',
};

/** Where what somebody typed or pasted leads: the page of an id of ours or Stripe's, or the list that knows such addresses and names. Null for nothing. */
export async function placeOf(typed: string): Promise<string | null> {
  const text = typed.trim();
  if (text === '') return null;
  const { lookUp } = /^[a-z]+_\w+$/.test(text) ? await ask(lookUpDocument, { id: text }).catch(() => ({ lookUp: null })) : { lookUp: null };
  if (lookUp) return `${pageOf[lookUp.kind]}/${lookUp.id}`;
  const query = new URLSearchParams({ search: text });
  return text.includes('@') ? `/payments?${query}` : `/sellers?${query}`;
}
