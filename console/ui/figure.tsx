import { Card, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number with its name, and what else is to be known of it. */
export function Figure({ what, much, more }: { what: string; much: string; more?: ReactNode }) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm" c="dimmed">
        {what}
      </Text>
      <Text fw={650} size="lg" className="numeric">
        {much}
      </Text>
      {more && (
        <Text size="sm" c="dimmed">
          {more}
        </Text>
      )}
    </Card>
  );
}
