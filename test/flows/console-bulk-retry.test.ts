import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { stillActive } from '../../src/accounts/connected-account.js';
import { atomically } from '../../src/db/work.js';
import { raiseHalt } from '../../src/operations/halt.js';
import { carryOnBulkRetries } from '../../src/settlements/bulk/retrying-all.js';
import { settleDue } from '../../src/settlements/settling.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { topUp } from '../support/marketplace.js';
import { outwait, runWorker } from '../support/worker-process.js';
import { openWorld, type TestWorld } from '../support/world.js';

interface Progress {
  id: string;
  total: number;
  waiting: number;
  underWay: number;
  paid: number;
  failed: number;
  passedOver: number;
  endedAt: string | null;
}

const count = 500;
let world: TestWorld;
let admin: Api;
let database: pg.Client;
beforeAll(async () => {
  world = await openWorld({ PLATFORM_FEE_FIXED: '0' }, { works: false });
  const seller = await readySeller(world);
  admin = await signInAsAdmin(world);
  await topUp(world, count * 5_000);
  database = new pg.Client({ connectionString: world.databaseUrl });
  await database.connect();
  await fillDueSettlements(world, seller.accountId, count);
  await isConnected(false);
  while ((await settleDue(world.app.openWork(), 100)) > 0);
});
afterAll(async () => {
  await database.end();
  await world.close(); // which audits the books
});

const isConnected = (is: boolean) =>
  is
    ? database.query('update connected_account set active_until = $1, retired_cause = null', [stillActive])
    : database.query("update connected_account set active_until = '2026-01-01', retired_cause = 'DISCONNECTED'");
const fields = 'id total waiting underWay paid failed passedOver endedAt';
const start = async (cause = 'ACCOUNT_DISCONNECTED', key: string | null = null) =>
  (
    await admin.run<{ startBulkRetry: { bulkRetry: Progress | null; userErrors: { code: string }[] } }>(
      `mutation ($cause: FailureCode!, $key: String) { startBulkRetry(input: { cause: $cause, reason: "they are back", idempotencyKey: $key }) { bulkRetry { ${fields} } userErrors { code } } }`,
      { cause, key },
    )
  ).startBulkRetry;
const progress = async (id: string) =>
  (await admin.run<{ bulkRetry: Progress }>(`query ($id: ID!) { bulkRetry(id: $id) { ${fields} } }`, { id })).bulkRetry;
const stop = async (id: string) =>
  (
    await admin.run<{ stopBulkRetry: { bulkRetry: Progress | null; userErrors: { code: string }[] } }>(
      `mutation ($id: ID!) { stopBulkRetry(input: { id: $id }) { bulkRetry { ${fields} } userErrors { code } } }`,
      { id },
    )
  ).stopBulkRetry;
const transfers = async () => ((await world.stripeState()) as unknown as { transfers: { transfer_group: string }[] }).transfers;
const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);

describe('retrying all that failed for one cause', () => {
  it('is refused where nothing failed so, and where an outcome is unknown', async () => {
    expect(codes(await start('PLATFORM_NOT_ALLOWED'))).toEqual(['NOT_RETRIABLE']);
    expect(codes(await start('VERIFICATION_REQUIRED'))).toEqual(['VERIFICATION_REQUIRED']);
  });

  it('tells those that fail again, beside why, and leaves them to be retried anew', async () => {
    const { bulkRetry } = await start();
    expect(bulkRetry).toMatchObject({ total: count, waiting: count, paid: 0, endedAt: null });
    await carryOnBulkRetries(world.app.openWork());
    expect(await progress(bulkRetry?.id as string)).toMatchObject({ waiting: 0, failed: count, endedAt: expect.any(String) });
    const { bulkRetries } = await admin.run<{ bulkRetries: { failedSettlements: { failure: { code: string } }[]; startedBy: string }[] }>(
      '{ bulkRetries { startedBy failedSettlements { failure { code } } } }',
    );
    expect(bulkRetries[0]?.failedSettlements[0]?.failure.code).toBe('ACCOUNT_DISCONNECTED');
    expect(await transfers()).toHaveLength(0);
  });

  it('moves nothing while money is halted, and stops where somebody says so', async () => {
    const work = world.app.openWork();
    await atomically(work, (tx) => raiseHalt(tx, 'MONEY_AUDIT', 'somebody saw something'));
    const { bulkRetry } = await start();
    const id = bulkRetry?.id as string;
    expect(await carryOnBulkRetries(work)).toBe(0);
    expect(codes(await start())).toEqual(['ALREADY_IN_PROGRESS']);
    expect((await stop(id)).bulkRetry).toMatchObject({ waiting: count });
    expect(codes(await stop(id))).toEqual(['CONFLICT']);
    await database.query(`update halt set cleared_at = now(), cleared_by = 'x', cleared_because = 'looked' where cleared_at is null`);
    expect(await carryOnBulkRetries(work)).toBe(0);
  });

  it(`pays ${count} within a minute and each once, though its worker is killed in the middle and another carries on`, async () => {
    await isConnected(true);
    const begun = performance.now();
    const [one, repeated] = [await start('ACCOUNT_DISCONNECTED', 'a key'), await start('ACCOUNT_DISCONNECTED', 'a key')];
    const id = one.bulkRetry?.id as string;
    expect(repeated.bulkRetry?.id).toBe(id);
    expect(await runWorker(world, 'settlement.frozen')).toBe('SIGKILL');
    expect(await progress(id)).toMatchObject({ waiting: count - 50, underWay: 50, paid: 0 });
    await outwait(world);
    expect(await runWorker(world)).toBeNull();
    expect(performance.now() - begun).toBeLessThan(60_000);
    expect(await progress(id)).toMatchObject({ total: count, waiting: 0, underWay: 0, paid: count, failed: 0, endedAt: expect.any(String) });
    const groups = (await transfers()).map(({ transfer_group }) => transfer_group);
    expect([groups.length, new Set(groups).size]).toEqual([count, count]);
    expect(codes(await start())).toEqual(['NOT_RETRIABLE']);
  });
});
