/** Where what somebody typed or pasted leads: an object of ours by its id, or the list that knows such ids, addresses and names. Null for nothing. */
export function placeOf(typed: string): string | null {
  const text = typed.trim();
  if (text === '') return null;
  if (/^stl_\w+$/.test(text)) return `/settlements/${text}`;
  if (/^pay_\w+$/.test(text)) return `/payments/${text}`;
  if (/^acc_\w+$/.test(text)) return `/sellers/${text}`;
  const query = new URLSearchParams({ search: text });
  return /@|^(pi|ch|py|cs|in)_/.test(text) ? `/payments?${query}` : `/sellers?${query}`;
}
