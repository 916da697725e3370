import { rmSync } from 'node:fs';
import type { EmbeddedPostgres } from '../../src/db/embedded.js';

export default async function tearDown(): Promise<void> {
  const { holdfastTestServer } = globalThis as unknown as { holdfastTestServer?: { server: EmbeddedPostgres; dataDir: string } };
  await holdfastTestServer?.server.stop();
  if (holdfastTestServer) rmSync(holdfastTestServer.dataDir, { recursive: true, force: true });
}
