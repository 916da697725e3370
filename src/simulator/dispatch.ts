import { createHash } from 'node:crypto';
import { answeredBefore, cutOf, type FaultRule, failWithin, takeFault } from './faults.js';
import { answersTold } from './happenings.js';
import { paymentMethodRoutes } from './objects/cards/payment-methods.js';
import { setupIntentRoutes } from './objects/cards/setup-intents.js';
import { meterEventRoutes } from './objects/metering/meter-events.js';
import { meterRoutes } from './objects/metering/meters.js';
import { applicationFeeRoutes } from './objects/money/application-fees.js';
import { balanceSettingsRoutes } from './objects/money/balance-settings.js';
import { balanceRoutes } from './objects/money/balances.js';
import { chargeRoutes } from './objects/money/charges.js';
import { disputeRoutes } from './objects/money/disputes.js';
import { fraudWarningRoutes } from './objects/money/fraud-warnings.js';
import { paymentIntentRoutes } from './objects/money/payment-intents.js';
import { payoutRoutes } from './objects/money/payouts.js';
import { refundRoutes } from './objects/money/refunds.js';
import { transferRoutes } from './objects/money/transfers.js';
import { accountSessionRoutes } from './objects/platform/account-sessions.js';
import { accountRoutes, connectedOf } from './objects/platform/accounts.js';
import { platformRoutes } from './objects/platform/platform.js';
import { webhookEndpointRoutes } from './objects/platform/webhook-endpoints.js';
import { catalogRoutes } from './objects/sales/catalog.js';
import { checkoutRoutes } from './objects/sales/checkout-sessions.js';
import { couponRoutes } from './objects/sales/coupons.js';
import { portalRoutes } from './objects/sales/portal-sessions.js';
import { scheduleRoutes } from './objects/sales/schedules.js';
import { subscriptionChangeRoutes } from './objects/sales/subscription-changes.js';
import { subscriptionRoutes } from './objects/sales/subscriptions.js';
import { ApiError, isBeforeExecution } from './protocol/errors.js';
import { decodeForm, decodeJson, type Form } from './protocol/form.js';
import { expand, listPage } from './protocol/lists.js';
import { readAll } from './protocol/parameters.js';
import type { Route } from './route.js';
import { platformOwner, type World } from './world.js';

export const routes: Route[] = [
  ...accountRoutes,
  ...platformRoutes,
  ...accountSessionRoutes,
  ...checkoutRoutes,
  ...paymentIntentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...applicationFeeRoutes,
  ...fraudWarningRoutes,
  ...payoutRoutes,
  ...subscriptionRoutes,
  ...catalogRoutes,
  ...balanceRoutes,
  ...balanceSettingsRoutes,
  ...webhookEndpointRoutes,
  ...transferRoutes,
  ...disputeRoutes,
  ...paymentMethodRoutes,
  ...setupIntentRoutes,
  ...couponRoutes,
  ...subscriptionChangeRoutes,
  ...scheduleRoutes,
  ...portalRoutes,
  ...meterRoutes,
  ...meterEventRoutes,
];

/** A request as the journal keeps it: all that decides its answer. */
export interface ApiRequest {
  method: string;
  /** With its query. */
  url: string;
  body: string;
  stripeAccount: string | null;
  idempotencyKey: string | null;
  requestId: string;
  origin: string;
  /** What came as authorization where it is a session's token and no key. */
  sessionToken?: string;
}

export interface ApiAnswer {
  status: number;
  /** JSON, or a text as it is. */
  body: unknown;
  headers: Record<string, string>;
  /** How much of the answer never comes: the connection is cut. */
  cut: 'all' | 'half' | null;
}

const keyLifeSeconds = 86_400;

/** Answers one API request. The only way in: a fault, a stored answer, or the endpoint's own work. */
export function dispatch(world: World, request: ApiRequest, isInFlight: boolean): ApiAnswer {
  const fault = takeFault(world, request);
  const early = answeredBefore(fault?.kind, (error, headers) => failed(error, request, headers));
  const answer = early ?? executed(world, request, isInFlight, fault);
  if (answersTold.hasSubscribers) answersTold.publish({ request, answer });
  return answer;
}

function executed(world: World, request: ApiRequest, isInFlight: boolean, fault: FaultRule | undefined): ApiAnswer {
  const answer = keyed(world, request, isInFlight, () => {
    failWithin(fault);
    world.request = { id: request.requestId, idempotency_key: request.idempotencyKey };
    try {
      return run(world, request);
    } finally {
      world.request = null;
    }
  });
  return { ...answer, cut: cutOf(fault) };
}

