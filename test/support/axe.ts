import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Loaded {
  axe: { run(place: string): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
}

/** When every transition has ended: colours on their way from one to another are nobody's. */
export const settled = `Promise.all(document.getAnimations()
  .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  .map(({ finished }) => finished.catch(() => undefined)))`;

/** What axe finds fault with on a page or a place of it, in words: WCAG 2.2 AA and its best practices. */
export async function violations(page: Page, place = 'html'): Promise<string[]> {
  await page.evaluate(axe);
  await page.evaluate(settled);
  return page.evaluate(async (looked) => {
    const found = await (globalThis as unknown as Loaded).axe.run(looked);
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
  }, place);
}

/** What axe finds on a page as it is now, in light and in dark. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const violation of await violations(page)) found.push(`${colorScheme} ${new URL(page.url()).pathname} ${violation}`);
  }
  return found;
}
