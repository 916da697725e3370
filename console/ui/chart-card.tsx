import { Button, Card, Group, Skeleton, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import type { Bars } from './chart';
import { type Column, ResourceTable } from './resource-table';

const Chart = lazy(() => import('./chart'));

interface Shown<Row extends Record<string, string | number>> extends Omit<Bars, 'data' | 'label'> {
  title: string;
  /** In a sentence: what can be read from it, also without seeing it. */
  says: string;
  rows: Row[];
  /** In a sentence, in place of bars without any height: that there is nothing. */
  empty: string;
  columns: Column<Row>[];
}

/** Figures as bars, or for who would rather read them as a table. */
export function ChartCard<Row extends Record<string, string | number>>({ title, says, rows, empty, columns, of, series, format }: Shown<Row>) {
  const [asTable, { toggle }] = useDisclosure();
  const isEmpty = rows.every((row) => series.every(({ name }) => Number(row[name] ?? 0) === 0));
  return (
    <Card withBorder component="section" aria-label={title}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs">
        <div>
          <Title order={3} size="h5">
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {isEmpty ? empty : says}
          </Text>
        </div>
        {!isEmpty && (
          <Button variant="default" size="compact-xs" onClick={toggle} style={{ flexShrink: 0 }}>
            {asTable ? 'View as chart' : 'View as table'}
          </Button>
        )}
      </Group>
      {isEmpty ? null : asTable ? (
        <div className="tall">
          <ResourceTable label={title} rows={rows} columns={columns} keyOf={(row) => String(row[of])} empty="Nothing." />
        </div>
      ) : (
        <Suspense fallback={<Skeleton height={220} />}>
          <Chart label={`${title}: ${says}`} data={rows} of={of} series={series} format={format} />
        </Suspense>
      )}
    </Card>
  );
}
