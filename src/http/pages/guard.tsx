import type { Captcha } from '../../base/captcha.js';

/** What guards a form that strangers may send. */
export interface Guarded {
  /** When it was shown, sealed. */
  form: string;
  captcha: Captcha | null;
}

/** What a form carries that strangers may send: when it was shown, and the puzzle where there is one. */
export function Guard({ form, captcha }: Guarded) {
  return (
    <>
      <input type="hidden" name="form" value={form} />
      {captcha && (
        <>
          <div className={captcha.widgetClass} data-sitekey={captcha.siteKey} />
          <script src={captcha.scriptUrl} async defer />
          <noscript>
            <p className="note bad">This form shows a puzzle, which takes JavaScript.</p>
          </noscript>
        </>
      )}
    </>
  );
}
