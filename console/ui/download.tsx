import { Anchor } from '@mantine/core';
import { useSearchParams } from 'wouter';

type List = 'payments' | 'settlements' | 'memberships' | 'disputes' | 'sellers';
const narrowing = ['search', 'account', 'currency', 'from', 'until', 'order', 'cause'];

/** The list as it is filtered and ordered now, as a file. */
export function Download({ list, status }: { list: List; status: readonly string[] | null }) {
  const [params] = useSearchParams();
  const query = new URLSearchParams(narrowing.flatMap((name) => (params.get(name) ? [[name, params.get(name) as string]] : [])));
  if (status) query.set('status', status.join(','));
  return (
    <Anchor href={`/admin/${list}.csv?${query}`} download mt="sm" display="inline-block">
      Download as CSV
    </Anchor>
  );
}
