import { Card, Code, Text, Timeline, Title } from '@mantine/core';
import { useAsked } from '../../api';
import { When } from '../../ui/when';
import { attentionDocument } from '../home';
import type { SettlementOf } from './settlement';

interface Event {
  at: string;
  what: string;
  more?: string | null;
  wentWrong?: boolean;
}

/** What has happened to a settlement and what will, in order of time: what must pass before it is due, every request to Stripe, and its end. */
export function Life({ settlement }: { settlement: SettlementOf }) {
  const now = useAsked(attentionDocument, {}).data?.attention.checkedAt ?? new Date().toISOString(); // the server's: its time may be simulated
  const events = lifeOf(settlement).sort((one, other) => one.at.localeCompare(other.at));
  const passed = events.filter(({ at }) => at <= now).length;
  return (
    <Card withBorder h="100%">
      <Title order={2} size="h4" mb="sm">
        Its life
      </Title>
      <Timeline active={passed - 1} bulletSize={16} lineWidth={2} color="teal.9">
        {events.map(({ at, what, more, wentWrong }, place) => (
          <Timeline.Item
            key={`${at} ${what} ${more}`}
            title={what}
            lineVariant={place >= passed - 1 ? 'dashed' : 'solid'}
            color={wentWrong ? 'red.9' : 'teal.9'}
          >
            {more && <Text size="sm">{more}</Text>}
            <Text size="sm" c="dimmed">
              {at > now && 'expected '}
              <When at={at} />
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Card>
  );
}

function lifeOf({ explanation, dueAt, attempts, settledAt, stripeTransferId }: SettlementOf): Event[] {
  return [
    ...explanation.timing.flatMap(({ because, at }) => (at ? [{ at, what: because.replace(/\.$/, '') }] : [])),
    { at: dueAt, what: 'Due' },
    ...attempts.map(({ startedAt, outcome, error }) => ({
      at: startedAt,
      what: outcome === 'SUCCEEDED' ? 'Transferred by Stripe' : `Sent to Stripe: ${outcome.toLowerCase().replaceAll('_', ' ')}`,
      more: error,
      wentWrong: outcome !== 'SUCCEEDED' && outcome !== 'RUNNING',
    })),
    ...(settledAt ? [{ at: settledAt, what: 'The seller is paid', more: stripeTransferId ? null : 'What they owed took all of it.' }] : []),
  ];
}

/** How the amount was made: each part as a line and as a bar that begins where the one before ended. */
export function Equation({ settlement: { explanation, amount, status } }: { settlement: SettlementOf }) {
  const parts = explanation.amount.flatMap(({ code, because, amount: part }) => (part ? [{ code, because, ...part }] : []));
  const whole = Math.max(1, ...parts.map((part) => Math.abs(part.amount)));
  let end = 0;
  const bars = parts.map((part) => {
    const begin = end;
    end += part.amount;
    return { ...part, from: Math.max(0, Math.min(begin, end)) / whole, wide: Math.abs(part.amount) / whole };
  });
  const isPaid = status === 'SETTLED' || status === 'REVERSED';
  return (
    <Card withBorder h="100%">
      <Title order={2} size="h4" mb="sm">
        Why this amount
      </Title>
      <dl className="equation">
        {bars.map(({ code, because, formatted, amount: minor, from, wide }) => (
          <div key={code}>
            <dt>{because}</dt>
            <dd className="numeric">{formatted}</dd>
            <Bar from={from} wide={wide} takes={minor < 0} />
          </div>
        ))}
        <div className="total">
          <dt>{isPaid ? 'Transferred' : 'To be transferred'}</dt>
          <dd className="numeric">{amount.formatted}</dd>
          <Bar from={0} wide={amount.amount / whole} takes={false} />
        </div>
      </dl>
    </Card>
  );
}

function Bar({ from, wide, takes }: { from: number; wide: number; takes: boolean }) {
  return (
    <div className="track" aria-hidden="true">
      <div className={takes ? 'bar takes' : 'bar'} style={{ marginInlineStart: `${100 * from}%`, width: `${100 * wide}%` }} />
    </div>
  );
}

/** Stripe's names of what happened, for its dashboard and its support. */
export function AtStripe({ settlement: { failure, stripeTransferId, account } }: { settlement: SettlementOf }) {
  const names = [
    ['Stripe’s code', failure?.stripeCode],
    ['request', failure?.stripeRequestId],
    ['Transfer', stripeTransferId],
    ['Seller at Stripe', account.stripeAccount?.stripeId],
  ].filter((name): name is [string, string] => Boolean(name[1]));
  if (names.length === 0) return null;
  return (
    <Text size="sm" c="dimmed">
      {names.map(([what, name]) => (
        <span key={what}>
          {what} <Code>{name}</Code>{' '}
        </span>
      ))}
    </Text>
  );
}
