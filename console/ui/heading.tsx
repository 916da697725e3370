import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';

/** A screen's own heading, which also names the browser's tab. */
export function Heading({ children }: { children: string }) {
  useDocumentTitle(`${children} · Holdfast`);
  return (
    <Title order={1} size="h2" mb="xs">
      {children}
    </Title>
  );
}
