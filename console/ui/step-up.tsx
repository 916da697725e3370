import { Button, Group, Modal, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiError, ask, askForStepUp, type UserError } from '../api';
import { graphql } from '../generated/gql';
import { Refused } from './problem';

const stepUpDocument = graphql(`
  mutation StepUp($input: StepUpInput!) {
    stepUp(input: $input) { userErrors { message remedy } }
  }
`);

/** Asks for the password again before what moves money or rights; what was asked for then goes on, with all that was typed. */
export function StepUp() {
  const [goOn, setGoOn] = useState<((may: boolean) => void) | null>(null);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<UserError | null>(null);
  useEffect(() => askForStepUp(() => new Promise((resolve) => setGoOn(() => resolve))), []);
  const end = (may: boolean) => {
    goOn?.(may);
    setGoOn(null);
    setPassword('');
    setRefused(null);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { stepUp } = await ask(stepUpDocument, { input: { password } });
      const [told] = stepUp.userErrors;
      if (told) setRefused(told);
      else end(true);
    } catch (error) {
      setRefused({ message: error instanceof ApiError ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal.Root opened={goOn !== null} onClose={() => end(false)} zIndex={300}>
      <Modal.Overlay />
      <Modal.Content aria-label="Is it still you?">
        <Modal.Body>
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <Title order={2} size="h4">
                Is it still you?
              </Title>
              <Text>This moves money, or changes who may. Give your password again to go on; what you typed is kept.</Text>
              <PasswordInput
                label="Password"
                required
                maxLength={128}
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                data-autofocus
              />
              <Refused refused={refused} />
              <Group justify="flex-end">
                <Button variant="default" onClick={() => end(false)}>
                  Not now
                </Button>
                <Button type="submit" color="teal.9" loading={busy}>
                  Go on
                </Button>
              </Group>
            </Stack>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
