import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packaged from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** A real browser that came by npm, without anything installed on the machine. */
export async function openChromium(): Promise<Browser> {
  const executablePath = await packaged.executablePath();
  const libraries = ['al2023', 'al2'].map((name) => join(tmpdir(), name, 'lib')).filter((folder) => existsSync(folder));
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--headless=shell', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: libraries.join(':') },
  });
}
