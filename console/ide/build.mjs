// Builds the GraphQL IDE into dist/ide, unless what it is made of has not changed since the last build.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const here = import.meta.dirname;
const out = resolve(here, '../../dist/ide');
const inputs = ['index.html', 'ide.tsx', 'build.mjs', '../../package-lock.json'];
const stamp = createHash('sha256')
  .update(inputs.map((file) => readFileSync(join(here, file))).join('\n'))
  .digest('hex');
const stampFile = join(out, 'stamp');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  const { build } = await import('vite');
  const { default: react } = await import('@vitejs/plugin-react');
  await build({
    root: here,
    base: '/graphql/',
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    worker: { format: 'es' },
    build: { outDir: out, emptyOutDir: true, chunkSizeWarningLimit: 10_000, sourcemap: false, reportCompressedSize: false },
  });
  writeFileSync(stampFile, stamp);
}
