import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/**
 * What other payment systems have got wrong in public, as promises of this one, each with the test that keeps it: file, and words of its name.
 * A promise that no test keeps any more fails here.
 */
const promises: [promise: string, file: string, test: string][] = [
  ['a refund that Stripe made is known after a crash before its row', 'test/faults/crashes.test.ts', 'during a refund never refunds twice'],
  ['several reversals of one transfer have keys of their own', 'test/flows/refunds-of-held-money.test.ts', 'for each of several refunds its own'],
  ['money goes back in the currency it came in, to the cent', 'test/flows/what-others-got-wrong.test.ts', 'taken back in its own currency'],
  ['a dispute may be of more than the payment', 'test/flows/disputes.test.ts', 'take more than was paid'],
  ['what a dispute costs is the sum of its balance transactions', 'test/flows/what-others-got-wrong.test.ts', 'in several lines of the balance'],
  ['a fee that Stripe tells later is booked', 'test/flows/what-others-got-wrong.test.ts', 'booked with its fee when Stripe tells it'],
  ['the account that is paid cannot change between decision and transfer', 'test/flows/what-others-got-wrong.test.ts', 'keeps where it was sent'],
  ['what a won dispute gives back waits for the settlement it was held from', 'test/flows/disputes.test.ts', 'settles the seller once it is won'],
  ['a seller’s empty balance ends in a debt, not in a loop', 'test/flows/refunds-of-held-money.test.ts', 'takes what the seller still has'],
  ['a refund after settlement lowers the next one', 'test/flows/refunds-of-held-money.test.ts', 'the rest from what they sell next'],
  ['a refusal is not repeated under its own key', 'src/operations/perform.test.ts', 'comes with a new key after a refusal'],
  [
    'an error that Stripe stored under a key is known for one',
    'src/stripe/against-simulator.test.ts',
    'that Stripe stored is repeated under its key',
  ],
  ['one event that cannot be applied stops no other', 'src/events/inbox.test.ts', 'it holds up no other'],
  ['a line of the balance that nobody knows is named, and stops nothing', 'src/reconciliation/reconciling.test.ts', 'names what only Stripe knows'],
  ['no webhook passes under an empty secret', 'src/base/config.test.ts', 'tell every problem at once'],
  ['events of the other mode are left out', 'src/events/inbox.test.ts', 'of live mode leaves no row where test mode runs'],
  ['events of accounts that are none of ours are kept aside', 'src/events/inbox.test.ts', 'parks an event of an account that is none of ours'],
  ['a revoked access is known by the words Stripe has for it', 'src/stripe/failures.test.ts', 'pplication access may have been revoked'],
  ['money withdrawn when a dispute opens is not lost yet', 'test/flows/disputes.test.ts', 'keeps 2.13 where the fee comes back'],
  ['currencies that are paid out in steps are split in steps', 'test/flows/commission.test.ts', 'is settled what is left of a refund in whole steps'],
  ['sellers in countries that only receive are asked for the recipient agreement', 'src/base/countries.test.ts', 'under the recipient agreement'],
  ['every job has a time that can be read', 'src/jobs/runner.test.ts', 'has a time for %s that can be read'],
  ['no fee is asked back that was never taken', 'test/flows/what-others-got-wrong.test.ts', 'a share that was never taken'],
  ['deliveries at once make one payment, and none takes it back', 'test/faults/races.test.ts', 'make one payment with one split'],
  ['a closed account fails with what to do, and is left for a new one', 'test/flows/settlement-failures.test.ts', 'INVALID_ACCOUNT'],
  ['a disputed payment is not refunded', 'test/flows/refunds-of-held-money.test.ts', 'is refused while a bank takes the payment back'],
  ['nothing is refunded beyond what is left', 'test/flows/refunds-of-held-money.test.ts', 'of more than is left changes nothing'],
  ['requests at once under one idempotency key run once', 'src/access/idempotency.test.ts', 'runs once of twenty that come at once'],
];

const isKept = (file: string, test: string) => readFileSync(file, 'utf8').includes(test);

describe('what others got wrong', () => {
  it.each(promises)('%s', (_, file, test) => {
    expect(isKept(file, test)).toBe(true);
  });

  it('would be reported where no test keeps it', () => {
    expect(isKept('src/base/config.test.ts', 'a test that nobody wrote')).toBe(false);
  });
});
