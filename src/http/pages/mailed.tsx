import { layout, Problem } from './layout.js';
import type { Refused } from './pay.js';

interface Asked {
  refused: Refused | null;
  test: boolean;
}

/** Asks for the address to which a link goes that chooses another password. */
export function forgottenPage({ email, refused, test }: Asked & { email: string }): string {
  return layout(
    { title: 'Another password', test },
    <form method="post" className="card">
      <h1>Choose another password</h1>
      <p>A link to do so goes to your e-mail address. It works once, within 30 minutes.</p>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="email">E-mail address</label>
      <input id="email" name="email" type="email" required maxLength={254} autoComplete="email" defaultValue={email} />
      <button type="submit">Send the link</button>
      <p>
        <br />
        <a href="/sign-in">Sign in</a>
      </p>
    </form>,
  );
}

/** Says that a letter is on its way: to everybody the same, whether the address is anybody's or not. */
export function lookIntoMailPage({ email, test }: { email: string; test: boolean }): string {
  return layout(
    { title: 'Look into your mail', test },
    <div className="card">
      <h1>Look into your mail</h1>
      <p>What to do next was sent to {email}, if that is an address we can help. It may take a minute; look where unwanted mail goes too.</p>
      <p>
        <a href="/sign-in">Sign in</a>
      </p>
    </div>,
  );
}

/** The form behind the link of a letter: a new password, or the one that was chosen, which confirms the address. */
export function linkPage({ purpose, refused, test }: Asked & { purpose: 'RESET' | 'CONFIRM' }): string {
  const isReset = purpose === 'RESET';
  const title = isReset ? 'Choose another password' : 'Confirm your e-mail address';
  return layout(
    { title, test },
    <form method="post" className="card">
      <h1>{title}</h1>
      {!isReset && <p>Give the password you chose when you signed up. If you did not sign up, leave this page: nothing happens then.</p>}
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="password">{isReset ? 'New password' : 'Password'}</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        maxLength={128}
        autoComplete={isReset ? 'new-password' : 'current-password'}
        {...(isReset ? { minLength: 10, 'aria-describedby': 'rule' } : {})}
      />
      {isReset && <small id="rule">10 to 128 characters; a few words are fine. You are signed out everywhere.</small>}
      <button type="submit">{isReset ? 'Change it' : 'Confirm'}</button>
    </form>,
  );
}
