import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { App } from './pages/layout.js';

/** The staff's console as it was built: its parts for one answer, under a secret that is never used twice. */
export type Console = () => App | null;

interface Part {
  file: string;
  isEntry?: boolean;
  css?: string[];
}

/** Serves the console's files under /admin/assets. Where it was not built, there is none, and the pages are those that work without scripts. */
export async function openConsole(app: FastifyInstance, folder: string): Promise<Console> {
  const manifest = join(folder, '.vite', 'manifest.json');
  if (!existsSync(manifest)) return () => null;
  await app.register(fastifyStatic, { root: join(folder, 'assets'), prefix: '/admin/assets/', immutable: true, maxAge: '1y', decorateReply: false });
  const parts = Object.values(JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, Part>);
  const entry = parts.find(({ isEntry }) => isEntry);
  if (!entry) return () => null;
  const [script = '', ...styles] = [entry.file, ...(entry.css ?? [])].map((file) => `/admin/${file}`);
  return () => ({ script, styles, nonce: randomBytes(16).toString('base64url') });
}
