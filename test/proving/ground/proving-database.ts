import { rmSync } from 'node:fs';
import { startEmbeddedPostgres } from '../../../src/db/embedded.js';
import { migrateUp } from '../../../src/db/migrate.js';
import { makeQuickFolder } from '../../support/quick-folder.js';

/** A migrated database on a server of its own: histories empty it by the hundred, which takes memory a millisecond and a disk a second. */
export async function openProvingDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const dataDir = makeQuickFolder('holdfast-proving-');
  const server = await startEmbeddedPostgres({ dataDir, durable: false });
  const close = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const leave = () => {
    process.on('uncaughtException', () => undefined); // connections break as their server stops
    void close().finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave); // who is told to stop leaves nothing behind either
  try {
    await migrateUp(server.url);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: server.url, close };
}
