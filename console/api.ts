import { keepPreviousData, QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { noteReached } from './connection';
import type { TypedDocumentString } from './generated/graphql';

/** A request that was not answered: not allowed, not there, not understood, or a defect. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string; reason?: string; requestId?: string } }[];
}

let askPerson = async (): Promise<boolean> => false;
let asking: Promise<boolean> | null = null;

/** Says who asks people for their password again, and answers whether they gave it. */
export function askForStepUp(ask: () => Promise<boolean>): void {
  askPerson = ask;
}

/** Whether the person showed that it is still them; asked once for all requests that wait for it. */
function steppedUp(): Promise<boolean> {
  asking ??= askPerson().finally(() => {
    asking = null;
  });
  return asking;
}

let askToSignIn = async (): Promise<boolean> => false;
let signingIn: Promise<boolean> | null = null;
let declined = false;

/** Says who asks people to sign in again, and answers whether they did. */
export function askForSignIn(ask: () => Promise<boolean>): void {
  askToSignIn = ask;
}

/** Whether somebody signed in again; asked once for all requests that wait for it. */
export function signedInAgain(): Promise<boolean> {
  signingIn ??= askToSignIn().finally(() => {
    signingIn = null;
  });
  return signingIn.then((done) => {
    declined = !done;
    return done;
  });
}

/**
 * Asks the API. Throws an ApiError where it did not answer. What takes the password again is asked once more after it was given; so is what
 * takes signing in, until somebody would rather not.
 */
export async function ask<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  let response: Response;
  try {
    response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
  } catch {
    noteReached(false);
    throw new ApiError('OFFLINE', 'The server cannot be reached.', null);
  }
  noteReached(true);
  const requestId = response.headers.get('x-request-id');
  const answer = (await response.json().catch(() => ({}))) as Answer<Result>;
  const [error] = answer.errors ?? [];
  if (error?.extensions?.reason === 'STEP_UP_REQUIRED' && (await steppedUp())) return ask(document, variables);
  if (error?.extensions?.code === 'UNAUTHENTICATED' && !declined && (await signedInAgain())) return ask(document, variables);
  if (error) throw new ApiError(error.extensions?.code ?? 'INTERNAL', error.message, error.extensions?.requestId ?? requestId);
  if (!answer.data) throw new ApiError('INTERNAL', `The server answered ${response.status}.`, requestId);
  return answer.data;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always', // a browser that takes itself for offline may still reach a server of its own network
      retry: (times, error) => times < 2 && error instanceof ApiError && error.code === 'OFFLINE',
    },
  },
});

const liveMs = 10_000; // as often as somebody looking at a screen would want to know; not asked while the page is hidden

/** What a document answers, kept up to date while the page is looked at. While other variables are asked for, the rows there were stay. */
export function useAsked<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  everyMs = liveMs,
): UseQueryResult<Result> {
  return useQuery({
    queryKey: [document.toString(), variables],
    queryFn: () => ask(document, variables),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}

/** What a document answers, asked once and again only by hand: for what costs the server more than a look. */
export function useAskedOnce<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): UseQueryResult<Result> {
  return useQuery({
    queryKey: ['once', document.toString(), variables],
    queryFn: () => ask(document, variables),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface UserError {
  message: string;
  remedy: string | null;
}

/** Does something, and then reads anew whatever is shown. Answers why it was refused; nothing where it was done. */
export function useAct<Result extends object, Variables>(
  document: TypedDocumentString<Result, Variables>,
): (variables: Variables) => Promise<{ result: Result; refused: UserError | null }> {
  const client = useQueryClient();
  return async (variables) => {
    const result = await ask(document, variables);
    await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'once' });
    const payloads = Object.values(result) as { userErrors?: UserError[] }[];
    return { result, refused: payloads.flatMap(({ userErrors }) => userErrors ?? [])[0] ?? null };
  };
}
