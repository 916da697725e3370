import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** One command that changed, or may have changed, a world. */
export interface Command {
  world: string;
  /** The second, simulated, at which it ran. */
  at: number;
  kind: 'genesis' | 'tick' | 'api' | 'control' | 'page' | 'endpoints' | 'delivery';
  [detail: string]: unknown;
}

/** The commands so far, on disk before they are answered, so that the simulator survives what Stripe survives. */
export interface Journal {
  append(command: Command): void;
  /** Without waiting for the disk: for what may be forgotten, as it then happens once more. */
  note(command: Command): void;
  close(): void;
}

/** Opens a journal and answers the commands in it, or one that keeps nothing. A last line cut short by a crash was never answered and is left out. */
export function openJournal(file: string | null): { journal: Journal; commands: Command[] } {
  if (file === null) return { journal: { append: () => undefined, note: () => undefined, close: () => undefined }, commands: [] };
  mkdirSync(dirname(file), { recursive: true });
  const whole = existsSync(file) ? readFileSync(file, 'utf8').replace(/[^\n]*$/, '') : '';
  if (existsSync(file)) truncateSync(file, Buffer.byteLength(whole));
  const commands = whole
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Command);
  const handle = openSync(file, 'a', 0o600);
  return {
    commands,
    journal: {
      append(command) {
        writeSync(handle, `${JSON.stringify(command)}\n`);
        fsyncSync(handle);
      },
      note: (command) => void writeSync(handle, `${JSON.stringify(command)}\n`),
      close: () => closeSync(handle),
    },
  };
}
