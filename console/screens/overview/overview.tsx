import { Button, Group, SimpleGrid, Stack, Title } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { StatisticsQuery } from '../../generated/graphql';
import { Asked } from '../../ui/asked';
import { Figure } from '../../ui/figure';
import { When } from '../../ui/when';
import { plural } from '../../words';
import { Charts } from './charts';

const statisticsDocument = graphql(`
  query Statistics($days: Int, $currency: CurrencyCode) {
    statistics(days: $days, currency: $currency) {
      currency currencies lagSeconds
      days { day direct { decimal formatted } held { decimal formatted } fees { decimal formatted } paymentCount disputeCount }
      period { gross { amount formatted } fees { amount formatted } refunded { amount formatted } paymentCount disputeCount }
      before { gross { amount } fees { amount } refunded { amount } paymentCount disputeCount }
      outcomes { status count }
      failures { code count }
      overdue { fromDays count total { decimal formatted } }
      books { checkedAt promiseCount brokenCount }
    }
  }
`);

export type Statistics = StatisticsQuery['statistics'];

const periods = [7, 30, 90];
const everyMs = 60_000; // sums of days change slowly

/** How the marketplace went lately, in one currency: the address says of which days and in which. */
export function Overview() {
  const [params] = useSearchParams();
  const days = periods.find((period) => String(period) === params.get('days')) ?? 30;
  const currency = /^[A-Z]{3}$/.exec(params.get('currency') ?? '')?.[0] ?? null;
  const asked = useAsked(statisticsDocument, { days, currency }, everyMs);
  return (
    <Stack component="section" aria-label="How it went">
      <Asked asked={asked}>
        {({ statistics }) => (
          <>
            <Group justify="space-between">
              <Title order={2} size="h4">
                How it went
              </Title>
              <Group gap="xs">
                {statistics.currencies.length > 1 &&
                  statistics.currencies.map((one) => (
                    <Choice key={one} name="currency" value={one} isChosen={one === statistics.currency}>
                      {one}
                    </Choice>
                  ))}
                {periods.map((period) => (
                  <Choice key={period} name="days" value={String(period)} isChosen={period === days}>
                    {`${period} days`}
                  </Choice>
                ))}
              </Group>
            </Group>
            <Figures {...statistics} />
            <Charts {...statistics} />
          </>
        )}
      </Asked>
    </Stack>
  );
}

function Choice({ name, value, isChosen, children }: { name: string; value: string; isChosen: boolean; children: string }) {
  const [params] = useSearchParams();
  const next = new URLSearchParams(params);
  next.set(name, value);
  return (
    <Button
      component={Link}
      href={`/?${next}`}
      size="compact-sm"
      variant={isChosen ? 'filled' : 'default'}
      aria-current={isChosen ? 'true' : undefined}
    >
      {children}
    </Button>
  );
}

function Figures({ period, before, lagSeconds, books }: Statistics) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }}>
      <Figure what="Paid by buyers" much={period.gross.formatted} more={than(period.gross.amount, before.gross.amount)} />
      <Figure what="Platform’s fees" much={period.fees.formatted} more={than(period.fees.amount, before.fees.amount)} />
      <Figure what="Payments" much={String(period.paymentCount)} more={than(period.paymentCount, before.paymentCount)} />
      <Figure what="Refunded of them" much={period.refunded.formatted} more={share(period.refunded.amount, period.gross.amount)} />
      <Figure what="Disputes" much={String(period.disputeCount)} more={share(period.disputeCount, period.paymentCount)} />
      <Figure what="Stripe’s events seen until" much={ago(lagSeconds)} />
      <Figure
        what="The books"
        much={!books ? 'Not checked yet' : books.brokenCount === 0 ? 'Balanced' : `${plural(books.brokenCount, 'promise')} broken`}
        more={
          books && (
            <>
              {books.promiseCount} promises, <When at={books.checkedAt} />
            </>
          )
        }
      />
    </SimpleGrid>
  );
}

function ago(seconds: number): string {
  if (seconds < 60) return 'now';
  if (seconds < 2 * 3_600) return `${plural(Math.round(seconds / 60), 'minute')} ago`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3_600)} hours ago` : `${Math.round(seconds / 86_400)} days ago`;
}

/** How a figure differs from that of the period before. */
function than(now: number, before: number): string | null {
  if (before === 0) return now === 0 ? null : 'nothing in the period before';
  const percent = Math.round((100 * (now - before)) / before);
  return percent === 0 ? 'as in the period before' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} % to the period before`;
}

function share(part: number, whole: number): string | null {
  return whole === 0 ? null : `${((100 * part) / whole).toFixed(1)} %`;
}
