import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';

/** What a list is narrowed to, as the API takes it. */
export interface Narrowed<Order extends string> {
  after: string | null;
  search: string | null;
  accountId: string | null;
  currency: string | null;
  from: string | null;
  until: string | null;
  order: Order | null;
}

interface FiltersOf<Order extends string> {
  /** What can be searched for. */
  search: string;
  /** What the days are of. */
  when: string;
  /** Whether its rows are amounts, so that one currency can be looked at. */
  money: boolean;
  /** In which orders it can be read; the first where none is chosen. */
  orders: Record<Order, string>;
}

const dayMs = 86_400_000;

/** A list's filter. All of it stands in the address, so that a list can be shared, kept and gone back to; days are days in UTC, the last one included. */
export function useFilters<const Order extends string>({ search, when, money, orders }: FiltersOf<Order>) {
  const [params] = useSearchParams();
  const [path, go] = useLocation();
  const day = (name: string, days = 0) => {
    const at = Date.parse(`${params.get(name) ?? ''}T00:00:00Z`);
    return Number.isNaN(at) ? null : new Date(at + days * dayMs).toISOString();
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    for (const field of form.current?.elements ?? [])
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = params.get(field.name) ?? '';
  }, [params]);
  const order = params.get('order') ?? '';
  const narrowed: Narrowed<Order> = {
    after: params.get('after'),
    search: params.get('search'),
    accountId: params.get('account'),
    currency: /^[A-Z]{3}$/.exec(params.get('currency') ?? '')?.[0] ?? null,
    from: day('from'),
    until: day('until', 1),
    order: Object.hasOwn(orders, order) ? (order as Order) : null,
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const next = new URLSearchParams(params);
    next.delete('after');
    for (const [name, value] of new FormData(event.currentTarget)) {
      const typed = name === 'currency' ? String(value).trim().toUpperCase() : String(value).trim();
      if (typed) next.set(name, typed);
      else next.delete(name);
    }
    go(`${path}?${next}`);
  };
  const bar = (
    <form ref={form} onSubmit={submit}>
      <Group align="flex-end" gap="xs" mb="sm">
        <TextInput name="search" size="xs" label={search} maxLength={254} w={{ base: '100%', sm: 330 }} />
        {money && <TextInput name="currency" size="xs" label="Currency" maxLength={3} placeholder="USD" w={90} />}
        <TextInput name="from" size="xs" type="date" label={`${when} from`} w={150} />
        <TextInput name="until" size="xs" type="date" label={`${when} until`} w={150} />
        <NativeSelect
          name="order"
          size="xs"
          label="Order"
          data={Object.entries<string>(orders).map(([value, label], at) => ({ value: at === 0 ? '' : value, label }))}
        />
        <Button type="submit" variant="default" size="xs">
          Show
        </Button>
      </Group>
      <Chosen />
    </form>
  );
  return { narrowed, bar };
}

const shown: Record<string, string> = {
  search: 'Search',
  account: 'Seller',
  currency: 'Currency',
  from: 'From',
  until: 'Until',
  order: 'Order',
  cause: 'Cause',
};

/** What narrows the list now; each is taken away by a click. */
function Chosen() {
  const [params] = useSearchParams();
  const [path] = useLocation();
  const chosen = Object.keys(shown).filter((name) => params.get(name));
  if (chosen.length === 0) return null;
  const without = (names: string[]) => {
    const next = new URLSearchParams(params);
    for (const name of [...names, 'after']) next.delete(name);
    return `${path}?${next}`;
  };
  return (
    <Group component="nav" aria-label="Narrowed to" gap="xs" mb="sm">
      {chosen.map((name) => (
        <Button key={name} component={Link} href={without([name])} size="compact-xs" variant="default" rightSection="✕">
          {`${shown[name]}: ${params.get(name)?.toLowerCase().replaceAll('_', ' ')}`}
        </Button>
      ))}
      {chosen.length > 1 && (
        <Button component={Link} href={without(chosen)} size="compact-xs" variant="default">
          Clear all
        </Button>
      )}
    </Group>
  );
}
