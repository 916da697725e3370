/** How one process takes up rows that wait on others: so many at once, and for how long one call goes on taking more. */
export interface Lanes<Row> {
  /** Leases up to so many rows that are due. */
  lease(limit: number): Promise<Row[]>;
  /** Deals with one; answers what it counts for. */
  take(row: Row): Promise<number>;
  lanesMax: number;
  turnMs: number;
}

/**
 * Leases and deals with what is due, several at once, each lane taking the next when it is done, until nothing is due or the turn is over.
 * One that hangs holds its own lane only. Answers the sum of what they count for.
 */
export async function inLanes<Row>({ lease, take, lanesMax, turnMs }: Lanes<Row>): Promise<number> {
  const endsAt = performance.now() + turnMs;
  const first = await lease(lanesMax);
  const counts = await Promise.all(
    first.map(async (row) => {
      let count = 0;
      for (let next: Row | undefined = row; next !== undefined; ) {
        count += await take(next);
        next = performance.now() < endsAt ? (await lease(1))[0] : undefined;
      }
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
