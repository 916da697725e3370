import { layout, Problem } from './layout.js';
import type { Refused } from './pay.js';

/** The field in which the password, or a one-time code, comes with a form that was sent on. */
export const proofField = 'againProof';

const atOnce = { autoFocus: true }; // the page asks for nothing else

/** Asks for the password again, and sends the form that took it on as it was. */
export function confirmPage({
  action,
  typed,
  refused,
  person,
  takesCode,
  test,
}: {
  action: string;
  typed: Record<string, string>;
  refused: Refused | null;
  person: string;
  takesCode: boolean;
  test: boolean;
}): string {
  return layout(
    { title: 'Is it still you?', test, person },
    <form method="post" action={action} className="card">
      <h1>Is it still you?</h1>
      <p>
        This moves money, or changes who may. Give {takesCode ? 'a one-time code' : 'your password again'} to go on; nothing has been done yet, and
        what you typed is kept.
      </p>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      {Object.entries(typed).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label htmlFor="proof">{takesCode ? 'One-time code' : 'Password'}</label>
      {takesCode ? (
        <input id="proof" name={proofField} required maxLength={40} autoComplete="one-time-code" {...atOnce} />
      ) : (
        <input id="proof" name={proofField} type="password" required maxLength={128} autoComplete="current-password" {...atOnce} />
      )}
      <button type="submit">Go on</button>
    </form>,
  );
}
