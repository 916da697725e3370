import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useRef } from 'react';
import { useLocation, useSearchParams } from 'wouter';

/** Looks for something in a list. What is looked for stands in the address, so that the list can be shared and gone back to. */
export function SearchBox({ label }: { label: string }) {
  const [params] = useSearchParams();
  const [path, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const search = params.get('search') ?? '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const next = new URLSearchParams(params);
    const typed = input.current?.value.trim() ?? '';
    next.delete('after');
    if (typed) next.set('search', typed);
    else next.delete('search');
    go(`${path}?${next}`);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" mb="sm">
        <TextInput key={search} ref={input} label={label} defaultValue={search} maxLength={254} w={320} />
        <Button type="submit" variant="default">
          Search
        </Button>
      </Group>
    </form>
  );
}
