import { ActionIcon, Anchor, Button, Group, TextInput } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';

interface Kept {
  name: string;
  query: string;
}

/** Views of a list that somebody keeps under a name, in their own browser: the filter and the order, not where they had turned the page to. */
export function KeptViews() {
  const [path] = useLocation();
  const [params] = useSearchParams();
  const [kept, setKept] = useLocalStorage<Kept[]>({ key: `views of ${path}`, defaultValue: [] });
  const [naming, { open, close }] = useDisclosure();
  const [name, setName] = useState('');
  const query = new URLSearchParams(params);
  query.delete('after');
  const keep = (event: FormEvent) => {
    event.preventDefault();
    setKept([...kept.filter((one) => one.name !== name.trim()), { name: name.trim(), query: String(query) }]);
    setName('');
    close();
  };
  return (
    <Group gap="xs" mb="sm">
      {kept.map((one) => (
        <Group key={one.name} gap={2} wrap="nowrap">
          <Anchor component={Link} href={`${path}?${one.query}`} size="sm" aria-current={one.query === String(query) ? 'page' : undefined}>
            {one.name}
          </Anchor>
          <ActionIcon
            variant="subtle"
            color="gray"
            c="dimmed"
            size="sm"
            aria-label={`Forget the view ${one.name}`}
            onClick={() => setKept(kept.filter((other) => other !== one))}
          >
            ✕
          </ActionIcon>
        </Group>
      ))}
      {naming && (
        <form onSubmit={keep}>
          <Group gap="xs">
            <TextInput
              aria-label="Name of this view"
              placeholder="Name of this view"
              size="xs"
              required
              maxLength={40}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Button type="submit" size="xs" variant="default">
              Keep
            </Button>
          </Group>
        </form>
      )}
      {!naming && String(query) !== '' && (
        <Button size="compact-xs" variant="default" onClick={open}>
          Keep this view
        </Button>
      )}
    </Group>
  );
}
