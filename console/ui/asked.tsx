import { Button, Code, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError, signedInAgain } from '../api';
import { Problem } from './problem';

/** What was asked for: while it comes a shape of it, where it did not come the reason; what there was stays beside the reason. */
export function Asked<Result>({ asked, children }: { asked: UseQueryResult<Result>; children: (result: Result) => ReactNode }) {
  const { data, error, refetch } = asked;
  return (
    <>
      {error && <Failed error={error} again={() => void refetch()} />}
      {data !== undefined ? children(data) : !error && <Waiting />}
    </>
  );
}

function Waiting() {
  return (
    <Stack aria-busy="true" aria-label="Loading" role="status">
      <Skeleton height={28} width="40%" />
      <Skeleton height={18} />
      <Skeleton height={18} />
      <Skeleton height={18} width="70%" />
    </Stack>
  );
}

function Failed({ error, again }: { error: Error; again: () => void }) {
  const { code, requestId } = error instanceof ApiError ? error : new ApiError('INTERNAL', error.message, null);
  if (code === 'UNAUTHENTICATED')
    return (
      <Problem title="You are signed out">
        <Button variant="default" size="xs" onClick={() => void signedInAgain().then((done) => done && again())}>
          Sign in again
        </Button>
      </Problem>
    );
  return (
    <Problem title={code === 'NOT_FOUND' ? 'Not found' : 'That could not be read'}>
      <Text size="sm">{error.message}</Text>
      {requestId && (
        <Text size="sm">
          Request <Code>{requestId}</Code>
        </Text>
      )}
      {code !== 'NOT_FOUND' && (
        <Button variant="default" size="xs" mt="xs" onClick={again}>
          Try again
        </Button>
      )}
    </Problem>
  );
}
