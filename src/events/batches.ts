import { isDatabaseAway } from '../db/database.js';

/** How single items that come at once are written together. */
export interface Batching<Item, Result> {
  /** Writes them in one transaction, all or none; answers for each, in their order. */
  write(items: Item[]): Promise<Result[]>;
  itemsMax: number;
  inFlightMax: number;
  waitingMax: number;
}

/**
 * Gathers items into batches: whatever comes while batches are under way goes along in the next, and none waits for a clock. Each is answered once it is
 * committed. One that cannot be written takes no other with it. Answers null, at once, where so many wait that one more could not be promised anything.
 */
export function inBatches<Item, Result>({
  write,
  itemsMax,
  inFlightMax,
  waitingMax,
}: Batching<Item, Result>): (item: Item) => Promise<Result> | null {
  type Waiting = PromiseWithResolvers<Result> & { item: Item };
  const waiting: Waiting[] = [];
  let inFlight = 0;

  function send(): void {
    while (inFlight < inFlightMax && waiting.length > 0) {
      inFlight++;
      void carryOut(waiting.splice(0, itemsMax)).finally(() => {
        inFlight--;
        send();
      });
    }
  }
  async function carryOut(batch: Waiting[]): Promise<void> {
    try {
      const results = await write(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      if (batch.length > 1 && !isDatabaseAway(error)) for (const one of batch) await carryOut([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
  return (item) => {
    if (waiting.length >= waitingMax) return null;
    const one = { ...Promise.withResolvers<Result>(), item };
    if (waiting.push(one) === 1) setImmediate(send); // with all that this turn of the event loop brings
    return one.promise;
  };
}
