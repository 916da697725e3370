import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Keeps processes that only ever wait for each other on one processor, the `place`-th of those that may be used: a question and its answer then
 * take a third of the time that they take between two. Where the system cannot do that, they stay where they are.
 */
export function keepTogether(pids: number[], place: number): void {
  const processors = usable();
  const processor = processors[place % processors.length];
  if (processor === undefined) return;
  for (const pid of pids) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(pid)], { stdio: 'ignore' });
}

/** The numbers of the processors that this process may use, as Linux tells them: 0-3,8. */
function usable(): number[] {
  if (process.platform !== 'linux') return [];
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
