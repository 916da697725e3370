/** Against silence alone: how long something takes is the machine's matter. */
const silenceMaxMs = 120_000;
const pauseMs = 10;

/** Looks again and again, until what is there is what was waited for, and answers it; throws where it does not come for two minutes. */
export async function until<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + silenceMaxMs; ; ) {
    const found = await look();
    if (isThere(found)) return found;
    if (performance.now() > deadline) throw new Error(`it never came: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
