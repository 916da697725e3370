import { Button, Code, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useContext, useState } from 'react';
import { type UserError, useAct, useAsked } from '../../api';
import { graphql } from '../../generated/gql';
import type { StaffRole, TeamQuery } from '../../generated/graphql';
import { ActButton } from '../../ui/act';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { Problem, Refused } from '../../ui/problem';
import { ResourceTable } from '../../ui/resource-table';
import { When } from '../../ui/when';
import { useRefusalTo, ViewerContext } from '../../viewer';

const teamDocument = graphql(`
  query Team {
    staff { id name email role createdAt lastSeenAt }
    invitations { id email role createdAt expiresAt withdrawnAt }
  }
`);

const setRoleDocument = graphql(`
  mutation SetStaffRole($id: ID!, $role: StaffRole) {
    setStaffRole(input: { personId: $id, role: $role }) { userErrors { message remedy } }
  }
`);

const inviteDocument = graphql(`
  mutation InviteStaff($email: String!, $role: StaffRole!) {
    inviteStaff(input: { email: $email, role: $role }) { url userErrors { message remedy } }
  }
`);

const withdrawDocument = graphql(`
  mutation WithdrawInvitation($id: ID!) {
    withdrawInvitation(input: { id: $id }) { userErrors { message remedy } }
  }
`);

const roles: { value: StaffRole; label: string }[] = [
  { value: 'VIEWER', label: 'Viewer: looks' },
  { value: 'OPERATOR', label: 'Operator: looks and acts' },
  { value: 'ADMIN', label: 'Administrator: looks, acts and decides' },
];

type Member = TeamQuery['staff'][number];

/** Who works here, what they may do, and who is invited. */
export function Team() {
  const asked = useAsked(teamDocument, {});
  return (
    <Stack>
      <Heading>Team</Heading>
      <Asked asked={asked}>
        {({ staff, invitations }) => (
          <>
            <ResourceTable
              label="Team"
              rows={staff}
              keyOf={({ id }) => id}
              empty=""
              columns={[
                { name: 'Name', cell: ({ name }) => name },
                { name: 'Address', cell: ({ email }) => email },
                { name: 'Role', cell: ({ role }) => role.toLowerCase() },
                { name: 'Last seen', cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
                { name: 'Change', cell: (member) => <ChangeRole member={member} /> },
              ]}
            />
            <Title order={2} size="h4">
              Invitations
            </Title>
            <ResourceTable
              label="Invitations"
              rows={invitations.filter(({ withdrawnAt }) => withdrawnAt === null)}
              keyOf={({ id }) => id}
              empty="Nobody is invited."
              columns={[
                { name: 'Address', cell: ({ email }) => email },
                { name: 'Role', cell: ({ role }) => role.toLowerCase() },
                { name: 'Until', cell: ({ expiresAt }) => <When at={expiresAt} /> },
                { name: 'Change', cell: ({ id }) => <Withdraw id={id} /> },
              ]}
            />
          </>
        )}
      </Asked>
      <Invite />
    </Stack>
  );
}

function ChangeRole({ member: { id, name, email, role } }: { member: Member }) {
  const setRole = useAct(setRoleDocument);
  const refusal = useRefusalTo('setStaffRole');
  const own = useContext(ViewerContext).email === email;
  if (own) return <Text size="sm">you</Text>;
  return (
    <Group gap="xs">
      {roles
        .filter(({ value }) => value !== role)
        .map(({ value, label }) => (
          <ActButton
            key={value}
            label={`Make ${value === 'ADMIN' ? 'administrator' : value.toLowerCase()}`}
            small
            consequences={`${name} becomes ${label}. It holds from their next click.`}
            refusal={refusal}
            done="Changed."
            run={async () => (await setRole({ id, role: value })).refused}
          />
        ))}
      <ActButton
        label="Remove"
        small
        danger
        consequences={`${name} is signed out and no longer staff.`}
        refusal={refusal}
        done="Removed."
        run={async () => (await setRole({ id, role: null })).refused}
      />
    </Group>
  );
}

function Withdraw({ id }: { id: string }) {
  const withdraw = useAct(withdrawDocument);
  const refusal = useRefusalTo('withdrawInvitation');
  return (
    <ActButton
      label="Withdraw"
      small
      danger
      consequences="The link no longer works."
      refusal={refusal}
      done="Withdrawn."
      run={async () => (await withdraw({ id })).refused}
    />
  );
}

function Invite() {
  const invite = useAct(inviteDocument);
  const refusal = useRefusalTo('inviteStaff');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<StaffRole>('VIEWER');
  const [url, setUrl] = useState<string | null>(null);
  const [refused, setRefused] = useState<UserError | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const answer = await invite({ email, role });
      setRefused(answer.refused);
      setUrl(answer.result.inviteStaff.url);
    } catch (error) {
      setRefused({ message: error instanceof Error ? error.message : 'That did not work.', remedy: null });
    }
  };
  if (refusal) return <Text c="dimmed">{refusal}</Text>;
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack align="flex-start">
        <TextInput
          label="E-mail address of somebody new"
          type="email"
          required
          maxLength={254}
          w={320}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Select label="Role" data={roles} value={role} onChange={(chosen) => chosen && setRole(chosen)} allowDeselect={false} w={320} />
        <Refused refused={refused} />
        {url && (
          <Problem title="Give this link to that person alone: it is never shown again">
            <Code block>{url}</Code>
          </Problem>
        )}
        <Button type="submit" color="teal.9">
          Invite
        </Button>
      </Stack>
    </form>
  );
}
