import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../../..');
const functions =
  'atomically, retrieveAccount, retrieveCharge, createPaymentCheckout, createSeparateCheckout, recordKey, createDirectRefund, onAccount, platform';
const names = `${functions}, work, tx, checkout, refund`;
const ground = `
  import '${root}/src/accounts/account.js';
  import { atomically, type Tx, type Work } from '${root}/src/db/work.js';
  import { retrieveAccount } from '${root}/src/stripe/accounts.js';
  import { retrieveCharge } from '${root}/src/stripe/charges.js';
  import { createPaymentCheckout, createSeparateCheckout, type Checkout } from '${root}/src/stripe/checkout-sessions.js';
  import { recordKey } from '${root}/src/stripe/idempotency-key.js';
  import { createDirectRefund } from '${root}/src/stripe/refunds.js';
  import { onAccount, platform } from '${root}/src/stripe/scope.js';
  export { ${functions} };
  export declare const work: Work, tx: Tx, checkout: Checkout & { applicationFeeMinor: number };
  export const refund = { chargeId: 'ch_1', amountMinor: 1, returnFee: true, metadata: {} };
`;

const attempts: [string, string, RegExp | null][] = [
  ['reading Stripe outside a transaction', `await retrieveAccount(work, 'acct_1')`, null],
  [
    'charging on a seller’s account under a key of ours',
    `await createPaymentCheckout(work, onAccount('acct_1'), recordKey('checkout', 'ses_1'), checkout)`,
    null,
  ],
  ['writing rows inside a transaction', `await atomically(work, async (tx) => { tx.sql.insertInto('account'); })`, null],
  ['reaching Stripe with a transaction', `await retrieveAccount(tx, 'acct_1')`, /'Tx' is missing the following properties from type 'Work'/],
  ['finding Stripe on a transaction', 'tx.stripe', /'stripe' does not exist on type 'Tx'/],
  ['opening a transaction inside another', 'await atomically(tx, async () => {})', /'Tx' is missing the following properties from type 'Work'/],
  ['writing rows without a transaction', `work.read.insertInto('account')`, /'insertInto' does not exist/],
  ['updating rows without a transaction', `work.read.updateTable('account')`, /'updateTable' does not exist/],
  ['an entity manager without a transaction', 'work.em', /'em' does not exist on type 'Work'/],
  [
    'passing off an object as work',
    `await retrieveAccount({ clock: work.clock, config: work.config, log: work.log, read: work.read, stripe: work.stripe }, 'acct_1')`,
    /workBrand/,
  ],
  ['forgetting whose charge it is', `await retrieveCharge(work, 'ch_1')`, /Expected 3 arguments/],
  ['naming an account where a scope is asked', `await retrieveCharge(work, 'acct_1', 'ch_1')`, /'"acct_1"' is not assignable to .*'Scope'/],
  [
    'a direct charge on the platform’s own account',
    `await createPaymentCheckout(work, platform, recordKey('checkout', 'ses_1'), checkout)`,
    /'string' is not assignable to parameter of type 'Connected'/,
  ],
  [
    'a direct refund from the platform’s own balance',
    `await createDirectRefund(work, platform, recordKey('refund', 're_1'), refund)`,
    /'string' is not assignable to parameter of type 'Connected'/,
  ],
  [
    'an application fee of a charge whose seller is paid by transfer',
    `await createSeparateCheckout(work, recordKey('checkout', 'ses_1'), { ...checkout, transferGroup: 'off_1', applicationFeeMinor: 100 })`,
    /'applicationFeeMinor' does not exist in type/,
  ],
  ['a write without a key', `await createDirectRefund(work, onAccount('acct_1'), refund)`, /Expected 4 arguments/],
  [
    'a write under a key of one’s own making',
    `await createDirectRefund(work, onAccount('acct_1'), 'refund-1', refund)`,
    /'"refund-1"' is not assignable to .*'IdempotencyKey'|'string' is not assignable to .*'IdempotencyKey'/,
  ],
];

describe('the compiler', () => {
  let told: string[];
  let folder: string;
  const nameOf = (i: number) => `attempt${String(i).padStart(2, '0')}.mts`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-misuse-'));
    writeFileSync(join(folder, 'ground.mts'), ground);
    attempts.forEach(([, code], i) => {
      writeFileSync(
        join(folder, nameOf(i)),
        `import { ${names} } from './ground.mjs';
${code};
`,
      );
    });
    const compilerOptions = { noEmit: true, rootDir: '/', typeRoots: [`${root}/node_modules/@types`], noUnusedLocals: false };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: `${root}/tsconfig.json`, compilerOptions, include: [`${folder}/*.mts`] }));
    const compiled = promisify(execFile)(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', folder, '--pretty', 'false'], {
      maxBuffer: 10_000_000,
    });
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    told = stdout.split(/\n(?=\S)/);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(attempts)('on %s: %s', (what, _, refusal) => {
    const about = told.filter((line) => line.includes(nameOf(attempts.findIndex(([named]) => named === what))));
    if (refusal === null) expect(about).toEqual([]);
    else expect(about.join('\n')).toMatch(refusal);
  });

  it('has nothing to say of what stands around the attempts', () => {
    expect(told.filter((line) => line.includes('error') && !line.includes('attempt'))).toEqual([]);
  });
});
