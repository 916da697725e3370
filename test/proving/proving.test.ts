import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { observed } from '../support/conforming.js';
import { openTestDatabase } from '../support/database.js';

/** In a process of its own: the proving ground takes chance and waiting away from the whole process it is in. */
async function prove(options: string[]): Promise<string> {
  const env = { ...process.env, ...observed() };
  const places = databases.flatMap(({ url }) => ['--database', url]);
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/test/proving/main.js', ...places, ...options], { env }).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout;
}

let databases: Awaited<ReturnType<typeof openTestDatabase>>[] = [];
beforeAll(async () => {
  databases = [await openTestDatabase(), await openTestDatabase()];
});
afterAll(() => Promise.all(databases.map((database) => database.close())));

describe('the proving ground', () => {
  it('finds nothing wrong in hundreds of histories, and tells the same seed the same', async () => {
    const told = await prove(['--histories', '500']);
    expect(told).toMatch(/^The same seed tells the same: 10 were told again\.$/m);
    expect(told).toMatch(/^0 of 500 went wrong\./m);
  });

  it('lets two act at once, some of them in all orders that differ and the others in one, and nothing goes wrong', async () => {
    const told = await prove(['--pairs', '--orders', '20', '--orders-in-all', '20']);
    expect(told).toMatch(/^0 of \d\d pairs went wrong, in \d+ orders; [1-9]\d* pairs in all orders there are\.$/m);
  });

  it('finds what is planted: what a scenario shows, and what only two at once do, in an order of its own', async () => {
    expect(await prove(['--planted', '--known', '--only', 'rounds down,takes a transfer'])).toMatch(/^2 of 2 planted defects were found\.$/m);
  });

  it('plays every scenario to its end', async () => {
    expect(await prove(['--scenarios'])).toMatch(/^0 of \d\d scenarios went wrong\.$/m);
  });
});
