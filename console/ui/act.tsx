import { Button, Group, Modal, Stack, Text, Textarea, Title, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError, type UserError } from '../api';
import { Refused } from './problem';

interface Act {
  label: string;
  /** What it will do, before it is done. */
  consequences: ReactNode;
  /** Why it cannot be done; null where it can. */
  refusal: string | null;
  /** What else is asked for: inputs with names. */
  fields?: ReactNode;
  /** Whether somebody must say why. */
  asksReason?: boolean;
  danger?: boolean;
  /** In a row of a table. */
  small?: boolean;
  done: string;
  /** `key` is the same for every try of one and the same thing, so that a lost answer is not done twice. */
  run: (asked: { reason: string; key: string; typed: (name: string) => string }) => Promise<UserError | null>;
  /** What follows once it is done. */
  then?: () => void;
}

/** A button for something that changes money or what follows from it: says first what it will do, then what was refused or that it was done. */
export function ActButton({ label, consequences, refusal, fields, asksReason = false, danger = false, small = false, done, run, then }: Act) {
  const [opened, { open, close }] = useDisclosure();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<UserError | null>(null);
  const [key, setKey] = useState('');
  const begin = () => {
    setKey(newKey());
    setRefused(null);
    open();
  };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      const told = await run({ reason, key, typed: (name) => String(form.get(name) ?? '') });
      setRefused(told);
      if (told) {
        setKey(newKey());
        return;
      }
      notifications.show({ message: done, color: 'teal.9' });
      close();
      then?.();
    } catch (error) {
      setRefused({ message: error instanceof ApiError ? error.message : 'That did not work.', remedy: null });
    } finally {
      setBusy(false);
    }
  };
  const color = danger ? 'red.9' : 'teal.9';
  return (
    <>
      <Tooltip label={refusal} disabled={refusal === null} multiline w={260}>
        <Button
          color={color}
          size={small ? 'xs' : 'sm'}
          onClick={refusal === null ? begin : undefined}
          data-disabled={refusal !== null || undefined}
          aria-disabled={refusal !== null}
        >
          {label}
        </Button>
      </Tooltip>
      {refusal !== null && (
        <Text size="sm" c="dimmed">
          {refusal}
        </Text>
      )}
      <Modal.Root opened={opened} onClose={close}>
        <Modal.Overlay />
        <Modal.Content aria-label={label}>
          <Modal.Body>
            <form onSubmit={(event) => void submit(event)}>
              <Stack>
                <Title order={2} size="h4">
                  {label}
                </Title>
                <Text component="div">{consequences}</Text>
                {fields}
                {asksReason && (
                  <Textarea
                    label="Why"
                    description="For the record, 3 to 500 characters."
                    required
                    minLength={3}
                    maxLength={500}
                    value={reason}
                    onChange={(event) => setReason(event.currentTarget.value)}
                    data-autofocus
                  />
                )}
                <Refused refused={refused} />
                <Group justify="flex-end">
                  <Button variant="default" onClick={close}>
                    Not now
                  </Button>
                  <Button type="submit" color={color} loading={busy}>
                    {label}
                  </Button>
                </Group>
              </Stack>
            </form>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}

/** A key of its own for one and the same thing, also where the page did not come over TLS. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
