import { Guard, type Guarded } from './guard.js';
import { layout, Notice, Problem } from './layout.js';
import type { Refused } from './pay.js';

interface Typed {
  name: string;
  email: string;
  refused: Refused | null;
  test: boolean;
}

/** Where everybody begins; `playingOn` is the day that a demo has come to which is being played. */
export function startPage({ test, playingOn }: { test: boolean; playingOn: Date | null }): string {
  return layout(
    { title: 'Holdfast', test },
    <div className="card">
      <h1>Get paid by your audience</h1>
      {playingOn && (
        <Notice
          text={`Half a year of a demo is being played, and has come to ${playingOn.toISOString().slice(0, 10)}. Look around, or wait until it is today again.`}
        />
      )}
      <p>
        Connect payments once, set what a membership or a single payment costs, and share one link. Buyers pay on Stripe’s page; the money goes to
        you.
      </p>
      <a className="button" href="/sign-up">
        Start selling
      </a>
      <p>
        <br />
        Already here? <a href="/sign-in">Sign in</a>. Building on it? <a href="/graphql">The API</a>.
      </p>
    </div>,
  );
}

export function signUpPage({ name, email, refused, test, guarded }: Typed & { guarded: Guarded }): string {
  return layout(
    { title: 'Sign up', test },
    <form method="post" className="card">
      <h1>Sign up to sell</h1>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="name">Name that buyers see</label>
      <input id="name" name="name" required maxLength={200} autoComplete="organization" defaultValue={name} />
      <label htmlFor="email">E-mail address</label>
      <input id="email" name="email" type="email" required maxLength={254} autoComplete="email" defaultValue={email} />
      <label htmlFor="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        minLength={10}
        maxLength={128}
        autoComplete="new-password"
        aria-describedby="rule"
      />
      <small id="rule">10 to 128 characters; a few words are fine.</small>
      <Guard {...guarded} />
      <button type="submit">Sign up</button>
      <p>
        <br />
        Already here? <a href="/sign-in">Sign in</a>
      </p>
    </form>,
  );
}

/** Asks for a one-time code of who has given their password. */
export function codePage({ refused, test }: { refused: Refused | null; test: boolean }): string {
  return layout(
    { title: 'Your code', test },
    <form method="post" className="card">
      <h1>Your code</h1>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="code">One-time code</label>
      <input id="code" name="code" required maxLength={40} autoComplete="one-time-code" aria-describedby="which" />
      <small id="which">The one your device shows now; or if you lost it, one of those you kept.</small>
      <button type="submit">Sign in</button>
      <p>
        <br />
        <a href="/sign-in">Begin again</a>
      </p>
    </form>,
  );
}

export function signInPage({ email, refused, test }: Omit<Typed, 'name'>): string {
  return layout(
    { title: 'Sign in', test },
    <form method="post" className="card">
      <h1>Sign in</h1>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="email">E-mail address</label>
      <input id="email" name="email" type="email" required maxLength={254} autoComplete="email" defaultValue={email} />
      <label htmlFor="password">Password</label>
      <input id="password" name="password" type="password" required maxLength={128} autoComplete="current-password" />
      <button type="submit">Sign in</button>
      <p>
        <br />
        New here? <a href="/sign-up">Sign up to sell</a>. <a href="/forgot">Forgot your password?</a>
      </p>
    </form>,
  );
}
