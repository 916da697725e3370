import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useContext, useEffect, useState } from 'react';
import { askForSignIn, type UserError } from '../api';
import { ViewerContext } from '../viewer';
import { Refused } from './problem';

interface Answer {
  viewer?: object | null;
  error?: { message: string };
}

/** Asks whoever's session has ended to sign in again, over the page they are on; what they asked for then goes on, with all that was typed. */
export function SignInAgain() {
  const [goOn, setGoOn] = useState<((may: boolean) => void) | null>(null);
  const [takesCode, setTakesCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<UserError | null>(null);
  const { email } = useContext(ViewerContext);
  const client = useQueryClient();
  useEffect(() => askForSignIn(() => new Promise((resolve) => setGoOn(() => resolve))), []);
  const end = (may: boolean) => {
    goOn?.(may);
    setGoOn(null);
    setTakesCode(false);
    setRefused(null);
    if (may) void client.invalidateQueries();
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    const answer = await signIn(takesCode ? 'code' : 'email', typed);
    setBusy(false);
    if (answer.viewer) return end(true);
    if (answer.viewer === null) setTakesCode(true);
    setRefused(answer.error ? { message: answer.error.message, remedy: null } : null);
  };
  return (
    <Modal.Root opened={goOn !== null} onClose={() => end(false)} zIndex={310}>
      <Modal.Overlay />
      <Modal.Content aria-label="Sign in again">
        <Modal.Body>
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <Title order={2} size="h4">
                Sign in again
              </Title>
              <Text>You are signed out. Nothing on this page is lost: sign in, and it goes on.</Text>
              {takesCode ? (
                <TextInput name="code" label="One-time code" required maxLength={64} autoComplete="one-time-code" data-autofocus />
              ) : (
                <>
                  <TextInput
                    name="email"
                    type="email"
                    label="E-mail address"
                    required
                    maxLength={254}
                    autoComplete="username"
                    defaultValue={email ?? ''}
                  />
                  <PasswordInput name="password" label="Password" required maxLength={128} autoComplete="current-password" data-autofocus />
                </>
              )}
              <Refused refused={refused} />
              <Group justify="flex-end">
                <Button variant="default" onClick={() => end(false)}>
                  Not now
                </Button>
                <Button type="submit" color="teal.9" loading={busy}>
                  Sign in
                </Button>
              </Group>
            </Stack>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The viewer, null where a one-time code is still to be given, or what was wrong. */
async function signIn(step: 'email' | 'code', typed: Record<string, FormDataEntryValue>): Promise<Answer> {
  try {
    const response = await fetch(`/api/auth/sign-in/${step}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(typed),
    });
    const answer = (await response.json()) as Answer;
    return response.ok || answer.error ? answer : { error: { message: 'That did not work.' } };
  } catch {
    return { error: { message: 'The server cannot be reached.' } };
  }
}
