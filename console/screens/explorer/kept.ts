import type { Explored } from './explored';

/** What of a session outlives a reload of the page. No key, no token, and no address that is a credential is among it. */
export type Kept = Pick<Explored, 'runs' | 'bound' | 'history' | 'target' | 'baseUrl'>;

const place = 'holdfast.explorer';

/** What this tab kept; null where it kept nothing that can be read. */
export function recall(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

/** Keeps it until the tab is closed, in the place of what was kept. */
export function keep({ runs, bound, history, target, baseUrl }: Kept): void {
  const open = Object.fromEntries(Object.entries(bound).filter(([, { secret }]) => !secret));
  const shown = Object.entries(runs).map(([step, run]) => [step, { ...run, bindings: run.bindings.filter(({ secret }) => !secret) }]);
  try {
    sessionStorage.setItem(place, JSON.stringify({ runs: Object.fromEntries(shown), bound: open, history, target, baseUrl }));
  } catch {
    sessionStorage.removeItem(place); // more than a tab may keep: then nothing, rather than a part
  }
}
