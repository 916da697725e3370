import { Badge } from '@mantine/core';

const colors: Record<string, string> = {
  FAILED: 'red.9',
  PARKED: 'red.9',
  CHARGED_BACK: 'red.9',
  LOST: 'red.9',
  RESTRICTED: 'red.9',
  NEEDS_RESPONSE: '#a33a06',
  DISPUTED: '#a33a06',
  ONBOARDING: 'yellow.3',
  SETTLING: 'blue.9',
  RECEIVED: 'blue.9',
  UNDER_REVIEW: 'blue.9',
  SETTLED: 'teal.9',
  PAID: 'teal.9',
  READY: 'teal.9',
  WON: 'teal.9',
  APPLIED: 'teal.9',
  ACTIVE: 'teal.9',
};

/** Where something stands: a word, and a colour for who sees it. */
export function Status({ of }: { of: string }) {
  return (
    <Badge color={colors[of] ?? 'gray.7'} variant="filled" radius="sm" tt="none" miw="max-content" style={{ flexShrink: 0 }}>
      {of.toLowerCase().replaceAll('_', ' ')}
    </Badge>
  );
}
