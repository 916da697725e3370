/** What came of one of several calls; when it was begun, counted from the first, and how long it took, in milliseconds. */
export type Outcome<T> = { label: string; beganMs: number; tookMs: number } & ({ ok: true; value: T } | { ok: false; error: string });

/**
 * Makes several calls, at most `limit` of them at a time. One that fails, or breaks before it was sent, stops none of the others.
 * Answers all outcomes in the order of the calls.
 */
export async function allOf<T>(calls: { label: string; run: () => Promise<T> }[], limit: number): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  const waiting = calls.entries();
  const start = performance.now();
  const work = async () => {
    for (const [index, { label, run }] of waiting) {
      const began = performance.now();
      const told = () => ({ label, beganMs: Math.round(began - start), tookMs: Math.round(performance.now() - began) });
      try {
        outcomes[index] = { ok: true, value: await run(), ...told() };
      } catch (error) {
        outcomes[index] = { ok: false, error: error instanceof Error ? error.message : String(error), ...told() };
      }
    }
  };
  const atOnce = Math.min(Math.max(limit, 1), calls.length);
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}
