import { Refusal } from '../base/errors.js';
import { Secret } from '../base/secret.js';
import { type ExplorerClient, openExplorerClient, stripeMock } from '../stripe/explorer-client.js';
import { chapters, needsOf } from './chapters.js';
import { guide } from './guide.js';
import { makerOf, type Ran, runStep } from './running.js';
import type { Chapter, Step } from './step.js';
import { toldChapters, toldRun } from './telling.js';

/** What somebody asked for on the command line. */
interface Asked {
  chapters: Chapter[];
  key: string | null;
  base: string | null;
  given: Record<string, string>;
  reveals: boolean;
}

/** Whether what was run showed what it is meant to show. */
export interface Explored {
  steps: number;
  unexpected: string[];
}

const mockNote =
  'A stripe-mock answers every request from fixtures and remembers nothing: ids are not what was made, and what is meant to be refused is not.\n';

export const exploreUsage = `npm run explore -- CHAPTER… | all
  --key sk_test_…       Stripe’s test mode in place of the simulator
  --base http://…       another server that speaks Stripe’s API, a stripe-mock say
  --set name=value      an id or value of your own, such as customer=cus_…
  --reveal              show addresses and tokens that are credentials
  --guide               all chapters as a page to read, as docs/stripe.md`;

/**
 * Runs chapters as the command line asks, telling each step; without a chapter it lists them. `simulate` starts a simulator where neither
 * a key nor an address was given. Refuses with INVALID what it does not understand, and every live key.
 */
export async function explore(args: string[], tell: (text: string) => void, simulate: () => Promise<{ url: string }>): Promise<Explored> {
  const explored: Explored = { steps: 0, unexpected: [] };
  if (args[0] === '--guide') {
    tell(guide());
    return explored;
  }
  const asked = read(args);
  if (asked.chapters.length === 0) {
    tell(`${exploreUsage}\n\n${toldChapters(chapters, needsOf)}`);
    return explored;
  }
  const client = await open(asked, simulate);
  if (asked.base !== null) tell(mockNote);
  const bound = new Map(Object.entries(asked.given));
  for (const chapter of asked.chapters) {
    tell(`═══ ${chapter.title}\n${chapter.explanation}\n`);
    for await (const one of runChapter(client, chapter, bound)) {
      explored.steps++;
      if ('missing' in one) tell(`── ${one.step.title}\n  left out: it needs ${one.missing}.\n`);
      else tell(toldRun(one, asked));
      if (!('missing' in one || one.isExpected)) explored.unexpected.push(one.step.title);
    }
  }
  return explored;
}

function read(args: string[]): Asked {
  const asked: Asked = { chapters: [], key: null, base: null, given: {}, reveals: false };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--reveal') asked.reveals = true;
    else if (word === '--key') asked.key = givenAfter(word, rest.shift());
    else if (word === '--base') asked.base = addressOf(givenAfter(word, rest.shift()));
    else if (word === '--set') {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(givenAfter(word, rest.shift())) ?? [];
      if (name === undefined || value === undefined) throw new Refusal('INVALID', '--set takes name=value.');
      asked.given[name] = value;
    } else asked.chapters.push(...chaptersNamed(word));
  }
  return asked;
}

function givenAfter(option: string, value: string | undefined): string {
  if (value === undefined) throw new Refusal('INVALID', `${option} takes a value.\n${exploreUsage}`);
  return value;
}

function addressOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new Refusal('INVALID', `--base is ${JSON.stringify(text)}; it takes an address such as http://localhost:12111.`);
}

function chaptersNamed(word: string): Chapter[] {
  if (word === 'all') return chapters;
  const found = chapters.find(({ name }) => name === word);
  if (found) return [found];
  throw new Refusal(
    'INVALID',
    `There is no chapter ${JSON.stringify(word)}; there are ${chapters.map(({ name }) => name).join(', ')}.\n${exploreUsage}`,
  );
}

async function open({ key, base }: Asked, simulate: () => Promise<{ url: string }>): Promise<ExplorerClient> {
  if (base !== null) return openExplorerClient({ key: new Secret(key ?? stripeMock.key), apiBase: base, mayBeCanned: true });
  if (key !== null) return openExplorerClient({ key: new Secret(key), apiBase: 'https://api.stripe.com' });
  return openExplorerClient({ key: new Secret('sk_test_sim_explorer'), apiBase: (await simulate()).url });
}

/** A step that was not run: what makes something it needs was refused. */
export interface LeftOut {
  step: Step;
  missing: string;
}

/** Runs the steps of a chapter in order, each after those of any chapter that make what it needs and nobody gave. */
export async function* runChapter(client: ExplorerClient, chapter: Chapter, bound: Map<string, string>): AsyncGenerator<Ran | LeftOut> {
  const tried = new Set<Step>();
  for (const step of chapter.steps) yield* runAfterNeeds(client, step, bound, tried);
}

/** What makes something it needs is tried once: what was refused would be refused again. */
async function* runAfterNeeds(client: ExplorerClient, step: Step, bound: Map<string, string>, tried: Set<Step>): AsyncGenerator<Ran | LeftOut> {
  tried.add(step);
  if (step.isOfServer) {
    yield { step, missing: 'a running server: see its page “Learn Stripe”' };
    return;
  }
  const needed = Object.entries(step.takes).flatMap(([name, { fallback }]) => (fallback === null ? [name] : []));
  for (const name of needed) {
    const maker = bound.has(name) ? null : makerOf(name);
    if (maker && !tried.has(maker)) yield* runAfterNeeds(client, maker, bound, tried);
  }
  const missing = needed.find((name) => !bound.has(name));
  if (missing !== undefined) {
    yield { step, missing: `${missing}, which no step before it made` };
    return;
  }
  const typed = Object.keys(step.takes).flatMap((name) => {
    const value = bound.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const ran = await runStep(client, step, Object.fromEntries(typed));
  for (const { name, value } of ran.bound) bound.set(name, value);
  yield ran;
}
