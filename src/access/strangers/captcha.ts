import { secondMs } from '../../base/clock.js';
import { Refusal } from '../../base/errors.js';
import { assertOutsideTransaction, originOf, type Work } from '../../db/work.js';
import { anonymous, type Viewer } from '../viewer.js';

const silenceMaxMs = 5 * secondMs;
const responseMax = 10_000; // characters; theirs have some 2,000

/**
 * Where a captcha is set up, a stranger shows that they have solved it: who is signed in or has a key is none. Refuses with INVALID who has not,
 * and everybody while nobody can tell. An answer is taken once: by those who gave the puzzle.
 */
export async function assertSolved(work: Work, viewer: Viewer = anonymous): Promise<void> {
  const { captcha } = work.config;
  if (captcha === null || viewer.kind !== 'ANONYMOUS') return;
  const { captchaResponse, address } = originOf(work);
  if (!captchaResponse || captchaResponse.length > responseMax) throw unsolved();

  assertOutsideTransaction();
  const asked = { secret: captcha.secret.reveal(), response: captchaResponse, ...(address === null ? {} : { remoteip: address }) };
  const isSolved = await verify(captcha.verifyUrl, asked).catch((error: unknown) => {
    work.log.error({ err: error }, 'nobody tells whether captchas are solved; strangers are refused meanwhile');
    throw new Refusal('INVALID', 'Whether you solved the puzzle cannot be found out at this moment.', ['captcha'], 'Try again in a minute.');
  });
  if (!isSolved) throw unsolved();
}

async function verify(url: string, asked: Record<string, string>): Promise<boolean> {
  const answer = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(asked),
    redirect: 'error',
    signal: AbortSignal.timeout(silenceMaxMs),
  });
  if (!answer.ok) throw new Error(`the captcha's server answered ${answer.status}`);
  const told: unknown = await answer.json();
  return typeof told === 'object' && told !== null && 'success' in told && told.success === true;
}

function unsolved(): Refusal {
  return new Refusal('INVALID', 'It was not shown that a person asks.', ['captcha'], 'Solve the puzzle above the button, and press it again.');
}
