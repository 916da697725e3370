import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Log, openLog } from './log.js';
import { Secret } from './secret.js';

function listen(level = 'debug'): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: openLog(level, { write: (line) => void lines.push(line) }) };
}

const canaries = [
  'sk_live_canary51H',
  'rk_test_canary51H',
  'sk_live_****canary',
  'whsec_canary/51H+x=',
  'hf_live_canary-51H',
  'pi_3canary_secret_51H',
  'Bearer canary51H',
  'Basic Y2FuYXJ5OmNhbmFyeQ==',
  'https://checkout.stripe.com/c/pay/cs_test_canary#fid',
  'https://connect.stripe.com/setup/e/acct_1/canary',
  'https://billing.stripe.com/p/session/canary',
  'http://127.0.0.1:12111/setup/e/acct_1/canary',
  'http://127.0.0.1:12111/c/pay/cs_canary',
  'postgresql://holdfast:canary@db:5432/books',
  'canary@example.com',
  'canary%40example.com',
  'cänary+tag@bücher.example',
  '4242424242424242',
  '4242 4242 4242 4242',
  '4000-0566-5566-5556',
  '378282246310005',
];
const traces = /canary|cänary|Y2FuYXJ5|4242|5566|3782/;

describe('the log', () => {
  it.each(canaries)('never shows %s, wherever it is passed', (canary) => {
    const { log, lines } = listen();
    const deep = { a: [{ b: { c: [`before ${canary} after`] } }] };
    log.info(canary);
    log.warn(`at the start of a line\n${canary}\nand before the next`);
    log.info({ note: canary, deep, [canary]: 1 }, `x${canary}, quoted "${canary}"`);
    log.error(
      { err: Object.assign(new Error(`refused: ${canary}`, { cause: new Error(canary) }), { raw: { message: canary, list: [canary] } }) },
      'failed',
    );
    log.child({ request: canary }).error('bound');
    log.info('%s and %o', canary, { inner: canary });

    expect(lines).toHaveLength(6);
    expect(lines.join('')).not.toMatch(traces);
  });

  it.each([
    'password',
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'client_secret',
    'clientSecret',
    'webhookSecrets',
    'apiKey',
    'x-api-key',
    'sessionToken',
    'email',
    'buyerEmail',
    'url',
    'onboardingUrl',
    'stripe-signature',
  ])('hides what stands under %s, at any depth', (key) => {
    const { log, lines } = listen();
    log.info({ [key]: 'canary', in: { a: [{ deep: { [key]: { of: 'canary' } } }] }, list: [{ [key]: ['canary'] }] }, 'x');
    expect(lines.join('')).not.toMatch(/canary/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ [key]: '[hidden]', list: [{ [key]: '[hidden]' }], msg: 'x' });
  });

  it('keeps what operators need: ids, amounts, times, our own addresses, and that a secret was absent', () => {
    const { log, lines } = listen();
    const facts = {
      payment: 'pay_01jd2k3m4n5p6q7r8s9tavbwcx',
      stripe: 'acct_1NcanAbc',
      key: 'transfer:stl_01:2',
      amountMinor: 9_007_199_254_740_991,
      at: 1_763_682_438_000,
      took: 12.5,
      when: '2026-11-20T23:50:18.123Z',
      path: '/c/acc_01/return',
      version: 'pino@10.4.0',
      none: null,
      email: null,
      ok: true,
    };
    log.info(facts, 'see https://docs.stripe.com/currencies and http://localhost:4000/admin');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ...facts,
      msg: 'see https://docs.stripe.com/currencies and http://localhost:4000/admin',
    });
  });

  it('hides a card number also as a number, and inside longer digits', () => {
    const { log, lines } = listen();
    log.info({ pan: 4242424242424242, text: '5 4242424242424242 12/30' }, 'x');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ pan: '[number]', text: '[number]/30' });
  });

  it('prints a Secret as what it is, and nothing below its level', () => {
    const { log, lines } = listen('warn');
    log.info('unseen');
    log.warn({ key: new Secret('canary'), in: [new Secret('canary')] });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ key: '[secret]', in: ['[secret]'] });
  });

  it('is one line of JSON for each entry, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })),
        (message, fields) => {
          const { log, lines } = listen();
          log.info({ fields }, message);
          expect(lines).toHaveLength(1);
          expect(lines[0]).toMatch(/^\{.*\}\n$/);
          expect(JSON.parse(lines[0] ?? '')).toHaveProperty('level', 30);
        },
      ),
    );
  });

  it('ends no line with a separator that only some readers know', () => {
    const { log, lines } = listen();
    log.info({ 'one\u2028two': 'three\u2029four' }, 'five\u2028six');
    expect(lines.join('')).not.toMatch(/[\u2028\u2029]/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ 'one two': 'three four', msg: 'five six' });
  });

  it('cuts what is long instead of reading it for ever', () => {
    const { log, lines } = listen();
    for (const long of ['a'.repeat(5e6), '1'.repeat(5e6), 'a.'.repeat(2e6), 'https://'.repeat(5e5), '4 '.repeat(2e6)]) log.info({ long }, 'x');
    for (const line of lines) expect(line.length).toBeLessThan(11_000);
  });
});
