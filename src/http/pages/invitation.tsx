import type { Shown } from '../../access/seats/accepting.js';
import { layout, Problem } from './layout.js';
import type { Refused } from './pay.js';

const places: Record<Shown['role'], string> = {
  VIEWER: 'look at everything',
  OPERATOR: 'look at everything, and act',
  ADMIN: 'administer the marketplace',
  OWNER: 'own the account',
  MEMBER: 'work in the account',
};

/** What somebody is invited to, and the form that takes it up. */
export function invitationPage({
  email,
  role,
  accountName,
  name,
  refused,
  test,
}: Shown & { name: string; refused: Refused | null; test: boolean }): string {
  return layout(
    { title: 'Your invitation', test },
    <form method="post" className="card">
      <h1>Join {accountName ?? 'the staff'}</h1>
      <p>
        This invitation is for {email}, to {places[role]}.
      </p>
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      <label htmlFor="name">Your name</label>
      <input id="name" name="name" maxLength={200} autoComplete="name" defaultValue={name} aria-describedby="known" />
      <small id="known">Leave it empty if you have signed in here before.</small>
      <label htmlFor="password">Password</label>
      <input id="password" name="password" type="password" required maxLength={128} autoComplete="current-password" aria-describedby="rule" />
      <small id="rule">A new one of 10 to 128 characters; or the one you have here already.</small>
      <button type="submit">Join</button>
    </form>,
  );
}
