import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode, unwrapResolverError } from '@apollo/server/errors';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import { Denied } from '../src/base/errors.js';
import type { Log } from '../src/base/log.js';
import { databaseAway, isDatabaseAway, isUnstorableText } from '../src/db/database.js';
import { apiSchema } from './build.js';
import { compiledExecution } from './compiled.js';
import type { Context } from './context.js';
import { DocumentStore } from './document-store.js';
import { assertWithinLimits } from './limits.js';

const tokensMax = 1_000;
const errorsMax = 5; // of one document; who sends more is not helped by more

/** The GraphQL server: limits before the work, refusals in the contract's codes, and nothing of ours in an answer to a defect. */
export function createGraphqlServer(options: { production: boolean; log: Log }): ApolloServer<Context> {
  return new ApolloServer<Context>({
    gateway: compiledExecution(apiSchema()),
    introspection: !options.production,
    hideSchemaDetailsFromClientErrors: options.production,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false, // the application drains by itself
    csrfPrevention: true,
    maxRecursiveSelections: true,
    parseOptions: { maxTokens: tokensMax },
    validationOptions: { maxErrors: errorsMax },
    formatError: (formatted, error) => formatError(formatted, error),
    plugins: [ApolloServerPluginLandingPageDisabled(), ApolloServerPluginCacheControlDisabled(), limits, reportDefects(options.log)],
    persistedQueries: false,
    documentStore: new DocumentStore(),
  });
}

const limits: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, request, operation, contextValue }) {
        assertOneMutationPerKey(operation, contextValue.idempotencyKey);
        assertWithinLimits(document, request.operationName ?? null, request.variables ?? {}, contextValue.viewer.kind === 'ANONYMOUS');
      },
    };
  },
};

/** A key in the header is one request's: under several mutations it would not be clear whose. */
function assertOneMutationPerKey(operation: OperationDefinitionNode | undefined, key: string | null): void {
  if (key === null || operation?.operation !== 'mutation' || operation.selectionSet.selections.length === 1) return;
  throw new GraphQLError('The Idempotency-Key header goes with one mutation. Send them one by one, or put idempotencyKey into each input.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

/** What is a defect of ours goes to the log with the request's id, which is all the caller gets of it. */
function reportDefects(log: Log): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue, response }) {
          if (errors.some((error) => isDatabaseAway(unwrapResolverError(error)))) response.http.status = 503;
          for (const error of errors) {
            const cause = unwrapResolverError(error);
            if (isDefect(error, cause)) log.error({ requestId: contextValue.requestId, path: error.path, err: cause }, 'a resolver failed');
          }
        },
        async willSendResponse({ contextValue, response }) {
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          for (const error of singleResult.errors ?? [])
            Object.assign(error, { extensions: { ...error.extensions, requestId: contextValue.requestId } });
          const retryAfter = singleResult.errors
            ?.map(({ extensions }) => extensions?.['retryAfterSeconds'])
            .find((seconds) => typeof seconds === 'number');
          if (retryAfter !== undefined) response.http.headers.set('retry-after', String(retryAfter));
        },
      };
    },
  };
}

const callersFault = new Set<string>(Object.values(ApolloServerErrorCode).filter((code) => code !== ApolloServerErrorCode.INTERNAL_SERVER_ERROR));

function isDefect(error: GraphQLError, cause: unknown): boolean {
  if (cause instanceof Denied || isUnstorableText(cause)) return false;
  const code = String(error.extensions?.['code'] ?? '');
  return !(callersFault.has(code) || code === 'BAD_USER_INPUT');
}

function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  const where = { ...(formatted.locations ? { locations: formatted.locations } : {}), ...(formatted.path ? { path: formatted.path } : {}) };
  if (cause instanceof Denied) {
    const { code, message, retryAfterSeconds, reason } = cause;
    const more = { ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }), ...(reason === null ? {} : { reason }) };
    return { message, ...where, extensions: { code, ...more } };
  }
  if (isDatabaseAway(cause)) {
    const { message, retryAfterSeconds } = databaseAway;
    return { message, ...where, extensions: { code: 'INTERNAL', retryAfterSeconds } };
  }
  if (isUnstorableText(cause)) return { message: 'There is a zero byte in what was sent.', ...where, extensions: { code: 'BAD_USER_INPUT' } };
  const code = String(formatted.extensions?.['code'] ?? '');
  const { reason } = (formatted.extensions ?? {}) as { reason?: string };
  if (callersFault.has(code)) return { message: formatted.message, ...where, extensions: { code: 'BAD_USER_INPUT', ...(reason ? { reason } : {}) } };
  return { message: 'Something went wrong here. The request id leads the operator to the reason.', ...where, extensions: { code: 'INTERNAL' } };
}
