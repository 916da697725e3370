import { Code, Text } from '@mantine/core';
import { useAskedOnce } from '../../api';
import { graphql } from '../../generated/gql';
import { Asked } from '../../ui/asked';
import { Heading } from '../../ui/heading';
import { ResourceTable } from '../../ui/resource-table';

const settingsDocument = graphql(`
  query Settings {
    settings { name meaning value isGiven isSecret }
  }
`);

/** How this installation is set up. It is changed where it is started: settings come from the environment, and secrets are never shown. */
export function Settings() {
  const asked = useAskedOnce(settingsDocument, {});
  return (
    <>
      <Heading>Settings</Heading>
      <Text mb="sm">
        They are given in the environment of the server, and read when it starts. To change one, change it there and start it again.
      </Text>
      <Asked asked={asked}>
        {({ settings }) => (
          <ResourceTable
            label="Settings"
            rows={settings}
            keyOf={({ name }) => name}
            empty=""
            columns={[
              { name: 'Setting', cell: ({ name }) => <Code>{name}</Code> },
              { name: 'Value', cell: ({ value, isGiven, isSecret }) => (isSecret && isGiven ? 'given, not shown' : (value ?? '')) },
              { name: 'Given', cell: ({ isGiven }) => (isGiven ? 'yes' : 'default') },
              { name: 'What it is for', cell: ({ meaning }) => meaning },
            ]}
          />
        )}
      </Asked>
    </>
  );
}
