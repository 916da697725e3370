import { Anchor } from '@mantine/core';

/** The list as it is filtered now, as a file. */
export function Download({ list, status, search }: { list: 'payments' | 'settlements'; status: readonly string[] | null; search?: string | null }) {
  const query = new URLSearchParams();
  if (status) query.set('status', status.join(','));
  if (search) query.set('search', search);
  return (
    <Anchor href={`/admin/${list}.csv?${query}`} download>
      Download as CSV
    </Anchor>
  );
}
