import { randomUUID } from 'node:crypto';
import { at, hourMs, later, secondMs } from '../../base/clock.js';
import { Refusal } from '../../base/errors.js';
import { sha256 } from '../../base/ids.js';
import { seal, unseal } from '../../base/sealing.js';
import type { Work } from '../../db/work.js';

const purpose = 'when a form was shown';
const formLifeMs = 2 * hourMs; // longer than anybody makes up their mind about a price
const tokenMax = 300; // characters

/** What a form carries that strangers may send: sealed, when it was shown, and what tells it from all others. */
export function newForm({ config, wallClock }: Work): string {
  return seal(config.sealingKeys, purpose, `${wallClock.now().getTime()} ${randomUUID()}`);
}

/**
 * The key under which whatever a form asks for is done once, however often it is sent; null for a form that nobody was shown, where those are taken.
 * Refuses with INVALID a form that nobody was shown, one that is older than two hours, and one that was sent quicker than a person is.
 */
export function keyOfForm(work: Work, form: unknown): string | null {
  const secondsMin = work.config.formSecondsMin;
  const opened = open(work, form);
  if (opened === null) {
    if (secondsMin === 0) return null;
    throw again('This form was not filled in on this page, or too long ago.');
  }
  const now = work.wallClock.now();
  if (isOver(work, opened)) throw again('This page was open for longer than two hours, and prices change.');
  if (now < later(opened.shownAt, secondsMin * secondMs)) throw again('That was quicker than we expect of a person.');
  return opened.key;
}

/** The form to show with what was refused: the same, while it may be sent, so that nobody waits for another to grow old. */
export function formAgain(work: Work, form: unknown): string {
  const opened = open(work, form);
  return opened === null || isOver(work, opened) ? newForm(work) : (form as string);
}

interface Opened {
  shownAt: Date;
  key: string;
}

function open({ config }: Work, form: unknown): Opened | null {
  if (typeof form !== 'string' || form === '' || form.length > tokenMax) return null;
  try {
    const text = unseal(config.sealingKeys, purpose, form);
    return { shownAt: at(Number(text.split(' ')[0])), key: sha256(text) };
  } catch {
    return null; // made by somebody else, or sealed with a key that is gone
  }
}

function isOver({ wallClock }: Work, { shownAt }: Opened): boolean {
  return later(shownAt, formLifeMs) < wallClock.now();
}

function again(message: string): Refusal {
  return new Refusal('INVALID', message, ['form'], 'What you typed is kept: look it over, and press the button again.');
}
