import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Loaded {
  axe: { run(place: string, options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
}

/**
 * When every transition has ended: colours on their way from one to another are nobody's. A frame comes first, for a page learns in a frame
 * that the theme is another, and begins its transitions then; and so it goes on until a frame finds none.
 */
export const settled = `(async () => {
  const underWay = () => document.getAnimations().filter(({ effect, playState }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity);
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  for (await frame(); underWay().length > 0; await frame()) await Promise.all(underWay().map(({ finished }) => finished.catch(() => undefined)));
})()`;

/** What differs between themes and widths of one and the same page; all else was found by whoever looked at it once. */
const looks = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

/** What axe finds fault with on a page or a place of it, in words: WCAG 2.2 AA and its best practices; or only how it looks. */
export async function violations(page: Page, place = 'html', only: 'all' | 'looks' = 'all'): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe);
  await page.evaluate(settled);
  const options = { preload: false, resultTypes: ['violations'], ...(only === 'looks' ? { runOnly: looks } : {}) };
  return page.evaluate(
    async ([looked, asked]) => {
      const found = await (globalThis as unknown as Loaded).axe.run(looked, asked);
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
    },
    [place, options] as const,
  );
}

/** What axe finds on a page as it is now, in light and in dark. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, only] of [
    ['light', 'all'],
    ['dark', 'looks'],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const violation of await violations(page, 'html', only)) found.push(`${colorScheme} ${new URL(page.url()).pathname} ${violation}`);
  }
  return found;
}
