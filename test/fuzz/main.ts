import { parseArgs } from 'node:util';
import { startServer } from '../bench/databases.js';
import { serverVariable, templateDatabase } from '../support/database.js';
import { openWorld } from '../support/world.js';
import { type Fuzzed, fuzz } from './fuzzing.js';

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '50000' },
    seed: { type: 'string', default: '1' },
  },
});

const server = await startServer({ durable: false });
try {
  await server.migrated(templateDatabase);
  process.env[serverVariable] = server.url;
  const world = await openWorld({}, { works: false });
  const startedMs = performance.now();
  const { documents, requests } = await fuzz(world, { documents: Number(values.documents), requests: Number(values.requests), seed: values.seed });
  tell('GraphQL documents', documents);
  tell('requests and webhooks', requests);
  console.log(`seed ${values.seed}, ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  await world.close();
  console.log('the books hold');
  if (documents.problems.length + requests.problems.length > 0) process.exitCode = 1;
} finally {
  await server.stop();
}

function tell(what: string, { count, statuses, grownBytes, slowestMs, problems }: Fuzzed): void {
  const told = Object.entries(statuses).map(([status, times]) => `${times} × ${status}`);
  console.log(`${count} ${what}: ${told.join(', ')}`);
  console.log(`  ${problems.length} wrong; memory grew by ${(grownBytes / 1024 / 1024).toFixed(1)} MB; the slowest took ${slowestMs.toFixed(0)} ms`);
  for (const problem of problems) console.log(`  WRONG ${problem}`);
}
