/** What came of one of several calls. */
export type Outcome<T> = { label: string; ok: true; value: T } | { label: string; ok: false; error: string };

/**
 * Makes several calls, at most `limit` of them at a time. One that fails, or breaks before it was sent, stops none of the others.
 * Answers all outcomes in the order of the calls.
 */
export async function allOf<T>(calls: { label: string; run: () => Promise<T> }[], limit: number): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const waiting = calls.entries();
  const work = async () => {
    for (const [index, { label, run }] of waiting) {
      try {
        outcomes[index] = { label, ok: true, value: await run() };
      } catch (error) {
        outcomes[index] = { label, ok: false, error: error instanceof Error ? error.message : String(error) };
      }
    }
  };
  const atOnce = Math.min(Math.max(limit, 1), calls.length);
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}
