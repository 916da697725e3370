import { chapters, needsOf } from './chapters.js';
import { fullNameOf, makerOf } from './running.js';
import type { Chapter, Step } from './step.js';

/** All chapters as a page to read: what each step teaches, what it takes, and the code that runs. */
export function guide(): string {
  const contents = chapters.map(({ name, title }) => `- [${title}](#${anchorOf(title)}): \`npm run explore -- ${name}\``);
  return [
    '# Stripe’s API in chapters',
    '',
    'Written by `npm run explore -- --guide`. Every step here is run by the tests; the code is the code that runs. `npm run explore` runs it against a simulator of its own, with `--key sk_test_…` at Stripe.',
    '',
    ...contents,
    '',
    ...chapters.flatMap(chapterText),
  ]
    .join('\n')
    .trimEnd();
}

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

function chapterText(chapter: Chapter): string[] {
  const needs = needsOf(chapter);
  const before = needs.length === 0 ? [] : [`It needs ${needs.map(needText).join(', ')}, or one of your own by \`--set name=value\`.`, ''];
  return [`## ${chapter.title}`, '', chapter.explanation, '', ...before, ...chapter.steps.flatMap(stepText)];
}

function needText(name: string): string {
  const maker = makerOf(name);
  return maker ? `\`${name}\` of \`${fullNameOf(maker)}\`` : `\`${name}\``;
}

function stepText(step: Step): string[] {
  return [
    `### ${step.title}`,
    '',
    step.explanation + (step.isRefused ? ' It is refused.' : ''),
    '',
    '```js',
    step.code,
    '```',
    ...Object.entries(step.takes).map(([name, { label, prefix, fallback }]) => {
      const maker = fallback === null ? makerOf(name) : null;
      const from = maker ? `of \`${fullNameOf(maker)}\`` : `${fallback?.() ?? ''}`.replace(/[0-9a-f]{8}$/, '…');
      return `- \`${name}\`: ${label.toLowerCase().replace('paymentintent', 'PaymentIntent').replace('setupintent', 'SetupIntent')}, ${prefix ? `\`${prefix}…\` ` : ''}${from}`;
    }),
    '',
  ];
}
