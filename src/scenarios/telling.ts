import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Refusal } from '../base/errors.js';
import { decimalText } from '../base/money.js';
import { currency, type Standing } from './looking.js';
import { type Frame, play } from './playing.js';
import { findScenario, readScenario, type Scenario, scenarioNames } from './scenario.js';
import type { OpenTheatre } from './theatre.js';

const wordsOf: Record<keyof Standing, string> = {
  buyersMinor: 'buyers have paid',
  heldMinor: 'held',
  sellerMinor: 'the seller has',
  platformMinor: 'the platform has',
  stripeMinor: 'Stripe has kept',
  owedMinor: 'the seller owes',
};

/** The scenarios of these names or files; all there are, where nothing is named. Refuses with INVALID what is neither. */
export function scenariosOf(asked: readonly string[]): Scenario[] {
  return (asked.length > 0 ? asked : scenarioNames()).map((name) => findScenario(name) ?? readFile(name));
}

function readFile(path: string): Scenario {
  if (!existsSync(path))
    throw new Refusal('INVALID', `There is neither a scenario nor a file ${path}.`, null, `There are ${scenarioNames().join(', ')}.`);
  return readScenario(basename(path), readFileSync(path, 'utf8'));
}

/** Plays each in a theatre of its own and tells it line by line, with the amounts that a line changed. Answers the names of those that went wrong. */
export async function tellAll(
  scenarios: readonly Scenario[],
  openTheatre: () => Promise<OpenTheatre>,
  print: (line: string) => void,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const scenario of scenarios) {
    const theatre = await openTheatre();
    const frames = await play(theatre, scenario).finally(() => theatre.close());
    print(`\n${scenario.name}: ${scenario.about}`);
    for (const [place, frame] of frames.entries()) print(told(place, frame, frames[place - 1]));
    const problems = frames.flatMap((frame) => frame.wrong);
    if (problems.length > 0) wrong.push(scenario.name);
    for (const problem of problems) print(`  WRONG: ${problem}`);
  }
  return wrong;
}

function told(place: number, frame: Frame, before: Frame | undefined): string {
  const changed = (Object.keys(wordsOf) as (keyof Standing)[]).filter((part) => frame[part] !== (before?.[part] ?? 0));
  const amounts = changed.map((part) => `${wordsOf[part]} ${decimalText(frame[part], currency)}`);
  return `${String(place + 1).padStart(4)}  ${frame.line}${amounts.length > 0 ? `  → ${amounts.join(', ')}` : ''}`;
}
