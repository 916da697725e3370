import type { Scenario } from '../../src/scenarios/scenario.js';
import { say } from '../../src/scenarios/sentences.js';
import { onlyInTheEnd } from './ground/books.js';
import { heal } from './healing.js';
import type { House } from './house.js';
import { Scene } from './scene.js';

/** Plays a scenario. After its last line everything goes well, and must come to its end to the cent. Answers what was wrong, with the line it was wrong after. */
export async function play(house: House, { name, lines }: Scenario): Promise<string[]> {
  await house.begin(name);
  const scene = new Scene(house);
  await scene.open();
  for (const line of lines) {
    const problems = await say(scene, line).catch((error: Error) => [error.message]);
    const all = [...problems, ...(await wrongNow(house))];
    if (all.length > 0) return all.map((problem) => `after "${line}": ${problem}`);
  }
  house.expose(null);
  return heal(house, scene.market).catch((error: Error) => [error.message]);
}

/** What is not as it must always be. */
export async function wrongNow(house: House): Promise<string[]> {
  const broken = await house.books.broken(onlyInTheEnd);
  return [...broken.map(({ check, id, detail }) => `${check}: ${id} ${detail}`), ...(await askedTooMuch(house)), ...house.defects.splice(0)];
}

/** Payments of which more is to be given back than was paid: Stripe would refuse it, but nobody may ask for it. */
async function askedTooMuch({ books }: House): Promise<string[]> {
  const rows = await books.rows<{ what: string }>(
    `select payment.id || ' is of ' || payment.amount_minor || ', and ' || sum(refund.amount_minor) || ' of it is given back' as what
     from payment join refund on refund.payment_id = payment.id where refund.status <> 'FAILED'
     group by payment.id having sum(refund.amount_minor) > payment.amount_minor`,
  );
  return rows.map(({ what }) => what);
}
