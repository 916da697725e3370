import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, isInputObjectType } from 'graphql';
import { allSources } from './sources.js';

/**
 * OWASP's Application Security Verification Standard 5.0.0, level 1, line by line: what it asks, in our words, and the test that keeps it (file,
 * and words of its name), or why there is nothing to keep. A line whose test went away fails here.
 * Source: github.com/OWASP/ASVS, 5.0/docs_en, 2025-05-30
 */
const kept: Record<string, [asks: string, file: string, words: string]> = {
  '1.2.1': ['output is encoded for where it stands', 'test/attacks/doors.test.ts', '(A54)'],
  '1.2.2': [
    'addresses are built of encoded parts, and lead by http alone',
    'src/events/outgoing/addresses.test.ts',
    'any address of its name is private',
  ],
  '1.2.3': ['no script or JSON is built of what came', 'test/attacks/doors.test.ts', '(A54, A55)'],
  '1.2.4': ['statements take their values apart', 'test/attacks/doors.test.ts', '(A25)'],
  '1.5.1': ['XML is not read', 'test/flows/bad-input.test.ts', "'XML'"],
  '2.1.1': ['what is taken of each value is written down', 'test/rules/asvs.test.ts', 'says what it takes of every value'],
  '2.2.1': ['values are checked against what is allowed', 'test/flows/bad-input.test.ts', 'a price of 1e309'],
  '2.2.2': ['they are checked on the server', 'test/fuzz/fuzz.test.ts', 'meet no defect'],
  '2.3.1': ['no step of a flow is skipped', 'test/attacks/doors.test.ts', '(A39, A40)'],
  '3.2.1': ['answers are not shown as what they are not', 'test/attacks/doors.test.ts', "'nosniff', 'DENY'"],
  '3.2.2': ['text is shown as text', 'test/flows/pay-page.test.ts', 'never as markup'],
  '3.3.1': ['cookies are Secure and of this host alone', 'test/rules/asvs.test.ts', 'gives its cookie to this host over TLS alone'],
  '3.4.1': ['browsers are bound to TLS for a year', 'test/attacks/doors.test.ts', 'binds browsers to TLS'],
  '3.4.2': ['no other site reads answers', 'test/attacks/doors.test.ts', "'access-control-allow-origin'"],
  '3.5.1': ['what another site makes a browser send is refused', 'test/attacks/doors.test.ts', '(A33)'],
  '3.5.2': ['nothing is done by a request that no preflight precedes', 'test/flows/bad-input.test.ts', 'GraphQL as text'],
  '3.5.3': ['what changes something is not asked by GET', 'test/rules/asvs.test.ts', 'changes nothing by GET but what Stripe leads back to'],
  '4.1.1': ['answers say what they are and in which letters', 'test/attacks/doors.test.ts', 'says what it is in which letters'],
  '5.3.2': ['no path is built of what came', 'test/flows/bad-input.test.ts', 'a path out of the folder'],
  '6.1.1': ['what slows guessing is written down', 'test/rules/asvs.test.ts', 'says what slows who guesses'],
  '6.2.1': ['passwords have 8 characters or more: 10 here', 'src/access/passwords.test.ts', 'of %i characters is taken'],
  '6.2.2': ['people change their password', 'test/flows/own-sessions.test.ts', 'changes their password with the present one'],
  '6.2.3': ['changing it takes the present one', 'test/flows/own-sessions.test.ts', 'changes their password with the present one'],
  '6.2.4': ['what everybody tries first is refused', 'src/access/guessable.test.ts', 'where it is one of the 49,000 that are used most'],
  '6.2.5': ['any letters are taken', 'src/access/guessable.test.ts', 'that is somebody’s own is taken'],
  '6.2.6': [
    'fields of passwords hide what is typed',
    'test/rules/asvs.test.ts',
    'hides every password that is typed, and lets it be pasted and kept',
  ],
  '6.2.7': [
    'they may be pasted and kept by managers',
    'test/rules/asvs.test.ts',
    'hides every password that is typed, and lets it be pasted and kept',
  ],
  '6.2.8': ['a password is checked as it came', 'src/access/passwords.test.ts', 'is the same however its letters are composed'],
  '6.3.1': ['guessing is slowed, without shutting the owner out', 'src/access/guesses.test.ts', 'while its owner signs in from elsewhere'],
  '6.3.2': ['no account is there by default', 'src/base/config.test.ts', 'start the simulator and the demo where nothing is given'],
  '6.4.1': [
    'links that let somebody in are random, short-lived and for once',
    'test/flows/mail.test.ts',
    'keeps the password where the link is half an hour old',
  ],
  '7.2.1': ['sessions are checked on the server', 'src/access/sessions.test.ts', 'is nobody’s for a forged token'],
  '7.2.2': ['tokens are made for each session', 'src/access/sessions.test.ts', 'opens a new session each time'],
  '7.2.3': ['of 256 random bits', 'src/access/sessions.test.ts', 'is kept as a hash alone'],
  '7.2.4': [
    'signing in, and stepping up, make a new one and end the former',
    'test/flows/step-up.test.ts',
    'who had copied the session before has none of it',
  ],
  '7.4.1': ['an ended session is worth nothing', 'test/attacks/doors.test.ts', '(A29)'],
  '7.4.2': ['who loses their place is signed out', 'test/flows/places.test.ts', 'loses a person at once, signed out everywhere'],
  '8.1.1': ['who may do what is written down', 'src/access/permissions.test.ts', 'grants and refuses as agreed'],
  '8.2.1': ['nothing is done without a permission', 'test/flows/who-may-do-what.test.ts', 'the answer is what the table says'],
  '8.2.2': ['nor to what is another’s', 'test/flows/who-may-do-what.test.ts', 'told in the words for a missing one'],
  '8.3.1': [
    'permissions are checked on the server, and again by the database',
    'src/db/tenancy.test.ts',
    'sees the rows of its tenants and no other',
  ],
  '11.3.1': ['no weak mode of a cipher', 'test/rules/asvs.test.ts', 'uses no cipher, no mode and no hash but the approved ones'],
  '11.3.2': ['approved ciphers alone', 'test/rules/asvs.test.ts', 'uses no cipher, no mode and no hash but the approved ones'],
  '11.4.1': ['approved hashes alone', 'test/rules/asvs.test.ts', 'uses no cipher, no mode and no hash but the approved ones'],
  '12.2.1': ['real money is asked for over TLS alone', 'src/base/config.test.ts', 'accept a live key on localhost, where a tunnel ends'],
  '13.4.1': ['no history of the source where it runs', 'test/rules/asvs.test.ts', 'brings no history of the source into its image'],
  '14.2.1': [
    'no secret in an address but links that work once',
    'test/rules/asvs.test.ts',
    'takes keys and sessions in headers, never in an address',
  ],
  '14.3.1': ['who signs out leaves nothing in the browser', 'test/attacks/doors.test.ts', 'leaves nothing of theirs in the browser'],
  '15.1.1': ['when dependencies are renewed is written down', 'test/rules/asvs.test.ts', 'says when dependencies are renewed'],
  '15.2.1': ['and they are what was chosen', 'test/attacks/dependencies.test.ts', 'is the one that was chosen, by its hash'],
  '15.3.1': ['no more of an object is told than is asked and allowed', 'test/attacks/doors.test.ts', 'leads to nothing that is not (A17)'],
};

