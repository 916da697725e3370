import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answerer, type Gateway, json, openGateway, startAnswerer } from '../../test/support/gateway.js';
import { platform } from './scope.js';
import { readWhole } from './whole-lists.js';

let stripe: Answerer;
let gateway: Gateway;

beforeAll(async () => {
  stripe = await startAnswerer();
  gateway = openGateway({ apiBase: stripe.url });
});
afterAll(async () => {
  await gateway.close();
  await stripe.close();
});

const refunds = () =>
  readWhole(
    gateway.work,
    'refunds.list',
    platform,
    (sdk, page, options) => sdk.refunds.list({ charge: 'ch_1', ...page }, options),
    ({ id }) => id,
  );
const page = (ids: string[], more: boolean) =>
  json(200, { object: 'list', url: '/v1/refunds', has_more: more, data: ids.map((id) => ({ object: 'refund', id })) });

describe('a whole list', () => {
  it('is read page after page, each after the last object of the one before', async () => {
    stripe.answer((response, nth) => page([`re_${nth}a`, `re_${nth}b`], nth < 3)(response));
    expect(await refunds()).toMatchObject({ ok: true, value: ['re_1a', 're_1b', 're_2a', 're_2b', 're_3a', 're_3b'] });
    expect(stripe.requests.map(({ url }) => new URL(url, stripe.url).searchParams.get('starting_after'))).toEqual([null, 're_1b', 're_2b']);
    expect(stripe.requests.map(({ url }) => new URL(url, stripe.url).searchParams.get('limit'))).toEqual(['100', '100', '100']);
  });

  it('is empty where Stripe has nothing', async () => {
    stripe.answer(page([], false));
    expect(await refunds()).toMatchObject({ ok: true, value: [] });
  });

  it('is not told in part where a later page fails', async () => {
    const busy = json(429, { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Slow down.' } });
    stripe.answer((response, nth) => (nth === 1 ? page(['re_1'], true) : busy)(response));
    expect(await refunds()).toMatchObject({ ok: false, failure: { kind: 'NOT_RUN' } });
  });

  it('is not taken for whole where Stripe says there is more, and shows nothing', async () => {
    stripe.answer(page([], true));
    expect(await refunds()).toMatchObject({ ok: false, failure: { kind: 'UNKNOWN' } });
  });

  it('is refused where it does not end, after fifty pages', async () => {
    stripe.answer((response, nth) => page([`re_${nth}`], true)(response));
    expect(await refunds()).toMatchObject({ ok: false, failure: { kind: 'REFUSED', message: 'The list refunds.list has more than 5000 objects.' } });
    expect(stripe.requests).toHaveLength(50);
  });
});
