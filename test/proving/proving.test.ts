import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const seconds = 12;

describe('the proving ground', () => {
  it('tells the same seed the same, and finds nothing wrong in as many histories as fit into its seconds', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/test/proving/main.js', '--seconds', String(seconds)]);
    expect(stdout).toMatch(/^The same seed tells the same\.$/m);
    expect(stdout).toMatch(/^0 of \d+ went wrong\./m);
    expect(Number(/^(\d+) histories/m.exec(stdout)?.[1])).toBeGreaterThan(5);
  }, 60_000);
});