/** Lines that ask about what this server does not have, or about what stands before it. */
const without: Record<string, string> = {
  '1.2.5': 'no command of the operating system is run for anybody; the embedded database is started without a shell',
  '1.3.1': 'no markup is taken from anybody',
  '1.3.2': 'no text of anybody is run; GraphQL documents are compiled from their parsed form, with names that the schema has',
  '4.4.1': 'there are no WebSockets',
  '5.2.1': 'no files are taken; bodies are bounded (test/flows/bad-input.test.ts)',
  '5.2.2': 'no files are taken',
  '5.3.1': 'no files are taken',
  '6.4.2': 'there are no hints and no secret questions',
  '9.1.1': 'no token says anything by itself: sessions and keys are looked up; Stripe’s signatures are checked (src/stripe/signature.test.ts)',
  '9.1.2': 'as 9.1.1',
  '9.1.3': 'as 9.1.1',
  '9.2.1': 'as 9.1.1',
  '10.4.1': 'nobody signs in elsewhere by this server: it is no OAuth server',
  '10.4.2': 'as 10.4.1',
  '10.4.3': 'as 10.4.1',
  '10.4.4': 'as 10.4.1',
  '10.4.5': 'as 10.4.1',
  '12.1.1': 'TLS ends at the proxy before it (docs/security.md)',
  '12.2.2': 'as 12.1.1',
};

const chapters: Record<string, string[]> = {
  '1': ['2.1', '2.2', '2.3', '2.4', '2.5', '3.1', '3.2', '5.1'],
  '2': ['1.1', '2.1', '2.2', '3.1'],
  '3': ['2.1', '2.2', '3.1', '4.1', '4.2', '5.1', '5.2', '5.3'],
  '4': ['1.1', '4.1'],
  '5': ['2.1', '2.2', '3.1', '3.2'],
  '6': ['1.1', '2.1', '2.2', '2.3', '2.4', '2.5', '2.6', '2.7', '2.8', '3.1', '3.2', '4.1', '4.2'],
  '7': ['2.1', '2.2', '2.3', '2.4', '4.1', '4.2'],
  '8': ['1.1', '2.1', '2.2', '3.1'],
  '9': ['1.1', '1.2', '1.3', '2.1'],
  '10': ['4.1', '4.2', '4.3', '4.4', '4.5'],
  '11': ['3.1', '3.2', '4.1'],
  '12': ['1.1', '2.1', '2.2'],
  '13': ['4.1'],
  '14': ['2.1', '3.1'],
  '15': ['1.1', '2.1', '3.1'],
};
const lines = Object.entries(chapters).flatMap(([chapter, ofIt]) => ofIt.map((line) => `${chapter}.${line}`));

