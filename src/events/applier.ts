import type { Work } from '../db/work.js';
import { applyDueEvents } from './apply.js';

const batchMax = 50;

/** Applies what a webhook has just stored, in the background of this process. */
export interface Applier {
  /** Says that something is due; answers at once. */
  wake(): void;
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

/** An applier that drains the inbox whenever it is woken. One drain at a time; a call during a drain makes it look again. */
export function openApplier(openWork: () => Work): Applier {
  let running: Promise<void> | null = null;
  let again = false;
  let closed = false;

  async function drain(): Promise<void> {
    do {
      again = false;
      while (!closed && (await applyDueEvents(openWork(), batchMax)) > 0);
    } while (again && !closed);
  }

  return {
    wake() {
      again = true;
      if (closed || running) return;
      running = drain()
        .catch((error: unknown) => openWork().log.error({ err: error }, 'applying events stopped; the next tick goes on'))
        .finally(() => {
          running = null;
        });
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
