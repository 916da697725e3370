import { layout, Problem } from './layout.js';
import type { Refused } from './pay.js';

/** The field in which the password comes with a form that was sent on. */
export const passwordAgain = 'passwordAgain';

const atOnce = { autoFocus: true }; // the page asks for nothing else

/** Asks for the password again, and sends the form that took it on as it was. */
export function confirmPage({
  action,
  typed,
  refused,
  person,
  test,
}: {
  action: string;
  typed: Record<string, string>;
  refused: Refused | null;
  person: string;
  test: boolean;
}): string {
  return layout(
    { title: 'Is it still you?', test, person },
    <form method="post" action={action} className="card">
      <h1>Is it still you?</h1>
      <p>This moves money, or changes who may. Give your password again to go on; nothing has been done yet, and what you typed is kept.</p>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      {Object.entries(typed).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label htmlFor="password">Password</label>
      <input id="password" name={passwordAgain} type="password" required maxLength={128} autoComplete="current-password" {...atOnce} />
      <button type="submit">Go on</button>
    </form>,
  );
}
