import { openContestants } from './contestants.js';

/** What the serving process has used so far. */
export interface Usage {
  cpuMs: number;
  statements: number;
}

/** A process of its own for those who answer, so that asking costs them nothing. Told "usage" it tells what it has used; told "stop" it ends. */
const contestants = await openContestants(process.argv[2] as string);
process.on('message', (message) => {
  if (message === 'stop') {
    void stop();
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, statements: contestants.statementCount() } satisfies Usage);
});
process.send?.({ graphqlUrl: contestants.graphqlUrl, handWrittenUrl: contestants.handWrittenUrl });

async function stop(): Promise<void> {
  await contestants.close();
  process.disconnect?.();
}
