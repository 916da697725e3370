import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openGround, type TestGround } from '../../test/support/ground.js';
import { hourMs, minuteMs, secondMs } from '../base/clock.js';
import { atomically } from '../db/work.js';
import type { StripeFailure, StripeResult } from '../stripe/result.js';
import { conclude, intend } from './lifecycle.js';
import type { OperationRow } from './operation.js';
import { perform } from './perform.js';
import { type Resumers, resumeDueOperations } from './resume.js';

let ground: TestGround;
let tenantId: string;
let subjects = 0;
beforeAll(async () => {
  ground = await openGround();
  ({ tenantId } = await ground.seller());
});
beforeEach(async () => {
  await ground.rows(`update operation set state = 'REJECTED', concluded_at = now() where state = 'INTENDED'`); // each test minds its own
});
afterAll(() => ground.close());

const newSubject = () => `ref_${++subjects}`;
const intention = (subjectId: string) => ({ tenantId, kind: 'REFUND' as const, subjectId, parameters: { amountMinor: 1_000 } });
const intended = (subjectId = newSubject()) => atomically(ground.work, (tx) => intend(tx, intention(subjectId)));
const now = async ({ id }: OperationRow) => (await ground.rows('select * from operation where id = $1', [id]))[0];
const attempts = ({ id }: OperationRow) =>
  ground.rows('select number, outcome, http_status, error from operation_attempt where operation_id = $1 order by number', [id]);

const done: StripeResult<string> = { ok: true, value: 're_1', stripeRequestId: 'req_1' };
function failed(kind: StripeFailure['kind'], more: Partial<StripeFailure> = {}): { ok: false; failure: StripeFailure } {
  return {
    ok: false,
    failure: { kind, code: 'UNCLASSIFIED', message: 'Because.', stripeCode: null, httpStatus: 400, stripeRequestId: null, replayed: false, ...more },
  };
}

