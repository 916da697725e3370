import { join } from 'node:path';

/** Names the file that processes of a test write to what is not as Stripe's SDK declares it. */
export const reportVariable = 'HOLDFAST_TEST_CONFORMANCE';

/** What a process that has a simulator in it is started with, so that the test fails with what is not as declared there. */
export function observed(): Record<string, string> {
  const report = process.env[reportVariable];
  return report === undefined ? {} : { [reportVariable]: report, NODE_OPTIONS: `--import=${join(import.meta.dirname, 'conform-process.js')}` };
}
