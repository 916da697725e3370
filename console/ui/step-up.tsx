import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { type ChangeEvent, type FormEvent, useEffect, useState } from 'react';
import { ApiError, ask, askForStepUp, type UserError } from '../api';
import { graphql } from '../generated/gql';
import { Refused } from './problem';

const stepUpDocument = graphql(`
  mutation StepUp($input: StepUpInput!) {
    stepUp(input: $input) { userErrors { message remedy } }
  }
`);

const whatDocument = graphql(`
  query StepUpTakes {
    viewer { secondFactor }
  }
`);

/** Asks for the password again, or a one-time code, before what moves money or rights; what was asked for then goes on, with all that was typed. */
export function StepUp() {
  const [goOn, setGoOn] = useState<((may: boolean) => void) | null>(null);
  const [takesCode, setTakesCode] = useState(false);
  const [proof, setProof] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<UserError | null>(null);
  useEffect(
    () =>
      askForStepUp(async () => {
        const { viewer } = await ask(whatDocument, {});
        setTakesCode(viewer?.secondFactor === true);
        return new Promise((resolve) => setGoOn(() => resolve));
      }),
    [],
  );
  const end = (may: boolean) => {
    goOn?.(may);
    setGoOn(null);
    setProof('');
    setRefused(null);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { stepUp } = await ask(stepUpDocument, { input: takesCode ? { code: proof } : { password: proof } });
      const [told] = stepUp.userErrors;
      if (told) setRefused(told);
      else end(true);
    } catch (error) {
      setRefused({ message: error instanceof ApiError ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(false);
    }
  };
  const typed = {
    required: true,
    value: proof,
    onChange: (event: ChangeEvent<HTMLInputElement>) => setProof(event.currentTarget.value),
    'data-autofocus': true,
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
              <Text>
                This moves money, or changes who may. Give {takesCode ? 'a one-time code' : 'your password again'} to go on; what you typed is kept.
              </Text>
              {takesCode ? (
                <TextInput label="One-time code" autoComplete="one-time-code" maxLength={40} {...typed} />
              ) : (
                <PasswordInput label="Password" autoComplete="current-password" maxLength={128} {...typed} />
              )}
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
