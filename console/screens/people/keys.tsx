import { Button, Checkbox, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import { type UserError, useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Problem, Refused } from '../../ui/problem';
import { Pages, ResourceTable } from '../../ui/resource-table';
import { When } from '../../ui/when';
import { useRefusalTo } from '../../viewer';

const keysDocument = graphql(`
  query ApiKeys($after: String) {
    apiKeys(after: $after) {
      nodes { id name scopes createdAt expiresAt lastUsedAt revokedAt rotatedAt account { displayName } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
`);

const createKeyDocument = graphql(`
  mutation CreateApiKey($name: String!, $scopes: [String!]!) {
    createApiKey(input: { name: $name, scopes: $scopes }) { secret userErrors { message remedy } }
  }
`);

const rotateKeyDocument = graphql(`
  mutation RotateApiKey($id: ID!) {
    rotateApiKey(input: { id: $id }) { secret userErrors { message remedy } }
  }
`);

const revokeKeyDocument = graphql(`
  mutation RevokeApiKey($id: ID!) {
    revokeApiKey(input: { id: $id }) { userErrors { message remedy } }
  }
`);

const scopes: [string, string][] = [
  ['accounts:read', 'Read accounts'],
  ['payments:read', 'Read payments, buyers’ addresses shortened'],
  ['payments:read_pii', 'See buyers’ addresses in full'],
  ['offerings:read', 'Read offerings'],
  ['settlements:read', 'Read settlements'],
  ['disputes:read', 'Read disputes'],
  ['books:read', 'Read the audit and the reconciliation'],
  ['checkout:write', 'Open checkouts'],
  ['refunds:write', 'Refund payments'],
  ['settlements:write', 'Settle now and retry'],
];

/** What programs call the API with. A secret is shown once, when it is made. */
export function Keys() {
  const [params] = useSearchParams();
  const asked = useAsked(keysDocument, { after: params.get('after') });
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Stack>
      <Heading>API keys</Heading>
      {secret && (
        <Problem title="Copy this secret now: it is never shown again">
          <Code block>{secret}</Code>
        </Problem>
      )}
      <Asked asked={asked}>
        {({ apiKeys }) => (
          <>
            <ResourceTable
              label="API keys"
              rows={apiKeys.nodes}
              keyOf={({ id }) => id}
              empty="No program has a key yet."
              columns={[
                { name: 'Name', cell: ({ name }) => name },
                { name: 'Of', cell: ({ account }) => account?.displayName ?? 'the platform' },
                { name: 'May', cell: (key) => <Text size="sm">{key.scopes.join(', ')}</Text> },
                { name: 'Last used', cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
                { name: 'Ends', cell: ({ expiresAt, revokedAt }) => (revokedAt ? 'revoked' : <When at={expiresAt} />) },
                { name: 'Change', cell: ({ id, revokedAt }) => !revokedAt && <ChangeKey id={id} onSecret={setSecret} /> },
              ]}
            />
            <Pages info={apiKeys.pageInfo} />
          </>
        )}
      </Asked>
      <NewKey onSecret={setSecret} />
    </Stack>
  );
}

function ChangeKey({ id, onSecret }: { id: string; onSecret: (secret: string | null) => void }) {
  const rotate = useAct(rotateKeyDocument);
  const revoke = useAct(revokeKeyDocument);
  const mayNot = { rotate: useRefusalTo('rotateApiKey'), revoke: useRefusalTo('revokeApiKey') };
  return (
    <Group gap="xs" wrap="nowrap">
      <ActButton
        label="Rotate"
        small
        consequences="Makes a new secret. The present one is taken for another 24 hours."
        refusal={mayNot.rotate}
        done="The new secret is shown once."
        run={async () => {
          const { result, refused } = await rotate({ id });
          onSecret(result.rotateApiKey.secret);
          return refused;
        }}
      />
      <ActButton
        label="Revoke"
        small
        danger
        consequences="The program is refused within seconds. It cannot be undone."
        refusal={mayNot.revoke}
        done="Revoked."
        run={async () => (await revoke({ id })).refused}
      />
    </Group>
  );
}

function NewKey({ onSecret }: { onSecret: (secret: string | null) => void }) {
  const create = useAct(createKeyDocument);
  const refusal = useRefusalTo('createApiKey');
  const [chosen, setChosen] = useState<string[]>([]);
  const [name, setName] = useState('');
  const [refused, setRefused] = useState<UserError | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const answer = await create({ name, scopes: chosen });
      setRefused(answer.refused);
      onSecret(answer.result.createApiKey.secret);
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
    }
  };
  if (refusal) return <Text c="dimmed">{refusal}</Text>;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack align="flex-start">
        <TextInput
          label="Name of a new key of the platform"
          required
          maxLength={200}
          w={320}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group label="What it may do" value={chosen} onChange={setChosen}>
          <Stack gap="xs" mt="xs">
            {scopes.map(([scope, says]) => (
              <Checkbox key={scope} value={scope} label={says} color="teal.9" />
            ))}
          </Stack>
        </Checkbox.Group>
        <Refused refused={refused} />
        <Button type="submit" color="teal.9">
          Make the key
        </Button>
      </Stack>
    </form>
  );
}
