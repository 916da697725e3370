import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { sendFor, type WireRequest } from './requests.js';
import type { Usage } from './serving.js';

export const connections = 8;
export const roundCount = 7;
const warmUpMs = 1_500;
const roundMs = 1_000;

/** What one request cost, on average of a round. */
export interface Round {
  perSecond: number;
  cpuMs: number;
  statements: number;
}

/** Sends each request for a round, in turn, so that whatever else the machine does meets all of them; answers the rounds of each. */
export async function inTurn<const Requests extends readonly WireRequest[]>(
  process: ChildProcess,
  requests: Requests,
): Promise<{ [Place in keyof Requests]: Round[] }> {
  for (const request of requests) await sendFor(warmUpMs, request, connections);
  const rounds = requests.map((): Round[] => []);
  for (let round = 0; round < roundCount; round++)
    for (const [place, request] of requests.entries()) rounds[place]?.push(await measure(process, request));
  return rounds as { [Place in keyof Requests]: Round[] };
}

async function measure(process: ChildProcess, request: WireRequest): Promise<Round> {
  const before = await usageOf(process);
  const startedMs = performance.now();
  const answered = await sendFor(roundMs, request, connections);
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = await usageOf(process);
  return {
    perSecond: answered / seconds,
    cpuMs: (after.cpuMs - before.cpuMs) / answered,
    statements: (after.statements - before.statements) / answered,
  };
}

async function usageOf(process: ChildProcess): Promise<Usage> {
  process.send('usage');
  const [usage] = (await once(process, 'message')) as [Usage];
  return usage;
}

/** The medians of a contestant's rounds. */
export function line(name: string, rounds: Round[]): string {
  const of = (what: keyof Round) => median(rounds.map((round) => round[what]));
  const cells = [
    `${Math.round(of('perSecond'))} requests/s`,
    `${of('cpuMs').toFixed(2)} ms of processor each`,
    `${of('statements').toFixed(0)} SQL statements each`,
  ];
  return `  ${name.padEnd(8)} ${cells.map((cell) => cell.padStart(26)).join('')}`;
}

/** Each round of one beside the same round of the other; the median of these. */
export function ratio(of: Round[], to: Round[], what: keyof Round): number {
  return median(of.map((round, index) => round[what] / (to[index]?.[what] ?? Number.NaN)));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A share in words. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
