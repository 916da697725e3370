import { Anchor, Button, Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';

export interface Column<Row> {
  name: string;
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
}

interface TableOf<Row> {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What to say where there are none. */
  empty: ReactNode;
}

/** A table of objects; what leads to one of them is a link, so that it opens in a new tab too. It scrolls by itself where it is too wide. */
export function ResourceTable<Row>({ label, columns, rows, keyOf, empty }: TableOf<Row>) {
  if (rows.length === 0)
    return (
      <Text c="dimmed" py="md">
        {empty}
      </Text>
    );
  return (
    <section aria-label={label} className="scroll" {...reachable}>
      <Table highlightOnHover highlightOnHoverColor="var(--mantine-color-default-hover)" verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ name, numeric }) => (
              <Table.Th key={name} ta={numeric ? 'right' : 'left'} {...(numeric ? { w: 1 } : {})}>
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map(({ name, numeric, cell }) => (
                <Table.Td key={name} ta={numeric ? 'right' : 'left'} className={numeric ? 'numeric' : undefined}>
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

const reachable = { tabIndex: 0 }; // so that it can be scrolled without a mouse

/** Views of one list, each at an address of its own. The first is shown where none is named. */
export function useView<const Views extends Record<string, string>>(views: Views): { view: keyof Views & string; tabs: ReactNode } {
  const [params] = useSearchParams();
  const [path] = useLocation();
  const names = Object.keys(views);
  const asked = params.get('view') ?? '';
  const view = (names.includes(asked) ? asked : names[0]) as keyof Views & string;
  const tabs = (
    <Group component="nav" aria-label="Views" gap="xs" mb="md">
      {names.map((name) => (
        <Button
          key={name}
          component={Link}
          href={`${path}?view=${name}`}
          size="xs"
          variant={name === view ? 'filled' : 'default'}
          aria-current={name === view ? 'page' : undefined}
        >
          {views[name]}
        </Button>
      ))}
    </Group>
  );
  return { view, tabs };
}

/** The way to the next page of a list, and back to its beginning. */
export function Pages({ info }: { info: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null } }) {
  const [path] = useLocation();
  const [params] = useSearchParams();
  const to = (after: string | null) => {
    const next = new URLSearchParams(params);
    if (after === null) next.delete('after');
    else next.set('after', after);
    return `${path}?${next}`;
  };
  if (!info.hasNextPage && !info.hasPreviousPage) return null;
  return (
    <Group component="nav" aria-label="Pages" mt="sm">
      {info.hasPreviousPage && (
        <Anchor component={Link} href={to(null)}>
          First page
        </Anchor>
      )}
      {info.hasNextPage && (
        <Anchor component={Link} href={to(info.endCursor)}>
          Next page
        </Anchor>
      )}
    </Group>
  );
}
