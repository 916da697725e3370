import { heal } from './healing.js';
import type { House } from './house.js';
import { Scene } from './scene.js';
import { say } from './sentences.js';

/** The lines of a scenario, without remarks; and those that happen at once after them, where it says so. */
export function linesOf(text: string): { inOrder: string[]; atOnce: string[] } {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const where = lines.indexOf('at once:');
  return where === -1 ? { inOrder: lines, atOnce: [] } : { inOrder: lines.slice(0, where), atOnce: lines.slice(where + 1) };
}

/**
 * Plays a scenario: a story of one seller in lines of plain words, each of which `sentences.ts` knows. After its last line everything goes well,
 * and must come to its end to the cent. Answers what was wrong, with the line it was wrong after.
 */
export async function play(house: House, name: string, text: string): Promise<string[]> {
  await house.begin(name);
  const scene = new Scene(house);
  await scene.open();
  for (const line of linesOf(text).inOrder) {
    const problems = await say(scene, line).catch((error: Error) => [error.message]);
    const all = [...problems, ...(await wrongNow(house))];
    if (all.length > 0) return all.map((problem) => `after "${line}": ${problem}`);
  }
  house.expose(null);
  return heal(house, scene.market);
}

/** What is not as it must always be. */
export async function wrongNow(house: House): Promise<string[]> {
  const broken = await house.books.broken(['check_nothing_is_stuck']);
  return [...broken.map(({ check, id, detail }) => `${check}: ${id} ${detail}`), ...house.defects.splice(0)];
}
