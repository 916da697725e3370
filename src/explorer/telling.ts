import { hidden } from './masking.js';
import { fullNameOf, type Ran } from './running.js';
import type { Chapter } from './step.js';

/** What came of a step, for a terminal: its code, each request, the result as a table or a tree, and what later steps use of it. */
export function toldRun(ran: Ran, { reveals }: { reveals: boolean }): string {
  const { step, outcome, error, table, result, calls, bound, ms } = ran;
  const answer = error ? treeOf(error) : table ? tableOf(table, step.columns ?? []) : treeOf(result);
  return [
    `── ${step.title} (${fullNameOf(step)})`,
    step.explanation,
    '',
    ...indented(step.code.split('\n'), '  │ '),
    '',
    ...calls.map(
      ({ method, path, status, ms: took, requestId }) => `  ${method} ${path} → ${status ?? 'no answer'} · ${took} ms · ${requestId ?? 'no id'}`,
    ),
    `  ${outcome === 'DONE' ? 'done' : 'refused'}${ran.isExpected ? '' : ', which it should not be'} · ${ms} ms`,
    ...(ran.remark === null ? [] : [`  ${ran.remark}`]),
    ...indented(answer, '    '),
    ...bound.map(({ name, value, isSecret }) => `  ${name} = ${isSecret && !reveals ? hidden : value}`),
    '',
  ].join('\n');
}

/** The chapters, with the steps of each and what it needs of earlier ones. */
export function toldChapters(chapters: Chapter[], needsOf: (chapter: Chapter) => string[]): string {
  return chapters
    .map((chapter) => {
      const needs = needsOf(chapter);
      return [
        `${chapter.name} · ${chapter.title}${needs.length > 0 ? ` (needs ${needs.join(', ')})` : ''}`,
        `  ${chapter.explanation}`,
        ...chapter.steps.map(({ name, title }) => `    ${chapter.name}.${name}: ${title}`),
      ].join('\n');
    })
    .join('\n');
}

function indented(lines: string[], by: string): string[] {
  return lines.map((line) => by + line);
}

const linesMax = 60; // what a person reads of one answer

/** A value as a tree: a line for each member that is something. */
export function treeOf(value: unknown): string[] {
  const lines = branch(value);
  return lines.length > linesMax ? [...lines.slice(0, linesMax), `… and ${lines.length - linesMax} lines more`] : lines;
}

function branch(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  const members = Object.entries(value).filter(([, of]) => !isNothing(of));
  if (members.length === 0) return ['(nothing)'];
  return members.flatMap(([name, of], index) => {
    const isLast = index === members.length - 1;
    const [head = '', ...rest] = typeof of === 'object' ? ['', ...branch(of)] : branch(of);
    const label = head === '' && typeof of === 'object' ? name : `${name}: ${head}`;
    return [`${isLast ? '└ ' : '├ '}${label}`, ...rest.map((line) => `${isLast ? '  ' : '│ '}${line}`)];
  });
}

function isNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null || value === undefined;
  return Object.values(value).every(isNothing);
}

const cellMax = 40;

/** Rows below the names of their columns, each as wide as its widest value. */
export function tableOf(rows: Record<string, string>[], columns: string[]): string[] {
  if (rows.length === 0) return ['(no rows)'];
  const cell = (text: string) => (text.length > cellMax ? `${text.slice(0, cellMax - 1)}…` : text);
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines.map((line) =>
    line
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
