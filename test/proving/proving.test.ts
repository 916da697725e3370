import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { observed } from '../support/conforming.js';

const seconds = 5; // how many histories fit depends on the machine; `npm run prove` tells as many as are asked for

/** In a process of its own: the proving ground takes chance and waiting away from the whole process it is in. */
async function prove(options: string[]): Promise<string> {
  const env = { ...process.env, ...observed() };
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/test/proving/main.js', ...options], { env }).catch(
    (failed: { stdout: string }) => failed,
  );
  return stdout;
}

describe('the proving ground', () => {
  it('finds nothing wrong in as many histories as there is time for, and tells the same seed the same', async () => {
    const told = await prove(['--seconds', String(seconds)]);
    expect(told).toMatch(/^The same seed tells the same\.$/m);
    expect(told).toMatch(/^0 of \d+ went wrong\./m);
  }, 120_000);

  it('lets two act at once in a few of the orders there are, whoever they are, and nothing goes wrong', async () => {
    expect(await prove(['--pairs', '--orders', '2'])).toMatch(/^0 of \d\d pairs went wrong, /m);
  }, 90_000);

  it('plays every scenario to its end', async () => {
    expect(await prove(['--scenarios'])).toMatch(/^0 of \d\d scenarios went wrong\.$/m);
  }, 60_000);
});
