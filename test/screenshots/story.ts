import { dayMs, later } from '../../src/base/clock.js';
import { auditAndHalt } from '../../src/reconciliation/audit.js';
import { type Api, openCheckout, readySeller, stranger, syncDocument } from '../support/api.js';
import { buyOffering, disputePayment, offer, topUp, turnTo, workThrough } from '../support/marketplace.js';
import type { TestWorld } from '../support/world.js';

const names = ['Venue Luna', 'Atelier Sol', 'Chorus North', 'Quiet Garden', 'Paper Boats'];

/** Some weeks of a small marketplace, made through its own API: sellers, purchases, memberships, failures and disputes. Answers one settlement that has failed. */
export async function tellStory(world: TestWorld): Promise<{ seller: Api; failedId: string }> {
  const wait = async (days: number) => {
    await turnTo(world, later(world.app.openWork().clock.now(), days * dayMs));
    await workThrough(world);
  };
  await topUp(world, 200_000);
  const sellers: Api[] = [];
  for (const name of names) sellers.push(await readySeller(world, name));
  let place = 0;
  for (let week = 0; week < 6; week++) {
    for (const seller of sellers) {
      const { id } = await offer(seller, { title: titles[place++ % titles.length] as string, unitPrice: 1_800 + 700 * (place % 5), inDays: 6 });
      for (let buyer = 0; buyer <= (place * 7) % 4; buyer++)
        await buyOffering(world, id, 1 + ((place + buyer) % 3), `${buyers[(place + buyer) % 5]}@example.com`);
      await pay(world, seller, place % 3 === 0 ? 'Membership' : 'Payment', `${buyers[place % 5]}@example.com`);
      await wait(1);
    }
    await wait(2);
  }
  const [luna, sol] = sellers as [Api, Api];
  await fail(world, 3, 'account_closed');
  for (const title of ['Late set', 'Matinée', 'Encore'])
    await buyOffering(world, (await offer(luna, { title, unitPrice: 4_500, inDays: 1 })).id, 2, 'ada@example.com');
  await wait(9);
  await disputePayment(
    world,
    await buyOffering(world, (await offer(sol, { title: 'Open studio', unitPrice: 3_200, inDays: 40 })).id, 1, 'max@example.com'),
  );
  await auditAndHalt(world.app.openWork());
  const failed = world.app.openWork().read.selectFrom('settlement').select('id').where('status', '=', 'FAILED');
  const { id: failedId } = await failed.orderBy('id', 'desc').executeTakeFirstOrThrow();
  return { seller: luna, failedId };
}

const titles = [
  'A night at the opera',
  'Winter concert',
  'Life drawing',
  'Poetry by candlelight',
  'Garden supper',
  'Print workshop',
  'Choir of many',
];
const buyers = ['ada', 'max', 'ines', 'noor', 'teo'];

const fail = (world: TestWorld, times: number, code: string) =>
  world.control('faults', { method: 'POST', path: '/v1/transfers', kind: 'refuse', code, times });

async function pay(world: TestWorld, seller: Api, kind: 'Payment' | 'Membership', email: string): Promise<void> {
  const session = await openCheckout(world, seller.accountId, kind, email);
  await world.control(`checkout/sessions/${session}/pay`, { card: 'ok' });
  await stranger(world).run(syncDocument, { id: seller.accountId, session });
}
