import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Denied, Refusal } from '../base/errors.js';
import { isGuessable } from './guessable.js';

// Source: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB, two passes, one lane
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const atOnceMax = 2; // each takes a core for a tenth of a second
const queueMax = 50;
const lengthMin = 10;
const lengthMax = 128;

const derive = promisify(argon2);
let running = 0;
const waiting: (() => void)[] = [];

/** Refuses with INVALID a password too short to be safe, too long to be one, or among the first that somebody tries who guesses. */
export function checkPassword(password: string, path: string[]): void {
  if (password.length >= lengthMin && password.length <= lengthMax) {
    if (!isGuessable(password)) return;
    throw new Refusal('INVALID', 'This password is among the first that are tried.', path, 'Use a few words that belong together for you alone.');
  }
  throw new Refusal(
    'INVALID',
    `The password has ${password.length} characters.`,
    path,
    `Use ${lengthMin} to ${lengthMax} characters; a few words are fine.`,
  );
}

/** The password as it is stored: the salt and the hash, nothing that leads back. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await hashWith(password, salt);
  return `argon2id$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Whether the password is the stored one. Takes the same time for a person who does not exist, so that waiting tells nothing. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const [, salt, hash] = (stored ?? nobody).split('$');
  const given = await hashWith(password.slice(0, lengthMax), Buffer.from(salt as string, 'base64'));
  return timingSafeEqual(given, Buffer.from(hash as string, 'base64')) && stored !== null;
}

const nobody = `argon2id$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;

async function hashWith(password: string, salt: Buffer): Promise<Buffer> {
  await enter();
  try {
    return await derive('argon2id', { ...cost, message: Buffer.from(password.normalize('NFKC')), nonce: salt });
  } finally {
    leave();
  }
}

/** Waits for one of two places. Refuses with RATE_LIMITED when too many wait already. */
async function enter(): Promise<void> {
  if (running >= atOnceMax) {
    if (waiting.length >= queueMax) throw new Denied('RATE_LIMITED', 'Too many people are signing in at this moment.', 5);
    return new Promise<void>((turn) => waiting.push(turn));
  }
  running++;
}

/** Gives the place to who waits longest, without a moment in which another could take it. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}
