/** Takes each of them, so many at once, each lane taking the next when it is done. Comes back when all lanes are over; a failure ends its own lane, and is thrown then. */
export async function eachInLanes<T>(all: readonly T[], lanesMax: number, take: (one: T) => Promise<unknown>): Promise<void> {
  const queue = all.values(); // one iterator for all lanes
  await allOver(
    Array.from({ length: Math.min(lanesMax, all.length) }, async () => {
      for (const one of queue) await take(one);
    }),
  );
}

/**
 * What all of them answer, once the last one is over. Throws the first failure no sooner than that: whoever waits for them may close what they use
 * or begin as many again, and must not do so while some go on unseen.
 */
export async function allOver<T extends readonly unknown[] | []>(running: T): Promise<{ -readonly [Nth in keyof T]: Awaited<T[Nth]> }> {
  await Promise.allSettled(running);
  return Promise.all(running);
}

/** How one process takes up rows that wait on others: so many at once, and for how long one call goes on taking more. */
export interface Lanes<Row> {
  /** Leases up to so many rows that are due. */
  lease(limit: number): Promise<Row[]>;
  /** Deals with one; answers what it counts for. */
  take(row: Row): Promise<number>;
  /** What is left to be done when a lane finds nothing more, while others may still hang. */
  rest?: () => Promise<void>;
  lanesMax: number;
  /** How many are leased at a time, where that is more than one for each lane. */
  leaseMax?: number;
  turnMs: number;
}

/**
 * Leases and deals with what is due, several at once, each lane taking the next when it is done, until nothing is due or the turn is over.
 * One that hangs holds its own lane only. Leased few at a time, so that little that is leased waits. Answers the sum of what they count for.
 */
export async function inLanes<Row>({ lease, take, rest, lanesMax, leaseMax = lanesMax, turnMs }: Lanes<Row>): Promise<number> {
  const endsAt = performance.now() + turnMs;
  const waiting = await lease(leaseMax);
  let leasing: Promise<unknown> = Promise.resolve();

  /** One lease at a time. Each lane asks anew once it is done, for what it has done may have made another row due. */
  function refill(): Promise<unknown> {
    leasing = leasing.then(async () => {
      if (waiting.length === 0) waiting.push(...(await lease(leaseMax)));
    });
    return leasing;
  }
  async function next(): Promise<Row | undefined> {
    if (waiting.length === 0 && performance.now() < endsAt) await refill();
    return waiting.shift();
  }
  async function lane(): Promise<number> {
    let count = 0;
    for (let row = await next(); row !== undefined; row = await next()) count += await take(row);
    await rest?.();
    return count;
  }
  const counts = await allOver(Array.from({ length: Math.min(lanesMax, waiting.length) }, lane));
  return counts.reduce((sum, count) => sum + count, 0);
}
