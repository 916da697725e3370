import { Card, Text } from '@mantine/core';

/** One number with its name. */
export function Figure({ what, much }: { what: string; much: string }) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm" c="dimmed">
        {what}
      </Text>
      <Text fw={650} size="lg" className="numeric">
        {much}
      </Text>
    </Card>
  );
}
