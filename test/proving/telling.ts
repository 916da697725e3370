import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Explored } from './at-once/exploring.js';
import type { Told } from './history.js';
import type { Question } from './teller.js';

/** What is asked, one after the other; null where there is no more. */
type Next<Asked> = () => Asked | null;

/** Tells the histories of these seeds, as many at once as there are databases; each as soon as it is over, in no order. */
export function tellAll(databaseUrls: string[], next: Next<{ seed: string }>, onTold: (told: Told) => void): Promise<void> {
  return askAll(databaseUrls, next, onTold);
}

/** The same for scenarios whose last lines happen at once. */
export function exploreAll(
  databaseUrls: string[],
  next: Next<Exclude<Question, { seed: string }>>,
  onExplored: (explored: Explored) => void,
): Promise<void> {
  return askAll(databaseUrls, next, onExplored);
}

async function askAll<Answer>(databaseUrls: string[], next: Next<Question>, onAnswer: (answer: Answer) => void): Promise<void> {
  await Promise.all(databaseUrls.map((url, place) => askOne(url, place, next, onAnswer)));
}

async function askOne<Answer>(databaseUrl: string, place: number, next: Next<Question>, onAnswer: (answer: Answer) => void): Promise<void> {
  const teller = fork(join(import.meta.dirname, 'teller.js'), [databaseUrl, String(process.pid + place)], { serialization: 'advanced' });
  const failed = once(teller, 'exit').then(([code, signal]) => {
    throw new Error(`a teller ended with ${code ?? signal}`);
  });
  const heard = async <T>() => ((await Promise.race([once(teller, 'message'), failed])) as [T])[0];
  await heard<'ready'>();
  for (let asked = next(); asked !== null; asked = next()) {
    teller.send(asked);
    onAnswer(await heard<Answer>());
  }
  failed.catch(() => undefined);
  teller.disconnect();
  await once(teller, 'exit');
}
