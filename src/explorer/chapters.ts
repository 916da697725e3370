import { batch } from './chapters/batch.js';
import { billing } from './chapters/billing.js';
import { connect } from './chapters/connect.js';
import { expansion } from './chapters/expand.js';
import { metering } from './chapters/metering.js';
import { payments } from './chapters/payments.js';
import { performanceChapter } from './chapters/performance.js';
import { portal } from './chapters/portal.js';
import { setup } from './chapters/setup.js';
import { webhooks } from './chapters/webhooks.js';
import type { Chapter } from './step.js';

/** All chapters, in the order to read them in. */
export const chapters: Chapter[] = [setup, payments, billing, metering, portal, connect, webhooks, batch, expansion, performanceChapter];

/** The names a chapter needs from earlier ones. */
export function needsOf({ steps }: Chapter): string[] {
  const own = new Set(steps.flatMap(({ binds }) => binds.map(({ name }) => name)));
  const needed = steps.flatMap(({ takes }) => Object.entries(takes).flatMap(([name, { fallback }]) => (fallback === null ? [name] : [])));
  return [...new Set(needed)].filter((name) => !own.has(name));
}
