import type { ApiKeyRow } from '../../access/keys/api-key.js';
import { isForAccounts, scopes } from '../../access/keys/scopes.js';
import type { SeatRole } from '../../access/people.js';
import type { InvitationRow } from '../../access/seats/invitation.js';
import type { Place } from '../../access/seats/places.js';
import { Field, isTold, type RefusedForm, reachable } from './field.js';
import { layout, Notice, Problem } from './layout.js';

export interface AccessToAccount {
  person: string;
  personId: string;
  /** Whether they may change any of it. */
  isOwner: boolean;
  test: boolean;
  now: Date;
  seats: readonly Place<SeatRole>[];
  invitations: readonly InvitationRow[];
  keys: readonly ApiKeyRow[];
  /** What is shown once: the text of a key, or the link of an invitation. */
  once: { title: string; text: string } | null;
  notice: string | null;
  refused: RefusedForm | null;
}

const roles: Record<string, string> = { OWNER: 'Owner: everything', MEMBER: 'Member: all but keys, people and disconnecting' };

/** Who gets at an account: its people, who is invited, and its programs' keys. */
export function accessPage(page: AccessToAccount): string {
  const { person, test, notice, refused, once } = page;
  const isBeside = isTold(refused, 'invite', ['email']) || isTold(refused, 'key', ['name']);
  return layout(
    { title: 'People and keys', test, person, wide: true },
    <>
      <p>
        <a href="/connect">Back</a>
      </p>
      <h1>People and keys</h1>
      {notice && <Notice text={notice} />}
      {refused && !isBeside && <Problem message={refused.message} remedy={refused.remedy} />}
      {once && (
        <div className="note good" role="status">
          <strong>{once.title} It is shown here and never again.</strong>
          <p>
            <code>{once.text}</code>
          </p>
        </div>
      )}
      <People {...page} />
      <Keys {...page} />
    </>,
  );
}

function People({ seats, invitations, isOwner, personId, refused }: AccessToAccount) {
  return (
    <section className="card">
      <h2>People</h2>
      <div className="scroll" {...reachable}>
        <table>
          <Head columns={['Name', 'E-mail address', 'May', 'Ends']} />
          <tbody>
            {seats.map(({ id, name, email, role }) => (
              <tr key={id}>
                <td>{name}</td>
                <td>{email}</td>
                <td>{roles[role]}</td>
                <td>{isOwner && id !== personId && <Small action="end-seat" name="person" value={id} label={`Remove ${name}`} />}</td>
              </tr>
            ))}
            {invitations.map(({ id, email, role, expiresAt }) => (
              <tr key={id}>
                <td>Invited</td>
                <td>{email}</td>
                <td>{roles[role]}</td>
                <td>
                  {day(expiresAt)} {isOwner && <Small action="withdraw" name="invitation" value={id} label="Withdraw" />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {isOwner && (
        <form method="post" action="/connect/access/invite">
          <Field id="email" name="email" label="Invite somebody by their e-mail address" type="email" required maxLength={254} refused={refused} />
          <label htmlFor="role">They may</label>
          <select id="role" name="role">
            <option value="MEMBER">{roles['MEMBER']}</option>
            <option value="OWNER">{roles['OWNER']}</option>
          </select>
          <button type="submit">Invite</button>
        </form>
      )}
    </section>
  );
}

function Keys({ keys, isOwner, now, refused }: AccessToAccount) {
  return (
    <section className="card">
      <h2>Keys of programs</h2>
      {keys.length > 0 && (
        <div className="scroll" {...reachable}>
          <table>
            <Head columns={['Name', 'May', 'Last used', 'Ends']} />
            <tbody>
              {keys.map((key) => (
                <tr key={key.id}>
                  <td>{key.name}</td>
                  <td className="words">{key.scopes.join(', ')}</td>
                  <td>{key.lastUsedAt ? day(key.lastUsedAt) : 'never'}</td>
                  <td>
                    {endOf(key, now)} {isOwner && endOf(key, now) !== 'over' && <Small action="revoke" name="key" value={key.id} label="Revoke" />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isOwner && (
        <form method="post" action="/connect/access/key">
          <Field id="name" name="name" label="Make a key: what to call it" required maxLength={200} refused={refused} />
          <fieldset>
            <legend>It may</legend>
            {Object.entries(scopes)
              .filter(([scope]) => isForAccounts(scope as keyof typeof scopes))
              .map(([scope, meaning]) => (
                <label key={scope}>
                  <input type="checkbox" name={`may ${scope}`} /> {meaning}
                </label>
              ))}
          </fieldset>
          <button type="submit">Make the key</button>
        </form>
      )}
    </section>
  );
}

function Head({ columns }: { columns: string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Small({ action, name, value, label }: { action: string; name: string; value: string; label: string }) {
  return (
    <form method="post" action={`/connect/access/${action}`}>
      <input type="hidden" name={name} value={value} />
      <button type="submit" className="plain small">
        {label}
      </button>
    </form>
  );
}

function endOf({ revokedAt, expiresAt }: ApiKeyRow, now: Date): string {
  if (revokedAt !== null || (expiresAt !== null && expiresAt <= now)) return 'over';
  return expiresAt ? day(expiresAt) : '';
}

function day(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
