import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hourMs, later } from '../../src/base/clock.js';
import { balances } from '../../src/ledger/balances.js';
import { settleDue } from '../../src/settlements/settling.js';
import { faultKinds } from '../../src/simulator/faults.js';
import { type Api, readySeller, signInAsAdmin } from '../support/api.js';
import { fillDueSettlements } from '../support/due-settlements.js';
import { stripeBalance, topUp, turnTo } from '../support/marketplace.js';
import { openWorker } from '../support/worker.js';
import { openWorld, type TestWorld } from '../support/world.js';

const settlementCount = 500;
const workerCount = 8;

let world: TestWorld;
let seller: Api;
let admin: Api;
let workers: ReturnType<typeof openWorker>[];
beforeAll(async () => {
  world = await openWorld({}, { works: false });
  seller = await readySeller(world);
  admin = await signInAsAdmin(world);
  await fillDueSettlements(world, seller.accountId, settlementCount);
  await topUp(world, settlementCount * 5_000);
  const { clock } = world.app.openWork();
  workers = Array.from({ length: workerCount }, () =>
    openWorker({ databaseUrl: world.databaseUrl, stripeUrl: world.stripeUrl, aheadMs: 0, crashAt: null }, clock),
  );
});
afterAll(async () => {
  for (const worker of workers) await worker.close();
  await world.close(); // which audits the books
});

const statuses = async () => {
  const rows = await world.app
    .openWork()
    .read.selectFrom('settlement')
    .select((row) => ['status', row.fn.countAll<string>().as('count')])
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
};

/** What became of the requests for transfers. */
const outcomes = async () => {
  const rows = await world.app
    .openWork()
    .read.selectFrom('operationAttempt')
    .select((row) => ['outcome', row.fn.countAll<string>().as('count')])
    .groupBy('outcome')
    .execute();
  return Object.fromEntries(rows.map(({ outcome, count }) => [String(outcome), Number(count)]));
};

/** Of the next calls, about a fifth fails: in every way the simulator knows, one after the other. */
async function breakAFifth(): Promise<void> {
  const kinds = [...faultKinds, 'refuse']; // which is the only one of its outcome
  for (let nth = 0; nth < 126; nth++) {
    const kind = kinds[nth % kinds.length] as string;
    await world.control('faults', {
      method: 'POST',
      path: '/v1/transfers',
      kind,
      times: 1,
      ...(kind === 'refuse' ? { code: 'account_invalid' } : {}),
      ...(kind === 'delay' ? { delayMs: 50 } : {}),
    });
  }
}

/** An administrator who retries whatever has failed, and verifies what nobody knows, until nothing has. */
async function mendAll(): Promise<void> {
  const { settlements } = await admin.run<{ settlements: { nodes: { id: string; failure: { code: string } }[] } }>(
    '{ settlements(first: 100, status: [FAILED]) { nodes { id failure { code } } } }',
  );
  const mend = async ({ id, failure }: { id: string; failure: { code: string } }) => {
    if (failure.code !== 'VERIFICATION_REQUIRED')
      return admin.run('mutation ($id: ID!) { retrySettlement(input: { settlementId: $id }) { userErrors { code } } }', { id });
    const { verifySettlement } = await admin.run<{ verifySettlement: { verdict: string; stripeTransferId: string | null } }>(
      'mutation ($id: ID!) { verifySettlement(input: { settlementId: $id }) { verdict stripeTransferId userErrors { code } } }',
      { id },
    );
    return verifySettlement.verdict === 'FOUND'
      ? admin.run(
          'mutation ($id: ID!, $tr: String!) { adoptTransfer(input: { settlementId: $id, stripeTransferId: $tr }) { userErrors { code } } }',
          { id, tr: verifySettlement.stripeTransferId },
        )
      : admin.run('mutation ($id: ID!) { sendAgain(input: { settlementId: $id, reason: "Stripe shows none" }) { userErrors { code } } }', { id });
  };
  await Promise.all(settlements.nodes.map(mend));
}

describe('eight workers over five hundred due settlements', () => {
  it('pay each of them once, with a fifth of the calls failing in every way and administrators retrying', async () => {
    await breakAFifth();
    await world.control('webhooks', { mode: 'duplicate' });
    for (let rounds = 0; rounds < 12; rounds++) {
      const working = Promise.all(
        workers.map(async ({ work }) => {
          while ((await settleDue(work, 20)) > 0);
        }),
      );
      await mendAll(); // while the workers are at it
      await working;
      await mendAll();
      if ((await statuses())['SETTLED'] === settlementCount) break;
      await turnTo(world, later(world.app.openWork().clock.now(), hourMs)); // what waits after a failure is due again
    }
    expect(await statuses()).toEqual({ SETTLED: settlementCount });

    const { transfers } = (await world.stripeState()) as unknown as { transfers: { transfer_group: string; amount: number }[] };
    expect(new Set(transfers.map(({ transfer_group }) => transfer_group)).size).toBe(settlementCount);
    expect(transfers).toHaveLength(settlementCount);
    expect((await stripeBalance(world)).seller.available).toBe(settlementCount * 5_000);
    const payable = (await balances(world.app.openWork().read, { accountId: seller.accountId })).find(
      ({ ledgerAccount }) => ledgerAccount === 'seller_payable',
    );
    expect(payable).toBeUndefined(); // all of what was owed is paid
    const met = await outcomes();
    for (const outcome of ['REFUSED', 'NOT_RUN', 'UNKNOWN']) expect(met[outcome]).toBeGreaterThan(10); // the storm was one
  });
});
