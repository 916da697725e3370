import { Anchor } from '@mantine/core';
import { useSearchParams } from 'wouter';

type List = 'payments' | 'settlements' | 'memberships' | 'disputes' | 'sellers' | 'events' | 'deliveries' | 'changes';
const narrowing = ['search', 'account', 'currency', 'from', 'until', 'order', 'cause'];

/** The list as it is filtered and ordered now, as a file; `of` says whose it is where its address does. */
export function Download({ list, status, of = {} }: { list: List; status?: readonly string[] | null; of?: Record<string, string> }) {
  const [params] = useSearchParams();
  const query = new URLSearchParams(narrowing.flatMap((name) => (params.get(name) ? [[name, params.get(name) as string]] : [])));
  for (const [name, value] of Object.entries(of)) query.set(name, value);
  if (status) query.set('status', status.join(','));
  return (
    <Anchor href={`/admin/${list}.csv?${query}`} download mt="sm" display="inline-block">
      Download as CSV
    </Anchor>
  );
}
