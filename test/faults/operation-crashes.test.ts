import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dayMs, later } from '../../src/base/clock.js';
import { atomically, type Tx } from '../../src/db/work.js';
import type { OperationKind } from '../../src/operations/operation.js';
import { askedOfStripe, type Wanted } from '../support/asked-of-stripe.js';
import { outwait, runWorker } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

describe('a worker killed with SIGKILL at each point, one after the other', () => {
  let world: TestWorld;
  let all: Wanted[];
  beforeAll(async () => {
    world = await openWorld({}, { works: false });
    all = await askedOfStripe(world);
    for (const { at } of all) await world.control('faults', { ...at, kind: 'drop_before', times: 1_000 });
    await Promise.all(all.map(({ ask }) => ask())); // all are left to the worker
    await world.control('faults/clear');
    await atomically(world.app.openWork(), (tx) => postpone(tx).execute());
  });
  afterAll(() => world.close());

  const postpone = (tx: Tx) =>
    tx.sql
      .updateTable('operation')
      .set({ nextAttemptAt: later(tx.clock.now(), dayMs) })
      .where('state', '=', 'INTENDED');
  const makeDue = (kind: OperationKind) =>
    atomically(world.app.openWork(), (tx) =>
      tx.sql.updateTable('operation').set({ nextAttemptAt: tx.clock.now() }).where('kind', '=', kind).where('state', '=', 'INTENDED').execute(),
    );

  it.each([
    ['making an account', 'ACCOUNT_CREATE'],
    ['canceling a membership', 'SUBSCRIPTION_CANCEL'],
    ['ending a membership', 'SUBSCRIPTION_END'],
    ['deleting an account', 'ACCOUNT_DELETE'],
  ] as const)(
    'while %s has done it once in the end',
    async (what, kind) => {
      await makeDue(kind);
      for (const point of ['operation.intended', 'operation.answered']) {
        expect(await runWorker(world, point)).toBe('SIGKILL');
        await outwait(world);
      }
      expect(await runWorker(world)).toBeNull();
      expect(await all.find((wanted) => wanted.what === what)?.outcome()).toEqual({
        what,
        done: true,
        shown: true,
        operations: [{ generation: 1, state: 'SUCCEEDED' }],
      });
    },
    60_000,
  );
});
