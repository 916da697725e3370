import type { ConnectedAccountRow } from '../accounts/connected-account.js';
import { known } from '../base/assert.js';
import type { Work } from '../db/work.js';
import { type Connected, onAccount, type Platform, platform, type Scope } from '../stripe/scope.js';

/** Where a charge and all that follows from it live at Stripe: on a seller's account, or, null, on the platform's own. */
export type Home = ConnectedAccountRow | null;

export function scopeOf(home: ConnectedAccountRow): Connected;
export function scopeOf(home: null): Platform;
export function scopeOf(home: Home): Scope;
/** The scope of requests about what lives there. */
export function scopeOf(home: Home): Scope {
  return home === null ? platform : onAccount(known(home.stripeAccountId, 'the Stripe account'));
}

/** Where the charge of a payment or purchase lives. */
export async function homeOf(work: Work, { connectedAccountId }: { connectedAccountId: string | null }): Promise<Home> {
  if (connectedAccountId === null) return null;
  return work.read.selectFrom('connectedAccount').selectAll().where('id', '=', connectedAccountId).executeTakeFirstOrThrow();
}
