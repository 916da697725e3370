import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Told } from './history.js';

/** Tells the histories of these seeds, as many at once as there are databases; each as soon as it is over, in no order. Ends early where `next` has no more. */
export async function tellAll(databaseUrls: string[], next: () => string | null, onTold: (told: Told) => void): Promise<void> {
  await Promise.all(databaseUrls.map((url) => tellOver(url, next, onTold)));
}

async function tellOver(databaseUrl: string, next: () => string | null, onTold: (told: Told) => void): Promise<void> {
  const teller = fork(join(import.meta.dirname, 'teller.js'), [databaseUrl], { serialization: 'advanced' });
  const failed = once(teller, 'exit').then(([code, signal]) => {
    throw new Error(`a teller ended with ${code ?? signal}`);
  });
  const heard = async <T>() => ((await Promise.race([once(teller, 'message'), failed])) as [T])[0];
  await heard<'ready'>();
  for (let seed = next(); seed !== null; seed = next()) {
    teller.send(seed);
    onTold(await heard<Told>());
  }
  failed.catch(() => undefined);
  teller.disconnect();
  await once(teller, 'exit');
}