describe('an intended write to Stripe', () => {
  it('is one for its subject, however many intend it at once', async () => {
    const subjectId = newSubject();
    const all = await Promise.all(Array.from({ length: 20 }, () => intended(subjectId)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all[0]).toMatchObject({ generation: 1, state: 'INTENDED', idempotencyKey: `holdfast:refund:${subjectId}:1` });
  });

  it('is the same after it has succeeded: what was done is not done again', async () => {
    const operation = await intended();
    expect(await atomically(ground.work, (tx) => conclude(tx, operation, { stripeId: 're_1' }))).toBe(true);
    expect(await intended(operation.subjectId)).toMatchObject({ id: operation.id, state: 'SUCCEEDED', stripeId: 're_1' });
  });

  it('comes with a new key after a refusal, since Stripe repeats what it said under the old one', async () => {
    const operation = await intended();
    await perform(ground.work, operation, async () => failed('REFUSED'));
    expect(await intended(operation.subjectId)).toMatchObject({ generation: 2, idempotencyKey: `holdfast:refund:${operation.subjectId}:2` });
  });

  it('is concluded by one of many', async () => {
    const operation = await intended();
    const won = await Promise.all(Array.from({ length: 10 }, () => atomically(ground.work, (tx) => conclude(tx, operation, { stripeId: 're_1' }))));
    expect(won.filter(Boolean)).toHaveLength(1);
  });
});

describe('sending an intended write', () => {
  it('has its attempt in the books before Stripe hears of it, outside any transaction', async () => {
    const operation = await intended();
    const sent = await perform(ground.work, operation, async (key) => {
      expect(key).toBe(operation.idempotencyKey);
      expect(await attempts(operation)).toMatchObject([{ number: 1, outcome: null }]);
      expect(await now(operation)).toMatchObject({ send_count: 1, first_sent_at: ground.clock.now() });
      await atomically(ground.work, async () => undefined); // refused inside of another
      return done;
    });
    expect(sent).toMatchObject({ outcome: 'SUCCEEDED', value: 're_1' });
    expect(await now(operation)).toMatchObject({ state: 'INTENDED' }); // its caller concludes it, together with its rows and the attempt
    if (sent.outcome !== 'SUCCEEDED') throw new Error(sent.outcome);
    await atomically(ground.work, (tx) => conclude(tx, operation, { stripeId: sent.value, attempt: sent.attempt }));
    expect(await attempts(operation)).toMatchObject([{ number: 1, outcome: 'SUCCEEDED' }]);
    expect(await now(operation)).toMatchObject({ state: 'SUCCEEDED', stripe_id: 're_1' });
  });

  it('ends with a definite no, and with what that means in the same transaction', async () => {
    const operation = await intended();
    let told = 0;
    const sent = await perform(
      ground.work,
      operation,
      async () => failed('REFUSED', { stripeCode: 'charge_already_refunded' }),
      async (_, failure) => {
        expect(failure.stripeCode).toBe('charge_already_refunded');
        told++;
      },
    );
    expect(sent).toMatchObject({ outcome: 'REFUSED', failure: { stripeCode: 'charge_already_refunded' } });
    expect(told).toBe(1);
    expect(await now(operation)).toMatchObject({ state: 'REJECTED', failure: { message: 'Because.' } });
    expect(await attempts(operation)).toMatchObject([{ outcome: 'REFUSED', error: 'Because.' }]);
  });

  it('stays open when what a refusal means cannot be recorded', async () => {
    const operation = await intended();
    const recording = perform(
      ground.work,
      operation,
      async () => failed('REFUSED'),
      async () => {
        throw new Error('the database says no');
      },
    );
    await expect(recording).rejects.toThrow('the database says no');
    expect(await now(operation)).toMatchObject({ state: 'INTENDED', concluded_at: null });
    expect(await attempts(operation)).toMatchObject([{ outcome: null }]);
  });

  it.each(['IN_FLIGHT', 'NOT_RUN', 'UNKNOWN'] as const)('waits a moment after %s and sends the same key again', async (kind) => {
    const operation = await intended();
    const keys: string[] = [];
    const sent = await perform(ground.work, operation, async (key) => (keys.push(key) < 2 ? failed(kind) : done));
    expect(sent).toMatchObject({ outcome: 'SUCCEEDED', value: 're_1' });
    expect(keys).toEqual([operation.idempotencyKey, operation.idempotencyKey]);
    expect(await attempts(operation)).toMatchObject([{ outcome: kind === 'UNKNOWN' ? 'UNKNOWN' : 'NOT_RUN' }, { outcome: null }]);
  });

  it.each([
    ['a stored 500', failed('UNKNOWN', { replayed: true })],
    ['a refusal of the platform’s key', failed('PLATFORM')],
    ['a request Stripe cannot take', failed('DEFECT')],
  ])('does not ask again at once after %s, and stays open', async (_, failure) => {
    const operation = await intended();
    expect(await perform(ground.work, operation, async () => failure)).toMatchObject({ outcome: 'UNDECIDED' });
    expect(await now(operation)).toMatchObject({ state: 'INTENDED', send_count: 1, failure: { message: 'Because.' } });
  });

  it('gives up waiting after four requests, and leaves the rest to the worker', async () => {
    const operation = await intended();
    expect(await perform(ground.work, operation, async () => failed('NOT_RUN'))).toMatchObject({ outcome: 'UNDECIDED' });
    expect(await now(operation)).toMatchObject({ state: 'INTENDED', send_count: 4 });
  });

  it('never sends a key of 23 hours or more, counted from its first request', async () => {
    const operation = await intended();
    ground.clock.advance(48 * hourMs); // before the first request, waiting does not age a key
    await perform(ground.work, operation, async () => failed('PLATFORM'));
    ground.clock.advance(12 * hourMs);
    await perform(ground.work, operation, async () => failed('PLATFORM'));
    ground.clock.advance(11 * hourMs - secondMs);
    expect(await perform(ground.work, operation, async () => failed('PLATFORM'))).toMatchObject({ failure: { kind: 'PLATFORM' } });
    ground.clock.advance(secondMs);
    const never = async (): Promise<StripeResult<string>> => {
      throw new Error('it was sent');
    };
    expect(await perform(ground.work, operation, never)).toMatchObject({ outcome: 'UNDECIDED', failure: { code: 'VERIFICATION_REQUIRED' } });
    expect(await now(operation)).toMatchObject({ state: 'INTENDED', send_count: 3 });
  });
});

describe('taking up what was left open', () => {
  const resumers = (refund: Resumers['REFUND']): Resumers => {
    const unexpected = async () => {
      throw new Error('another kind');
    };
    return {
      ACCOUNT_CREATE: unexpected,
      ACCOUNT_DELETE: unexpected,
      SUBSCRIPTION_CANCEL: unexpected,
      SUBSCRIPTION_END: unexpected,
      REVERSAL: unexpected,
      RETRANSFER: unexpected,
      REFUND: refund,
    };
  };

  it('leaves alone what a living process may still be sending, and takes it up when that must be over', async () => {
    const operation = await intended();
    const died = perform(ground.work, operation, async () => {
      throw new Error('the process died here');
    });
    await expect(died).rejects.toThrow();
    const taken: string[] = [];
    const resume = () =>
      resumeDueOperations(
        ground.another('holdfast_worker'),
        resumers(async (_, { id }) => void taken.push(id)),
        10,
      );

    ground.clock.advance(89 * secondMs);
    expect(await resume()).toBe(0);
    ground.clock.advance(1 * secondMs);
    expect(await resume()).toBe(1);
    expect(taken).toEqual([operation.id]);
  });

  it('is done by one of several workers', async () => {
    const operations = await Promise.all(Array.from({ length: 12 }, () => intended()));
    const taken: string[] = [];
    const worker = (work = ground.another('holdfast_worker')) =>
      resumeDueOperations(
        work,
        resumers(async (_, { id }) => void taken.push(id)),
        5,
      );
    const counts = await Promise.all([worker(), worker(), worker()]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(taken.length);
    expect(new Set(taken).size).toBe(taken.length);
    await worker();
    expect(taken.toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  it('goes on with the others where one fails, and comes back to that one later', async () => {
    const [bad] = await Promise.all([intended(), intended(), intended()]);
    const taken: string[] = [];
    const resume = () =>
      resumeDueOperations(
        ground.work,
        resumers(async (_, { id }) => {
          taken.push(id);
          if (id === bad.id) throw new Error('not yet');
        }),
        10,
      );
    expect(await resume()).toBe(3);
    expect(taken).toHaveLength(3);
    expect(await resume()).toBe(0);
    ground.clock.advance(5 * minuteMs);
    await resume();
    expect(taken.filter((id) => id === bad.id)).toHaveLength(2);
  });
});