const isKept = (file: string, words: string) => readFileSync(file, 'utf8').includes(words);

describe('ASVS 5.0.0, level 1', () => {
  it.each(Object.entries(kept))('%s is kept by a test: %j', (_, [, file, words]) => {
    expect(isKept(file, words)).toBe(true);
  });

  it('is answered line by line, each once', () => {
    expect(lines).toHaveLength(70);
    expect([...Object.keys(kept), ...Object.keys(without)].sort()).toEqual([...lines].sort());
  });

  it('would be reported where no test kept a line', () => {
    expect(isKept('src/base/email.test.ts', 'a test that nobody wrote')).toBe(false);
  });
});

describe('the project', () => {
  const everything = allSources();
  const sources = everything.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'));
  const guide = readFileSync('docs/security.md', 'utf8');

  it('says what it takes of every value', () => {
    expect(guide).toContain('## What is taken');
    const inputs = Object.values(buildSchema(readFileSync('schema/schema.graphql', 'utf8')).getTypeMap()).filter(isInputObjectType);
    expect(inputs.length).toBeGreaterThan(20);
    const fields = inputs.flatMap((type) =>
      Object.values(type.getFields()).map(({ name, description }) => ({ name: `${type.name}.${name}`, description })),
    );
    expect(fields.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });

  it('says what slows who guesses', () => {
    expect(guide).toMatch(/Ten wrong passwords .* the owner signs in from elsewhere/);
  });

  it('says when dependencies are renewed', () => {
    expect(guide).toMatch(/renewed within 7 days/);
  });

  it('gives its cookie to this host over TLS alone', () => {
    const door = sources.find(({ path }) => path === 'src/http/door.ts')?.text ?? '';
    expect(door).toContain("work.config.publicUrl.startsWith('https:') ? '__Host-holdfast' : 'holdfast_session'");
    expect(sources.filter(({ text }) => text.includes('.setCookie(')).map(({ path }) => path)).toEqual(['src/http/door.ts']);
  });

  it('changes nothing by GET but what Stripe leads back to', () => {
    const gets = sources.flatMap(({ text }) => [...text.matchAll(/app\.get\(\s*'([^']+)'[\s\S]*?(?=\n {4}app\.|\n {4}for |\n {2}\};)/g)]);
    expect(gets.length).toBeGreaterThan(10);
    const changing = gets
      .filter(([body]) => /\b(atomically|sync[A-Z]\w+|start(?!Page)[A-Z]\w+|create[A-Z]\w+|set[A-Z]\w+)\(/.test(body))
      .map(([, address]) => address);
    expect(changing.sort()).toEqual(['/connect/refresh', '/connect/return']);
  });

  it('hides every password that is typed, and lets it be pasted and kept', () => {
    const pages = everything.filter(({ path }) => /^(src\/http|console)\/.*\.tsx$/.test(path));
    const inputs = pages.flatMap(({ text }) => [...text.matchAll(/<(?:input|Field|PasswordInput)\b[^>]*assword[^>]*>/g)].map(([tag]) => tag));
    expect(inputs.length).toBeGreaterThan(5);
    for (const tag of inputs) {
      expect(tag).toMatch(/type="password"|<PasswordInput/);
      expect(tag).toMatch(/autoComplete=/);
      expect(tag).not.toMatch(/onPaste|autoComplete="off"/);
    }
  });

  it('uses no cipher, no mode and no hash but the approved ones', () => {
    const calls = sources.flatMap(({ text }) => [...text.matchAll(/create(?:Hash|Hmac|Cipheriv|Decipheriv)\((?:'([^']+)'|(\w+))/g)]);
    expect([...new Set(calls.map(([, name, constant]) => name ?? constant))].sort()).toEqual(['cipher', 'sha256']);
    expect(sources.find(({ path }) => path === 'src/base/sealing.ts')?.text).toContain("const cipher = 'aes-256-gcm';");
  });

  it('brings no history of the source into its image', () => {
    expect(readFileSync('.dockerignore', 'utf8')).toMatch(/^\.git$/m);
  });

  it('takes keys and sessions in headers, never in an address', () => {
    const taken = sources.flatMap(({ text }) =>
      [...text.matchAll(/\bquery(?:\.|\[')(\w*(?:key|token|session|password|secret)\w*)/gi)].map(([, name]) => name),
    );
    expect(new Set(taken)).toEqual(new Set(['session_id'])); // a checkout's, which Stripe puts into its buyer's address
  });
});
