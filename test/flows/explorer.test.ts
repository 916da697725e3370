import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { observed } from '../support/conforming.js';

const run = promisify(execFile);
const explore = (...args: string[]) => run(process.execPath, ['dist/src/main.js', 'explore', ...args], { env: { ...process.env, ...observed() } });

describe('npm run explore', () => {
  it('runs a chapter on a machine with nothing but the project, and leaves nothing behind', async () => {
    const { stdout, stderr } = await explore('setup');
    expect(stdout).toContain('GET /v1/balance → 200');
    expect(stdout).toContain('resource_missing');
    expect(stderr).toBe('');
  });

  it('fails where a step goes another way than it is meant to, and where it is not understood', async () => {
    const failed = (...args: string[]) => explore(...args).catch((error: { code: number; stderr: string }) => [error.code, error.stderr]);
    expect(await failed('portal', '--set', 'customer=cus_nobody')).toEqual([1, expect.stringContaining('Open the portal for a customer')]);
    expect(await failed('portal', '--key', 'sk_live_51abcdefgh')).toEqual([1, expect.stringContaining('Give a key that begins with sk_test_')]);
  });
});