/** Stripe's rules for idempotency keys: the first answer is kept for a day, refusals and errors included. */
function keyed(world: World, request: ApiRequest, isInFlight: boolean, execute: () => object): ApiAnswer {
  const { idempotencyKey: key } = request;
  if (key === null || request.method === 'GET') return answered(execute, request);
  const slot = `${request.stripeAccount ?? platformOwner} ${key}`;
  const fingerprint = createHash('sha256').update(`${request.method} ${request.url} ${request.body}`).digest('hex');
  if (key.length > 255)
    return failed(new ApiError(400, { type: 'invalid_request_error', message: 'The idempotency key is longer than 255 characters.' }), request);
  if (isInFlight)
    return failed(
      new ApiError(409, {
        type: 'invalid_request_error',
        code: 'idempotency_key_in_use',
        message: 'There is currently another in-progress request using this key.',
      }),
      request,
    );

  const stored = world.answers.get(slot);
  if (stored?.answer && world.now - stored.createdAt < keyLifeSeconds) {
    if (stored.fingerprint !== fingerprint) {
      return failed(
        new ApiError(400, {
          type: 'idempotency_error',
          message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        }),
        request,
      );
    }
    return { ...stored.answer, headers: { ...headersOf(request), 'idempotent-replayed': 'true', 'original-request': stored.requestId }, cut: null };
  }
  const answer = answered(execute, request);
  if (answer.headers['x-sim-unstored'] === undefined)
    world.answers.set(slot, {
      fingerprint,
      createdAt: world.now,
      requestId: request.requestId,
      answer: { status: answer.status, body: structuredClone(answer.body) },
    });
  delete answer.headers['x-sim-unstored'];
  return answer;
}

function answered(execute: () => object, request: ApiRequest): ApiAnswer {
  try {
    return { status: 200, body: structuredClone(execute()), headers: headersOf(request), cut: null };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return failed(error, request, isBeforeExecution(error) ? { 'x-sim-unstored': '1' } : {});
  }
}

export function failed(
  error: ApiError,
  request: Pick<ApiRequest, 'requestId' | 'idempotencyKey' | 'stripeAccount'>,
  extra: Record<string, string> = {},
): ApiAnswer {
  return {
    status: error.status,
    body: { error: { ...error.body, request_log_url: `https://dashboard.stripe.com/test/logs/${request.requestId}` } },
    headers: { ...headersOf(request), ...extra },
    cut: null,
  };
}

function headersOf({
  requestId,
  idempotencyKey,
  stripeAccount,
}: Pick<ApiRequest, 'requestId' | 'idempotencyKey' | 'stripeAccount'>): Record<string, string> {
  return {
    'request-id': requestId,
    'stripe-version': '2026-10-28.endive',
    ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
    ...(stripeAccount ? { 'stripe-account': stripeAccount } : {}),
  };
}

function run(world: World, request: ApiRequest): object {
  const [path, query] = request.url.split('?') as [string, string | undefined];
  const { route, ids } = match(request.method, path);
  const form = formOf(request, path, query);
  const sessionToken = request.sessionToken ?? null;
  if ((sessionToken !== null) !== (route.takesSessionToken === true)) throw keyMismatch(sessionToken);
  const owner = ownerOf(world, request.stripeAccount, route);
  const paths = expandPaths(form);
  if ('listOf' in route)
    return expand(
      world,
      owner,
      { object: 'list', url: path, ...strip(listPage(world, owner, route.listOf, form, route.filters ?? [])) },
      paths,
      true,
    );
  const values = readAll(route.spec, form);
  const answer = route.run({ world, owner, id: ids[0] ?? '', secondId: ids[1] ?? '', values, form, sessionToken, origin: request.origin });
  return expand(world, owner, answer, paths, false);
}

function formOf({ method, body }: ApiRequest, path: string, query: string | undefined): Form {
  if (method === 'GET' || method === 'DELETE') return decodeForm(query ?? body);
  return path.startsWith('/v2/') ? decodeJson(body) : decodeForm(body);
}

function keyMismatch(sessionToken: string | null): ApiError {
  const message =
    sessionToken === null ? 'This takes the authentication_token of a meter event session, not a key.' : 'The token of a session is no API key.';
  return new ApiError(401, { type: 'invalid_request_error', message });
}

/** What the simulator keeps beside Stripe's fields stays here. */
function strip(page: { data: object[]; has_more: boolean }): object {
  return {
    ...page,
    data: page.data.map((object) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'cart' && name !== 'price'))),
  };
}

function expandPaths(form: Form): string[] {
  const { expand: asked } = form;
  return Array.isArray(asked) ? asked.filter((path) => typeof path === 'string') : [];
}

function match(method: string, path: string): { route: Route; ids: string[] } {
  const segments = path.split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== segments.length) continue;
    if (wanted.every((segment, i) => segment.startsWith(':') || segment === segments[i]))
      return { route, ids: segments.filter((_, i) => wanted[i]?.startsWith(':')) };
  }
  throw new ApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}), or one the simulator does not answer.`,
  });
}

function ownerOf(world: World, stripeAccount: string | null, route: Route): string {
  if (stripeAccount === null) return platformOwner;
  const account = connectedOf(world, stripeAccount);
  if (route.platformOnly)
    throw new ApiError(403, { type: 'invalid_request_error', message: 'This request is made without the Stripe-Account header.' });
  return account.id;
}
