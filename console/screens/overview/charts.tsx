import { SimpleGrid } from '@mantine/core';
import { ChartCard } from '../../ui/chart-card';
import { plural } from '../../words';
import type { Statistics } from './overview';

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const whole = (value: number) => value.toLocaleString();

/** What the figures are made of: each as bars, or as a table. */
export function Charts({ days, outcomes, failures, overdue, currency, period }: Statistics) {
  const money = (value: number) => value.toLocaleString(undefined, { style: 'currency', currency, notation: 'compact' });
  const byDay = days.map(({ day, direct, held, fees, paymentCount, disputeCount }) => ({
    day: dayFormat.format(new Date(day)),
    direct: Number(direct.decimal),
    directSays: direct.formatted,
    held: Number(held.decimal),
    heldSays: held.formatted,
    fees: Number(fees.decimal),
    feesSays: fees.formatted,
    paymentCount,
    disputeCount,
  }));
  const byAge = overdue.map(({ fromDays, count, total }, at) => {
    const next = overdue[at + 1];
    return {
      age: next ? `${fromDays}–${next.fromDays - 1} d` : `${fromDays} d +`,
      total: Number(total.decimal),
      says: total.formatted,
      count,
    };
  });
  const late = overdue.reduce((sum, { count }) => sum + count, 0);
  const day = { name: 'Day', cell: (row: { day: string }) => row.day };
  const count = { name: 'Number', numeric: true, cell: (row: { count: number }) => row.count };
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <ChartCard
        title="Paid by buyers"
        says={`${period.gross.formatted} in ${plural(period.paymentCount, 'payment')}.`}
        empty="Nobody paid anything in this period."
        rows={byDay}
        of="day"
        series={[
          { name: 'direct', label: 'To sellers at once', color: 'blue.7' },
          { name: 'held', label: 'Held for sellers', color: 'teal.6' },
        ]}
        format={money}
        columns={[
          day,
          { name: 'Payments', numeric: true, cell: ({ paymentCount }) => paymentCount },
          { name: 'To sellers at once', numeric: true, cell: ({ directSays }) => directSays },
          { name: 'Held for sellers', numeric: true, cell: ({ heldSays }) => heldSays },
        ]}
      />
      <ChartCard
        title="Platform’s fees"
        says={`${period.fees.formatted}, as frozen with each payment.`}
        empty="No fee was earned in this period."
        rows={byDay}
        of="day"
        series={[{ name: 'fees', label: 'Fees', color: 'grape.6' }]}
        format={money}
        columns={[day, { name: 'Fees', numeric: true, cell: ({ feesSays }) => feesSays }]}
      />
      <ChartCard
        title="Due and not paid"
        says={`${plural(late, 'settlement')}, by how long they are due.`}
        empty="No seller waits longer than was promised."
        rows={byAge}
        of="age"
        series={[{ name: 'total', label: 'Due', color: 'orange.7' }]}
        format={money}
        columns={[{ name: 'Due since', cell: ({ age }) => age }, count, { name: 'Amount', numeric: true, cell: ({ says }) => says }]}
      />
      <ChartCard
        title="Settlements by outcome"
        says="Those that fell due in the period, as they stand now."
        empty="No settlement fell due in this period."
        rows={outcomes.map((one) => ({ outcome: one.status.toLowerCase(), count: one.count }))}
        of="outcome"
        series={[{ name: 'count', label: 'Settlements', color: 'teal.6' }]}
        format={whole}
        columns={[{ name: 'Outcome', cell: ({ outcome }) => outcome }, count]}
      />
      <ChartCard
        title="What went wrong at Stripe"
        says="Requests that did not do what they were sent for, in all currencies."
        empty="Every request did what it was sent for."
        rows={failures}
        of="code"
        series={[{ name: 'count', label: 'Requests', color: 'red.7' }]}
        format={whole}
        columns={[{ name: 'Stripe’s code', cell: ({ code }) => code }, count]}
      />
      <ChartCard
        title="Disputes"
        says={`${plural(period.disputeCount, 'dispute')} heard of.`}
        empty="No bank asked anything back in this period."
        rows={byDay}
        of="day"
        series={[{ name: 'disputeCount', label: 'Disputes', color: 'red.7' }]}
        format={whole}
        columns={[day, { name: 'Disputes', numeric: true, cell: ({ disputeCount }) => disputeCount }]}
      />
    </SimpleGrid>
  );
}
