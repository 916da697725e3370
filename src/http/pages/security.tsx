import encodeQR from 'qr';
import type { OwnSession } from '../../access/own-sessions.js';
import type { Enrolment } from '../../access/second-factor/enrolling.js';
import { Field, isTold, type RefusedForm, reachable } from './field.js';
import { layout, Notice, Problem } from './layout.js';

export interface Security {
  person: string;
  email: string;
  home: string;
  test: boolean;
  sessions: readonly OwnSession[];
  hasSecondFactor: boolean;
  mustEnrol: boolean;
  /** What is shown once: what a device reads, and the codes that replace it. */
  enrolment: Enrolment | null;
  recoveryCodes: readonly string[] | null;
  notice: string | null;
  refused: RefusedForm | null;
}

/** How a person signs in, and where they are signed in. */
export function securityPage(page: Security): string {
  const { person, email, home, test, mustEnrol, notice, refused } = page;
  return layout(
    { title: 'Signing in', test, person, wide: true },
    <>
      <p>
        <a href={home}>Back</a>
      </p>
      <h1>Signing in</h1>
      <p className="soft">You sign in as {email}.</p>
      {notice && <Notice text={notice} />}
      {mustEnrol && <Problem message="Set up one-time codes first." remedy="The marketplace’s staff sign in with them." />}
      {refused && !isTold(refused, 'confirm-codes', ['code']) && !isTold(refused, 'password', ['currentPassword', 'newPassword']) && (
        <Problem message={refused.message} remedy={refused.remedy} />
      )}
      <div className="two">
        <Codes {...page} />
        <Password refused={refused} />
      </div>
      {home === '/connect' && (
        <p>
          Who else gets at the account stands under <a href="/connect/access">people and keys</a>.
        </p>
      )}
      <Sessions sessions={page.sessions} />
    </>,
  );
}

function Codes({ hasSecondFactor, enrolment, recoveryCodes, refused, mustEnrol }: Security) {
  const isCodeRefused = isTold(refused, 'confirm-codes', ['code']);
  return (
    <section className="card">
      <h2>One-time codes</h2>
      {recoveryCodes && <RecoveryCodes codes={recoveryCodes} />}
      {(enrolment || isCodeRefused) && <Enrol enrolment={enrolment} refused={refused} />}
      {hasSecondFactor && !recoveryCodes && (
        <>
          <p>You are asked for a code of your device at each sign-in, and before what moves money or rights.</p>
          <form method="post" action="/security/recovery-codes">
            <button type="submit" className="plain">
              Other codes for a lost device
            </button>
          </form>
        </>
      )}
      {hasSecondFactor && !mustEnrol && (
        <form method="post" action="/security/remove-codes">
          <button type="submit" className="danger">
            Sign in without one-time codes
          </button>
        </form>
      )}
      {!hasSecondFactor && !enrolment && !isCodeRefused && (
        <form method="post" action="/security/codes">
          <p>An app on your phone shows a new code every half a minute. Whoever learns your password still lacks it.</p>
          <button type="submit">Set up one-time codes</button>
        </form>
      )}
    </section>
  );
}

/** The picture is shown once; where a code was wrong, the device has read it. */
function Enrol({ enrolment, refused }: { enrolment: Enrolment | null; refused: RefusedForm | null }) {
  return (
    <form method="post" action="/security/confirm-codes">
      {enrolment && (
        <>
          <p>Read this picture with the app, or type the letters below it. Then give the code the app shows.</p>
          <div
            role="img"
            aria-label="QR code of the letters below"
            dangerouslySetInnerHTML={{ __html: encodeQR(enrolment.uri, 'svg', { border: 2 }) }}
          />
          <p>
            <code>{enrolment.secret}</code>
          </p>
        </>
      )}
      <Field
        id="code"
        name="code"
        label="Code"
        required
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={20}
        refused={isTold(refused, 'confirm-codes', ['code']) ? refused : null}
      />
      <button type="submit">Turn them on</button>
    </form>
  );
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <>
      <p>
        <strong>Keep these codes where your device is not.</strong> Each signs you in once, should the device be lost. They are not shown again.
      </p>
      <ul>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

function Password({ refused }: { refused: RefusedForm | null }) {
  const told = isTold(refused, 'password', ['currentPassword', 'newPassword']) ? refused : null;
  return (
    <form method="post" action="/security/password" className="card">
      <h2>Password</h2>
      <Field
        id="currentPassword"
        name="currentPassword"
        label="Present password"
        type="password"
        required
        maxLength={128}
        autoComplete="current-password"
        refused={told}
      />
      <Field
        id="newPassword"
        name="newPassword"
        label="New password"
        hint="10 to 128 characters; a few words are fine. You are signed out everywhere else."
        type="password"
        required
        minLength={10}
        maxLength={128}
        autoComplete="new-password"
        refused={told}
      />
      <button type="submit">Change it</button>
    </form>
  );
}

function Sessions({ sessions }: { sessions: readonly OwnSession[] }) {
  return (
    <section className="card">
      <h2>Where you are signed in</h2>
      <div className="scroll" {...reachable}>
        <table>
          <thead>
            <tr>
              <th scope="col">Since</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="soft">Sign out</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map(({ id, createdAt, lastSeenAt, current }) => (
              <tr key={id}>
                <td>{told(createdAt)}</td>
                <td>{current ? 'here, now' : told(lastSeenAt)}</td>
                <td>
                  <form method="post" action="/security/sign-out">
                    <input type="hidden" name="session" value={id} />
                    <button type="submit" className="plain small">
                      Sign out
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function told(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
