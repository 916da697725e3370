import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import type { UserError } from '../api';

/** Something that is wrong, readable on both grounds. */
export function Problem({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Alert variant="default" title={title} className="problem" mb="md">
      {children}
    </Alert>
  );
}

/** What was refused, and the next thing to do: announced. */
export function Refused({ refused }: { refused: UserError | null }) {
  return <div role="alert">{refused && <Problem title={refused.message}>{refused.remedy}</Problem>}</div>;
}
