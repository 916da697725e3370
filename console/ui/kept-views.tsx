import { ActionIcon, Anchor, Button, Group, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { type UserError, useAct, useAsked } from '../api';
import { graphql } from '../generated/gql';
import { Refused } from './problem';

const keptViewsDocument = graphql(`
  query KeptViews($list: String!) {
    keptViews(list: $list) { name query }
  }
`);

const keepDocument = graphql(`
  mutation KeepView($list: String!, $name: String!, $query: String!) {
    keepView(input: { list: $list, name: $name, query: $query }) { userErrors { message remedy } }
  }
`);

const forgetDocument = graphql(`
  mutation ForgetView($list: String!, $name: String!) {
    forgetView(input: { list: $list, name: $name }) { userErrors { message remedy } }
  }
`);

const everyMs = 300_000; // nobody else changes them

/** Views of a list that somebody keeps under a name, in every browser of theirs: the filter and the order, not where they had turned the page to. */
export function KeptViews() {
  const [list] = useLocation();
  const [params] = useSearchParams();
  const kept = useAsked(keptViewsDocument, { list }, everyMs).data?.keptViews ?? [];
  const keep = useAct(keepDocument);
  const forget = useAct(forgetDocument);
  const [naming, { open, close }] = useDisclosure();
  const [name, setName] = useState('');
  const [refused, setRefused] = useState<UserError | null>(null);
  const view = new URLSearchParams(params);
  view.delete('after');
  const query = String(view);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const no = (await keep({ list, name, query })).refused;
    setRefused(no);
    if (no) return;
    setName('');
    close();
  };
  return (
    <>
      <Refused refused={refused} />
      <Group gap="xs" mb="sm">
        {kept.map((one) => (
          <Group key={one.name} gap={2} wrap="nowrap">
            <Anchor component={Link} href={`${list}?${one.query}`} size="sm" aria-current={one.query === query ? 'page' : undefined}>
              {one.name}
            </Anchor>
            <ActionIcon
              variant="subtle"
              color="gray"
              c="dimmed"
              size="sm"
              aria-label={`Forget the view ${one.name}`}
              onClick={() => void forget({ list, name: one.name })}
            >
              ✕
            </ActionIcon>
          </Group>
        ))}
        {naming && (
          <form onSubmit={(event) => void submit(event)}>
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
        {!naming && query !== '' && (
          <Button size="compact-xs" variant="default" onClick={open}>
            Keep this view
          </Button>
        )}
      </Group>
    </>
  );
}
