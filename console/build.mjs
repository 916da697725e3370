// Builds the staff's console into dist/console, unless what it is made of has not changed since the last build.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const here = import.meta.dirname;
const out = resolve(here, '../dist/console');
const inputs = [...sourcesIn(here), resolve(here, '../schema/schema.graphql'), resolve(here, '../package-lock.json')];
const stamp = createHash('sha256')
  .update(inputs.map((file) => `${file}\n${readFileSync(file, 'utf8')}`).join('\n'))
  .digest('hex');
const firstLoadMaxKb = 300; // seconds on a slow connection, before anything is seen
const stampFile = join(out, 'stamp');

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  await import('./generate.mjs');
  const { build } = await import('vite');
  const { default: react } = await import('@vitejs/plugin-react');
  await build({
    root: here,
    base: '/admin/',
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    build: {
      outDir: out,
      emptyOutDir: true,
      manifest: true,
      rolldownOptions: { input: join(here, 'main.tsx') },
      chunkSizeWarningLimit: 2_000,
      reportCompressedSize: false,
    },
  });
  writeFileSync(stampFile, stamp);
}
weigh();
await import('./pay-page.mjs');

/** Says what a browser loads, compressed; ends the build where the first page takes more than it may. */
function weigh() {
  const chunks = Object.values(JSON.parse(readFileSync(join(out, '.vite', 'manifest.json'), 'utf8')));
  const size = (files) => Math.ceil(files.reduce((sum, file) => sum + gzipSync(readFileSync(join(out, file))).length, 0) / 1_000);
  const kilobytes = (chunk) => size([chunk.file, ...(chunk.css ?? [])]);
  for (const chunk of chunks.filter(({ file }) => file.endsWith('.js')))
    console.log(`console: ${chunk.isEntry ? 'first load' : `${chunk.name}, when it is needed,`} ${kilobytes(chunk)} kB compressed`);
  const first = kilobytes(chunks.find(({ isEntry }) => isEntry));
  if (first <= firstLoadMaxKb) return;
  console.error(`The console's first load is ${first} kB compressed, and may be ${firstLoadMaxKb}: load what is rarely seen when it is needed.`);
  process.exit(1);
}

/** The console's own files: not the API's IDE beside it, and not what is made from the schema. */
function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !path.startsWith(join(here, 'ide')) && !path.startsWith(join(here, 'generated')))
    .sort();
}
