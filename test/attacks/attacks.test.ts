import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/**
 * What is tried against a payment server, and the test that shows the refusal: file, and words of its name or of its case.
 * An attack that no test refuses any more fails here.
 */
const attacks: Record<string, [attack: string, file: string, words: string]> = {
  A01: ['a query twelve levels deep and more', 'test/flows/query-limits.test.ts', 'refused one level beyond it'],
  A02: ['an alias bomb', 'test/flows/query-limits.test.ts', 'more than 15 aliases or 10 root fields'],
  A03: ['a document without end', 'test/flows/query-limits.test.ts', 'longer than a thousand tokens'],
  A04: ['lists of lists of lists', 'test/flows/query-limits.test.ts', 'what its lists multiply to'],
  A05: ['a page of everything', 'test/flows/query-limits.test.ts', 'a page outside 1 to 100'],
  A06: ['many requests in one', 'test/flows/query-limits.test.ts', 'is refused in a batch'],
  A07: ['fragments that double', 'test/flows/query-limits.test.ts', 'double again and again'],
  A08: ['asking production for its schema', 'test/flows/query-limits.test.ts', 'tells nothing of its schema'],
  A09: ['asking production by misspelling', 'test/flows/query-limits.test.ts', 'tells nothing of its schema'],
  A10: ['making a resolver fail to read its words', 'test/flows/query-limits.test.ts', 'nor of its tables when one fails'],
  A11: ['GraphQL by what a browser sends unasked', 'test/flows/bad-input.test.ts', 'GraphQL as text'],
  A12: ['bodies that are broken, huge, deep, or reach for prototypes', 'test/flows/bad-input.test.ts', 'JSON nested ten thousand deep'],
  A13: ['documents of strangers’ own making', 'test/attacks/doors.test.ts', '(A13)'],
  A14: ['guessing by aliases', 'test/attacks/doors.test.ts', '(A14, A27)'],
  A15: ['ten thousand mistakes in one document', 'test/flows/query-limits.test.ts', 'told of a few of its mistakes'],
  A16: ['another tenant’s id, in every operation', 'test/flows/who-may-do-what.test.ts', 'told in the words for a missing one'],
  A17: ['a way around through the graph', 'test/attacks/doors.test.ts', 'leads to nothing that is not (A17)'],
  A18: ['fields that make more of a caller', 'test/attacks/doors.test.ts', '(A18)'],
  A19: ['a key without the scope', 'test/flows/api-keys.test.ts', 'is refused what its scopes do not name'],
  A20: ['a key that is over', 'test/flows/api-keys.test.ts', 'refused from the moment it is revoked'],
  A21: ['a viewer who acts', 'test/flows/who-may-do-what.test.ts', "'a viewer'"],
  A22: ['making oneself administrator, or leaving none', 'test/flows/places.test.ts', 'never change their own role'],
  A23: ['a connection that names no tenant', 'src/db/tenancy.test.ts', 'shows nothing, and takes nothing'],
  A24: ['a row hung on another tenant’s', 'src/db/tenancy.test.ts', 'hold a child to a parent of its own tenant'],
  A25: ['SQL in a search', 'test/attacks/doors.test.ts', '(A25)'],
  A26: ['telling who has an account from a wrong password', 'test/attacks/doors.test.ts', '(A26)'],
  A27: ['a hundred guesses', 'src/access/guesses.test.ts', 'is stopped after ten wrong ones'],
  A28: ['a session planted before sign-in', 'test/attacks/doors.test.ts', '(A28)'],
  A29: ['a stolen session after sign-out', 'test/attacks/doors.test.ts', '(A29)'],
  A30: ['a reset link used again, late, or twice at once', 'test/flows/mail.test.ts', 'changed by one of two at once (A30)'],
  A31: ['telling who has an account by signing up', 'test/flows/mail.test.ts', '(A31)'],
  A32: ['a rush of sign-ins', 'src/access/passwords.test.ts', 'fifty wait, and the rest are told to come back'],
  A33: ['a request another site makes a browser send', 'test/attacks/doors.test.ts', '(A33)'],
  A34: ['a price of the buyer’s own', 'test/attacks/doors.test.ts', '(A34)'],
  A35: ['amounts that are none', 'test/flows/bad-input.test.ts', 'a price of 1e309'],
  A36: ['a fee that leaves nothing, an amount below the least', 'src/base/money.test.ts', 'is refused with %s and what is allowed'],
  A37: ['one idempotency key for two requests, or fifty at once', 'src/access/idempotency.test.ts', 'runs once of twenty that come at once'],
  A38: ['refunding more than was paid, by two at once', 'test/faults/races.test.ts', 'give back no more than was paid'],
  A39: ['a forged checkout', 'test/attacks/doors.test.ts', '(A39, A40)'],
  A40: ['another seller’s checkout, or one nobody paid', 'test/attacks/doors.test.ts', '(A39, A40)'],
  A41: ['paying a settled settlement again', 'test/flows/settlement-failures.test.ts', 'twice at once is done once'],
  A42: ['a price changed while the buyer pays', 'test/attacks/doors.test.ts', '(A42)'],
  A43: ['a webhook that is forged, old or edited', 'src/stripe/signature.test.ts', 'the signature of another body'],
  A44: ['a webhook sent again', 'src/events/inbox.test.ts', 'is stored once of twenty at once'],
  A45: ['an event of the other mode', 'src/events/inbox.test.ts', 'of live mode leaves no row where test mode runs'],
  A46: ['an event of an account nobody knows', 'src/events/inbox.test.ts', 'parks an event of an account that is none of ours'],
  A47: ['an event of one account about another’s object', 'test/attacks/doors.test.ts', '(A47)'],
  A48: ['a partner’s address inside the network', 'src/events/outgoing/addresses.test.ts', 'any address of its name is private'],
  A49: ['an answer without end', 'src/events/outgoing/sending.test.ts', 'reads no more of an endless answer'],
  A50: ['a return to another site', 'test/attacks/doors.test.ts', '(A50)'],
  A51: ['telling which page exists', 'test/attacks/doors.test.ts', '(A51)'],
  A52: ['counting through pages', 'test/attacks/doors.test.ts', '(A52)'],
  A53: ['testing stolen cards', 'test/attacks/floods.test.ts', 'so many checkouts from one address'],
  A54: ['markup in a name', 'test/attacks/doors.test.ts', '(A54)'],
  A55: ['a page in a frame', 'test/attacks/doors.test.ts', '(A54, A55)'],
  A56: ['a formula in a spreadsheet', 'src/http/csv.test.ts', 'gives a spreadsheet %s as %s'],
  A57: ['a forged line of the log', 'test/attacks/secrets.test.ts', '(A57, A58)'],
  A58: ['looking for secrets where they are not kept', 'test/attacks/secrets.test.ts', 'is kept nowhere in the database (A58)'],
  A59: ['another sender’s address', 'test/attacks/floods.test.ts', 'never what the sender says where no proxy is trusted (A59)'],
  A60: ['headers without end', 'test/flows/bad-input.test.ts', 'cut off where the headers have no end'],
  A61: ['reading the metrics', 'test/attacks/floods.test.ts', '(A61)'],
  A62: ['a path out of the folder', 'test/flows/bad-input.test.ts', 'a path out of the folder'],
  A63: ['keys that reach for prototypes', 'test/flows/bad-input.test.ts', 'a key that reaches for prototypes'],
  A64: ['an address that takes for ever to check', 'src/base/email.test.ts', 'is not read at all when it is too long to be one'],
  A65: ['a dependency that runs a script as it is installed', 'test/attacks/dependencies.test.ts', '(A65)'],
};

const isRefusedIn = (file: string, words: string) => readFileSync(file, 'utf8').includes(words);

describe('an attack', () => {
  it.each(Object.entries(attacks))('%s is refused by a test: %j', (_, [, file, words]) => {
    expect(isRefusedIn(file, words)).toBe(true);
  });

  it('has its number once, and none of them is left out', () => {
    const numbers = Object.keys(attacks).sort();
    expect(numbers).toEqual(Array.from({ length: 65 }, (_, i) => `A${String(i + 1).padStart(2, '0')}`));
  });

  it('that a test names is in this list', () => {
    const named = readdirSync('test/attacks').flatMap((file) => [...readFileSync(`test/attacks/${file}`, 'utf8').matchAll(/\((?:A\d\d(?:, )?)+\)/g)]);
    const numbers = named.flatMap(([found]) => found.match(/A\d\d/g) ?? []);
    expect(numbers.length).toBeGreaterThan(20);
    for (const number of numbers) expect(Object.keys(attacks)).toContain(number);
  });

  it('would be reported where no test refused it', () => {
    expect(isRefusedIn('src/base/email.test.ts', 'a test that nobody wrote')).toBe(false);
  });
});
