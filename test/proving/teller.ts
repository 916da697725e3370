import { type Extent, playAtOnce } from './at-once/exploring.js';
import { keepTogether } from './ground/together.js';
import { tell } from './history.js';
import { openHouse } from './house.js';

/** What a teller is asked for: the history of a seed, or a scenario whose last lines happen at once, in every order up to so many. */
export type Question = { seed: string } | { name: string; text: string; extent: Extent };

/** A process that answers one question after the other, over the database it was given, until nobody asks any more. */
const [, , databaseUrl, place] = process.argv;
const house = await openHouse(databaseUrl as string);
keepTogether([process.pid, ...house.pids], Number(place));
let telling: Promise<unknown> = Promise.resolve();
const answer = (asked: Question) => ('seed' in asked ? tell(house, asked.seed) : playAtOnce(house, asked.name, asked.text, asked.extent));
process.on('message', (asked: Question) => {
  telling = telling.then(async () => process.send?.(await answer(asked)));
});
process.once('disconnect', () => void telling.then(() => house.close()));
process.send?.('ready');
