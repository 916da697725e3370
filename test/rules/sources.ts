import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One file of ours, with what it imports. */
export interface Source {
  path: string;
  text: string;
  imports: string[];
}

/** A file as the rules look at it; also one that exists only in a test. */
export function source(path: string, text: string): Source {
  return { path, text, imports: importsOf(text) };
}

/** Every module a text imports, statically, dynamically, or for its types. */
export function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = [
    ...code.matchAll(/(?:^|[;\n}])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]/g),
    ...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g),
    ...code.matchAll(/\bdeclare module ['"]([^'"]+)['"]/g),
  ];
  return [...new Set(found.map(([, module]) => module as string))];
}

/** The files git tracks, and the new ones it does not ignore. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
  return listed.split('\n').filter((path) => path !== '');
}

/** All TypeScript of the project. */
export function allSources(): Source[] {
  return trackedFiles()
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => source(path, readFileSync(path, 'utf8')));
}
