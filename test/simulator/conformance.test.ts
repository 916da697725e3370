import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventsTold } from '../../src/simulator/happenings.js';
import { observed, reportVariable } from '../support/conforming.js';
import { Conformance } from './conformance.js';

const request = { method: 'POST', url: '/v1/transfers', body: 'amount=100&currency=usd&destination=acct_1', stripeAccount: null };
const asked = (changed: object) => ({ ...request, idempotencyKey: null, requestId: 'req_1', origin: '', ...changed });
const answer = (body: object, status = 200) => ({ status, body, headers: {}, cut: null });
const transfer = {
  id: 'tr_1',
  object: 'transfer',
  amount: 100,
  amount_reversed: 0,
  balance_transaction: 'txn_1',
  created: 1_795_000_000,
  currency: 'usd',
  description: null,
  destination: 'acct_1',
  livemode: false,
  metadata: { a: 'b' },
  reversals: { object: 'list', url: '/v1/transfers/tr_1/reversals', has_more: false, data: [] },
  reversed: false,
  source_transaction: null,
  transfer_group: null,
};
const event = {
  id: 'evt_1',
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1,
  data: { object: transfer },
  livemode: false,
  pending_webhooks: 0,
  request: null,
  type: 'transfer.created',
};

function foundIn(changed: object, body: object, status = 200): string[] {
  const conformance = new Conformance();
  conformance.answered(asked(changed), answer(body, status));
  return conformance.problems;
}

describe('an answer', () => {
  it('that is as Stripe’s SDK declares it is not remarked on', () => {
    expect(foundIn({}, transfer)).toEqual([]);
    expect(foundIn({}, { ...transfer, destination: null, destination_payment: 'py_1' })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['lacks a member', { amount: undefined }, 'Transfer: amount is missing'],
    ['has one that Stripe has not', { total: 1 }, 'Transfer: total is not declared'],
    ['has one of another type', { amount: '100' }, 'Transfer.amount is "100", not number'],
    ['has null where Stripe has none', { reversed: null }, 'Transfer.reversed is null, not boolean'],
    ['has another text than Stripe’s', { object: 'payout' }, 'transfers.create is {"id":"tr_1","object":"payout"'],
    ['has a map of something else', { metadata: { a: 1 } }, 'Transfer.metadata{} is 1, not string'],
    ['has a list in place of a page', { reversals: [] }, 'Transfer.reversals is [], not <TransferReversal>'],
    ['has a page without an address', { reversals: { ...transfer.reversals, url: undefined } }, 'Transfer.reversals is no page'],
    ['has something else in a page', { reversals: { ...transfer.reversals, data: ['trr_1'] } }, 'Transfer.reversals[] is "trr_1"'],
  ])('that %s is', (_, changed, problem) => {
    expect(foundIn({}, { ...transfer, ...changed })).toEqual([expect.stringContaining(problem)]);
  });

  it('that refuses has one of Stripe’s types and codes', () => {
    const error = { type: 'invalid_request_error', code: 'balance_insufficient', message: 'No.' };
    expect(foundIn({}, { error }, 400)).toEqual([]);
    expect(foundIn({}, { error: { ...error, code: 'no_such_code' } }, 400)).toEqual([
      'transfers.create refused: Stripe has no error code no_such_code',
    ]);
    expect(foundIn({}, { error: { ...error, type: 'oops' } }, 400)).toEqual([expect.stringContaining('is no error of Stripe’s'.replace('’', "'"))]);
  });
});

describe('a request that was carried out', () => {
  it.each([
    ['lacks a parameter', 'amount=100&currency=usd', 'transfers.create(: destination is missing'],
    ['has one that Stripe does not know', `${request.body}&fee=1`, 'transfers.create(: no parameter fee'],
    ['has one of another type', request.body.replace('100', 'much'), 'transfers.create(amount: much is not number'],
    ['has one of no value that Stripe knows', `${request.body}&source_type=coin`, "transfers.create(source_type: coin is not 'bank_account'"],
  ])('and %s is remarked on', (_, body, problem) => {
    expect(foundIn({ body }, transfer)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('an event', () => {
  const foundIn = (changed: object) => {
    const conformance = new Conformance();
    conformance.emitted({ ...event, ...changed });
    return conformance.problems;
  };

  it('that Stripe could tell is not remarked on', () => {
    expect(foundIn({})).toEqual([]);
    expect(foundIn({ data: { object: transfer, previous_attributes: { description: 'before' } } })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['is of no type that Stripe has', { type: 'transfer.made' }, 'Stripe has no event transfer.made'],
    ['is of another object', { data: { object: { ...transfer, object: 'charge' } } }, 'transfer.created is {"id":"tr_1","object":"charge"'],
    ['lacks a member', { livemode: undefined }, 'Event: livemode is missing'],
    [
      'tells of a change of what cannot change',
      { data: { object: transfer, previous_attributes: { size: 1 } } },
      'transfer.created: size is not among',
    ],
  ])('that %s is', (_, changed, problem) => {
    expect(foundIn(changed)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a process that a test starts', () => {
  it('tells the test what is not as declared, also where it is killed the next moment', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-conformance-'));
    const report = join(folder, 'problems');
    const program = `
      require('node:diagnostics_channel').channel('${String(eventsTold.name)}').publish({ type: 'transfer.made', data: { object: {} } });
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['-e', program], { env: { ...observed(), [reportVariable]: report } });
    expect([signal, readFileSync(report, 'utf8')]).toEqual(['SIGKILL', expect.stringContaining('Stripe has no event transfer.made\n')]);
    rmSync(folder, { recursive: true });
  });
});
