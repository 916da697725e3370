import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrateUp } from '../../src/db/migrate.js';
import { startServer } from './databases.js';
import { benchFrames } from './frames/frames-bench.js';
import { benchLedger } from './ledger-bench.js';
import { accountCount, fillMarketplace, paymentCount } from './marketplace.js';
import { pages } from './pages.js';
import { graphqlRequest, handWrittenRequest, sendFor, type WireRequest } from './requests.js';
import type { Usage } from './serving.js';
import { benchSettling } from './settlement-bench.js';
import { benchStreams } from './streams/stream-bench.js';
import { benchWebhooks } from './webhooks/webhook-bench.js';

const connections = 8;
const warmUpMs = 1_500;
const roundMs = 1_000;
const roundCount = 7;

interface Round {
  perSecond: number;
  cpuMs: number;
  statements: number;
}

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

/** The API's pages, each beside the statement somebody would write for it by hand. */
async function benchPages(databaseUrl: string): Promise<void> {
  await migrateUp(databaseUrl);
  await fillMarketplace(databaseUrl);
  const child = fork(join(import.meta.dirname, 'serving.js'), [databaseUrl]);
  try {
    const [urls] = (await once(child, 'message')) as [{ graphqlUrl: string; handWrittenUrl: string }];
    console.log(`${paymentCount} payments of ${accountCount} sellers; ${connections} connections; medians of ${roundCount} rounds of each in turn.`);
    console.log('Rates depend on the machine and on what else runs on it; the ratios are what to compare.');
    for (const [place, page] of pages.entries()) {
      const { handWritten, graphql } = await compare(
        child,
        handWrittenRequest(urls.handWrittenUrl, page, place),
        graphqlRequest(urls.graphqlUrl, page),
      );
      console.log(`\n${page.name}`);
      console.log(line('by hand', handWritten));
      console.log(line('GraphQL', graphql));
      console.log(
        `  GraphQL reaches ${percent(ratio(graphql, handWritten, 'perSecond'))} of the rate by hand, at ${ratio(graphql, handWritten, 'cpuMs').toFixed(1)} times the processor time`,
      );
    }
  } finally {
    child.send('stop');
    await once(child, 'exit');
  }
}

/** Both in turn, so that whatever else the machine does meets both. */
async function compare(process: ChildProcess, byHand: WireRequest, byGraphql: WireRequest): Promise<{ handWritten: Round[]; graphql: Round[] }> {
  for (const request of [byHand, byGraphql]) await sendFor(warmUpMs, request, connections);
  const [handWritten, graphql]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < roundCount; round++) {
    handWritten.push(await measure(process, byHand));
    graphql.push(await measure(process, byGraphql));
  }
  return { handWritten, graphql };
}

async function measure(process: ChildProcess, request: WireRequest): Promise<Round> {
  const before = await usageOf(process);
  const startedMs = performance.now();
  const answered = await sendFor(roundMs, request, connections);
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = await usageOf(process);
  return {
    perSecond: answered / seconds,
    cpuMs: (after.cpuMs - before.cpuMs) / answered,
    statements: (after.statements - before.statements) / answered,
  };
}

async function usageOf(process: ChildProcess): Promise<Usage> {
  process.send('usage');
  const [usage] = (await once(process, 'message')) as [Usage];
  return usage;
}

function line(name: string, rounds: Round[]): string {
  const of = (what: keyof Round) => median(rounds.map((round) => round[what]));
  const cells = [
    `${Math.round(of('perSecond'))} requests/s`,
    `${of('cpuMs').toFixed(2)} ms of processor each`,
    `${of('statements').toFixed(0)} SQL statements each`,
  ];
  return `  ${name.padEnd(8)} ${cells.map((cell) => cell.padStart(26)).join('')}`;
}

/** Each round of one beside the same round of the other; the median of these. */
function ratio(of: Round[], to: Round[], what: keyof Round): number {
  return median(of.map((round, index) => round[what] / (to[index]?.[what] ?? Number.NaN)));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
