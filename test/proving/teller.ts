import { tell } from './history.js';
import { openHouse } from './house.js';

/** A process that tells the history of each seed it is sent, over the database it was given, until nobody asks any more. */
const house = await openHouse(process.argv[2] as string);
let telling: Promise<unknown> = Promise.resolve();
process.on('message', (seed: string) => {
  telling = telling.then(async () => process.send?.(await tell(house, seed)));
});
process.once('disconnect', () => void telling.then(() => house.close()));
process.send?.('ready');
