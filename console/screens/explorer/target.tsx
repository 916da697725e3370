import { Code, Group, PasswordInput, SegmentedControl, Text, TextInput } from '@mantine/core';
import type { ExplorerTarget } from '../../generated/graphql';
import { type Explored, mockAddress } from './explored';

const names: Record<ExplorerTarget, string> = { SIMULATOR: 'Simulator', STRIPE: 'Stripe’s test mode', ADDRESS: 'Another server' };

interface Choice {
  targets: ExplorerTarget[];
  explored: Explored;
}

/** Whom steps are run against: the simulator, Stripe, or another server that speaks its API. */
export function Target({ targets, explored: { target, setTarget, key, setKey, baseUrl, setBaseUrl } }: Choice) {
  const isLive = /^[sr]k_live_/.test(key);
  return (
    <>
      <Group align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label="Whom steps are run against"
          value={target}
          onChange={(chosen) => setTarget(chosen as ExplorerTarget)}
          data={targets.map((value) => ({ value, label: names[value] }))}
        />
        {target === 'ADDRESS' && (
          <TextInput
            label="Its address, on this server’s machine"
            placeholder={mockAddress}
            w={280}
            maxLength={200}
            value={baseUrl}
            onChange={(event) => setBaseUrl(event.currentTarget.value)}
          />
        )}
        {target !== 'SIMULATOR' && (
          <PasswordInput
            label={target === 'STRIPE' ? 'A test key of your own, kept in this page’s memory alone' : 'A test key'}
            placeholder={target === 'STRIPE' ? 'sk_test_…' : 'sk_test_123'}
            autoComplete="off"
            w={340}
            value={key}
            error={isLive && 'This is a live key. Nothing is learned with real money.'}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
        )}
      </Group>
      {target === 'ADDRESS' && (
        <Text size="sm" c="dimmed" mt="xs">
          A stripe-mock, say: <Code>stripe-mock -http-port 12111</Code> answers every request of v1 from fixtures and remembers nothing, so that ids
          are not what was made and what is meant to be refused is not.
        </Text>
      )}
    </>
  );
}
