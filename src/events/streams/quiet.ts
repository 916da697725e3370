import { atomically, type Work } from '../../db/work.js';
import type { EventStreamRow } from './event-stream.js';
import { giveBackQuiet } from './leasing.js';

const togetherMax = 16;

/** Polled streams on which nothing had happened. Most polls find nothing, so several such streams are given back with one statement. */
export interface QuietStreams {
  add(stream: EventStreamRow, polledAt: Date): Promise<void>;
  /** Gives back those that wait. */
  flush(): Promise<void>;
}

export function openQuietStreams(work: Work): QuietStreams {
  let waiting: { stream: EventStreamRow; polledAt: Date }[] = [];
  async function flush(): Promise<void> {
    const polled = waiting;
    waiting = [];
    if (polled.length > 0) await atomically(work, (tx) => giveBackQuiet(tx, polled));
  }
  return {
    flush,
    async add(stream, polledAt) {
      if (waiting.push({ stream, polledAt }) >= togetherMax) await flush();
    },
  };
}
