import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Denied, deniedStatus, Refusal } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { databaseAway, isDatabaseAway, isUnstorableText } from '../db/database.js';
import { messagePage } from './pages/message.js';
import { sendPage } from './pages/send.js';

interface Told {
  status: number;
  code: string;
  message: string;
  path: readonly string[] | null;
  remedy: string | null;
  retryAfterSeconds: number | null;
}

const stripeRetrySeconds = 60; // the budget and most outages of Stripe's are over by then

/** The status of a page that tells a refusal, and when to try again where Stripe did not answer. */
export function statusOfRefusal(reply: FastifyReply, { code }: Refusal): void {
  reply.status(code === 'STRIPE_UNAVAILABLE' ? 503 : 422);
  if (code === 'STRIPE_UNAVAILABLE') reply.header('retry-after', stripeRetrySeconds);
}

/** Answers every error of the HTTP layer: in JSON or as a page, as the caller reads; never a stack, never a 500 for bad input. */
export function answerError(log: Log) {
  return (error: Partial<FastifyError> | Error, request: FastifyRequest, reply: FastifyReply): void => {
    const told = tell(error);
    if (told.status >= 500) log.error({ requestId: request.id, route: request.routeOptions.url, err: error }, 'request failed');
    if (told.retryAfterSeconds !== null) reply.header('retry-after', told.retryAfterSeconds);
    reply.status(told.status);
    if (wantsPage(request))
      sendPage(
        reply,
        messagePage({ title: titles[told.status] ?? 'That did not work', message: told.message, requestId: told.status >= 500 ? request.id : null }),
      );
    else reply.send({ error: { code: told.code, message: told.message, path: told.path, remedy: told.remedy, requestId: request.id } });
  };
}

const titles: Record<number, string> = {
  401: 'Sign in first',
  403: 'That is not allowed',
  404: 'Not found',
  413: 'That is too large',
  429: 'A little slower',
  503: 'Not available right now',
};

function wantsPage(request: FastifyRequest): boolean {
  return !request.url.startsWith('/api/') && (request.headers.accept ?? '').includes('text/html');
}

function tell(error: Partial<FastifyError> | Error): Told {
  const blank = { path: null, remedy: null, retryAfterSeconds: null };
  if (error instanceof Refusal)
    return {
      ...blank,
      status: error.code === 'STRIPE_UNAVAILABLE' ? 503 : 422,
      code: error.code,
      message: error.message,
      path: error.path,
      remedy: error.remedy,
      retryAfterSeconds: error.code === 'STRIPE_UNAVAILABLE' ? stripeRetrySeconds : null,
    };
  if (error instanceof Denied)
    return { ...blank, status: deniedStatus[error.code], code: error.code, message: error.message, retryAfterSeconds: error.retryAfterSeconds };
  if (isUnstorableText(error)) return { ...blank, status: 400, code: 'BAD_USER_INPUT', message: 'There is a zero byte in what was sent.' };
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (isDatabaseAway(error)) return { ...blank, status: 503, code: 'UNAVAILABLE', ...databaseAway };
  if (status >= 500)
    return { ...blank, status: 500, code: 'INTERNAL', message: 'Something went wrong here. The request id leads the operator to the reason.' };
  if (status === 415)
    return {
      ...blank,
      status,
      code: 'BAD_USER_INPUT',
      message: 'This content type is not read here.',
      remedy: 'Send JSON with the header content-type: application/json; forms of the pages go as the pages send them.',
    };
  return { ...blank, status, code: status === 404 ? 'NOT_FOUND' : 'BAD_USER_INPUT', message: error.message ?? 'The request could not be read.' };
}
