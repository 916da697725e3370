import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * The 49,000 passwords that are used most. Too few of them are as long as ours must be for what people make of the others then: so each is refused
 * with digits and signs around it, too. Source: Mark Burnett, Today I Am Releasing Ten Million Passwords (2015), by way of zxcvbn-ts
 */
const mostUsed: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/**
 * What longer ones are made of besides: a word or two of these with digits and signs around them, a walk over the keyboard, or the same again and again.
 */
const words =
  `abc abcd access account admin administrator alexander amanda america andrea andrew angel anthony apple asdf asdfgh ashley austin babygirl
  banana barcelona baseball basketball batman beautiful biteme blink bubbles butterfly carlos changeme charlie cheese chelsea chocolate christian computer
  cookie dallas daniel default diamond dolphin dragon elizabeth estrella ferrari flower football forever freedom friends fuckyou gabriel george ginger
  google guest hannah harley heaven hello helloworld hockey holdfast hottie hunter iloveu iloveyou internet jasmine jennifer jessica jesus jordan joseph
  joshua justin killer letmein lifehack liverpool login love lovely loveme lovers madison maggie manchester market martin master matrix matthew mercedes michael
  michelle monkey mother mustang myspace naruto natasha nicole nothing oliver orange pass passord passw passwd password passwort patrick pepper phoenix playboy
  pokemon princess purple qazwsx qwer qwert qwerty qwertyuiop rainbow realmadrid robert root samsung samuel secret sebastian server shadow silver soccer
  spiderman spongebob starwars summer sunshine superman superstar system taylor teacher tennis test testing thomas thunder tigger tinkerbell trustno undertaker
  user vanessa victoria welcome whatever william winter yankees zaq zxcv zxcvb zxcvbnm`
    .split(/\s+/)
    .sort((one, other) => other.length - one.length);
const wordsMax = 3;
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
];
const disguises: Record<string, string> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's', '7': 't' };

/** Whether a password is among the first that somebody tries who guesses. Linear in its length but for a small factor. */
export function isGuessable(password: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  const [unled, unended] = [plain.replace(/^\P{L}+/u, ''), plain.replace(/\P{L}+$/u, '')];
  const bare = unled.replace(/\P{L}+$/u, '');
  const undisguised = bare.replace(/[@4310!$57]/g, (sign) => disguises[sign] ?? '');
  if ([plain, unled, unended, bare, undisguised].some((text) => mostUsed.has(text))) return true;
  return isRepeated(plain) || isWalk(plain) || [bare, undisguised].some((text) => isWords(text.replace(/\P{L}/gu, '')));
}

/** Three letters at most, or a piece of at most five again and again. */
function isRepeated(text: string): boolean {
  if (new Set(text).size <= 3) return true;
  return [1, 2, 3, 4, 5].some((length) => text.length >= 2 * length && text === text.slice(0, length).repeat(text.length).slice(0, text.length));
}

/** Nearly all steps from a letter to the next lead along a row, forwards or backwards. */
function isWalk(text: string): boolean {
  const steps = [...text].slice(1).map((letter, at) => rows.some((row) => row.includes(text[at] + letter) || row.includes(letter + text[at])));
  return steps.filter(Boolean).length >= 0.8 * steps.length;
}

/** Made of a few of the words alone; nothing at all, where there were no letters: such a password is a number. */
function isWords(letters: string, left = wordsMax): boolean {
  if (letters === '') return true;
  return left > 0 && words.some((word) => letters.startsWith(word) && isWords(letters.slice(word.length), left - 1));
}
