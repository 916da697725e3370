import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** Where the browser lies unpacked: in its package, so that another version brings its own. */
const folder = fileURLToPath(new URL('../../unpacked', import.meta.resolve('@sparticuz/chromium')));

/** A real browser that came by npm, without anything installed on the machine. */
export async function openChromium(): Promise<Browser> {
  if (!existsSync(folder)) await unpack();
  const libraries = ['al2023', 'al2'].map((name) => join(folder, name, 'lib')).filter((place) => existsSync(place));
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: ['--no-sandbox', '--headless=shell', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: libraries.join(':') },
  });
}

/** Puts it there whole: of several processes that want it at once, none may meet a file that another still writes. */
async function unpack(): Promise<void> {
  const mine = mkdtempSync(`${folder}-`);
  const script = `import packaged from '@sparticuz/chromium'; await packaged.executablePath()`; // it unpacks into the folder for temporary files
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: mine },
  });
  try {
    renameSync(mine, folder);
  } catch (error) {
    rmSync(mine, { recursive: true });
    if (!existsSync(folder)) throw error; // nobody else was quicker
  }
}
