import { readFileSync } from 'node:fs';

/**
 * Has processes of one database stand still, whatever comes: PostgreSQL wakes all whom the end of a transaction lets go on, and which of them is first
 * at the next lock is nobody's to foresee. Where the system cannot hold them, or they run on another machine, they go on as they like.
 */
export class Holding {
  readonly #held = new Set<number>();

  constructor(readonly database: string) {
    process.once('exit', () => this.#held.forEach(wake)); // who stands still would keep its server from stopping
  }

  /** Whether this one stands still from now on. */
  hold(pid: number): boolean {
    if (this.#works(pid) && signal(pid, 'SIGSTOP')) this.#held.add(pid);
    return this.#held.has(pid);
  }

  letGo(pid: number): void {
    if (this.#held.delete(pid)) wake(pid);
  }

  /** As PostgreSQL titles its processes: postgres: user database address. A number alone may be anybody's here. */
  #works(pid: number): boolean {
    try {
      const [, , database] = /^postgres: (\S+) (\S+) /.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? [];
      return database === this.database;
    } catch {
      return false;
    }
  }
}

/** Has a process go on that was held, if it was. */
export function wake(pid: number): void {
  signal(pid, 'SIGCONT');
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
