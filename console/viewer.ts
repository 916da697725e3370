import { createContext, useContext } from 'react';
import { graphql } from './generated/gql';
import type { ViewerQuery } from './generated/graphql';

export const viewerDocument = graphql(`
  query Viewer {
    viewer { email role may }
  }
`);

export type Person = NonNullable<ViewerQuery['viewer']>;

/** Who is signed in; every screen stands inside of it. */
export const ViewerContext = createContext<Person>({ email: null, role: 'VIEWER', may: [] });

/** Why this person may not do something; null where they may. */
export function useRefusalTo(action: string): string | null {
  const { may, role } = useContext(ViewerContext);
  return may.includes(action) ? null : `Your role ${role.toLowerCase()} may not do this; an administrator can change that.`;
}
