import { useSyncExternalStore } from 'react';

let lostSince: Date | null = null;
const listeners = new Set<() => void>();

/** Notes whether the server could be reached just now. */
export function noteReached(isReached: boolean): void {
  if (isReached === (lostSince === null)) return;
  lostSince = isReached ? null : new Date();
  for (const listener of listeners) listener();
}

/** Since when the server cannot be reached; null while it can. */
export function useLostSince(): Date | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => lostSince,
  );
}
