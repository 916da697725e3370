import type { Call } from '../route.js';
import { listPage } from './lists.js';
import { type Kind, text } from './parameters.js';

const any: Kind<unknown> = { read: (raw) => raw };

/** What every list takes to be paged through. */
export const pageKinds: Record<string, Kind<unknown>> = { limit: any, starting_after: text, ending_before: text, created: any };

/** Objects that stand inside another, as Stripe answers them: a page of at most ten, the newest first. */
export function page<T extends object = never>(url: string, objects: T[] = []): { object: 'list'; url: string; has_more: boolean; data: T[] } {
  return { object: 'list', url, has_more: objects.length > insideMax, data: objects.slice(0, insideMax) };
}

const insideMax = 10;

/** A page of the objects of a kind that belong to another object, which `of` names. */
export function sublist({ world, owner, form }: Call, kind: string, of: Record<string, string>): object {
  return { object: 'list', url: '/v1', ...listPage(world, owner, kind, { ...form, ...of }, Object.keys(of)) };
}
