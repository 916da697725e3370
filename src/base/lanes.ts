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
