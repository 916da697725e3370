/** What stands in the place of a secret. */
export const hidden = '[hidden]';

const secretMembers = new Set(['authentication_token', 'client_secret', 'secret', 'apiKey']);
/** Objects whose address opens somebody's account to whoever has it. */
const opening = new Set(['billing_portal.session', 'account_link', 'login_link', 'checkout.session']);
const secretTexts = /\b(?:sk|rk|mes|whsec|ek)_[\w.]{8,}/g;

/** A value as it may be shown, logged and kept: without keys, tokens, secrets, and addresses that are credentials. */
export function masked(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(secretTexts, hidden);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  const kind: unknown = 'object' in value ? value.object : null;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => {
      const isSecret = secretMembers.has(name) || (name === 'url' && opening.has(String(kind)));
      return [name, isSecret && typeof of === 'string' ? hidden : masked(of)];
    }),
  );
}
