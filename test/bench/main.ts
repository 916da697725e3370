import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrateUp } from '../../src/db/migrate.js';
import { benchAsking } from './asking.js';
import { startServer } from './databases.js';
import { benchFrames } from './frames/frames-bench.js';
import { benchLedger } from './ledger-bench.js';
import { accountCount, fillMarketplace, paymentCount } from './marketplace.js';
import { connections, inTurn, line, percent, ratio, roundCount } from './measuring.js';
import { pages } from './pages.js';
import { graphqlRequest, handWrittenRequest } from './requests.js';
import { benchSettling } from './settlement-bench.js';
import { benchStreams } from './streams/stream-bench.js';
import { benchWebhooks } from './webhooks/webhook-bench.js';

const { values: asked } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' }, // 100000 for the whole comparison of webhooks
    frames: { type: 'boolean', default: false }, // nothing but the console's lists in a browser
  },
});
const server = await startServer({ durable: false });
try {
  if (!asked.frames) {
    await benchPages(server.url);
    await benchSettling(await server.migrated('settling'));
    await benchLedger(await server.migrated('ledger'));
    await benchStreams(await server.migrated('streams'));
    await benchWebhooks(Number(asked.events));
  }
  await benchFrames(await server.migrated('frames'));
} finally {
  await server.stop();
}

/** The API's pages, each beside the statement somebody would write for it by hand, and what it costs to find out who asks. */
async function benchPages(databaseUrl: string): Promise<void> {
  await migrateUp(databaseUrl);
  await fillMarketplace(databaseUrl);
  const child = fork(join(import.meta.dirname, 'serving.js'), [databaseUrl]);
  try {
    const [urls] = (await once(child, 'message')) as [{ graphqlUrl: string; handWrittenUrl: string }];
    console.log(`${paymentCount} payments of ${accountCount} sellers; ${connections} connections; medians of ${roundCount} rounds of each in turn.`);
    console.log('Rates depend on the machine and on what else runs on it; the ratios are what to compare.');
    for (const [place, page] of pages.entries()) {
      const requests = [handWrittenRequest(urls.handWrittenUrl, page, place), graphqlRequest(urls.graphqlUrl, page)] as const;
      const [handWritten, graphql] = await inTurn(child, requests);
      console.log(`\n${page.name}`);
      console.log(line('by hand', handWritten));
      console.log(line('GraphQL', graphql));
      console.log(
        `  GraphQL reaches ${percent(ratio(graphql, handWritten, 'perSecond'))} of the rate by hand, at ${ratio(graphql, handWritten, 'cpuMs').toFixed(1)} times the processor time`,
      );
    }
    await benchAsking(child, urls.graphqlUrl);
  } finally {
    child.send('stop');
    await once(child, 'exit');
  }
}
