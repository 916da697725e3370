import { setTimeout as wait } from 'node:timers/promises';
import { formAgain, keyOfForm, newForm } from '../../access/strangers/form-age.js';
import { Refusal } from '../../base/errors.js';
import type { Work } from '../../db/work.js';
import type { Guarded } from '../pages/guard.js';

const waitMs = 250;
const triesMax = 20; // within them a checkout is begun that is begun at all

/**
 * Begins what a buyer's form asks for once, however often it is sent: who presses the button twice comes to the same checkout.
 * Refuses as `keyOfForm` does, with CONFLICT a form that was sent before with something else in it or is over, and as `begin` does.
 */
export async function onceByForm<T>(work: Work, form: unknown, begin: (idempotencyKey: string | null) => Promise<T>): Promise<T> {
  const key = keyOfForm(work, form);
  for (let tries = 1; ; tries++) {
    try {
      return await begin(key);
    } catch (error) {
      if (!isAboutForm(error)) throw error;
      if (error.code !== 'IDEMPOTENCY_KEY_IN_USE' || tries >= triesMax)
        throw new Refusal(
          'CONFLICT',
          'This form was sent before.',
          error.path,
          'If you mean to pay once more, look it over and press the button again.',
        );
      await wait(waitMs);
    }
  }
}

/** What guards the form that is shown: the same as before where only what was typed was refused, else another. */
export function guardedBy(work: Work, form: unknown = null, refused: unknown = null): Guarded {
  return { form: isAboutForm(refused) ? newForm(work) : formAgain(work, form), captcha: work.config.captcha };
}

function isAboutForm(refused: unknown): refused is Refusal {
  return refused instanceof Refusal && refused.path?.[0] === 'idempotencyKey';
}
