import { assert } from '../base/assert.js';

declare const connectedBrand: unique symbol;

/** A request on the platform's own account. */
export type Platform = 'platform';
/** A request on a seller's account: it carries the `Stripe-Account` header. Never a bare string, so that it cannot be forgotten or mixed up. */
export type Connected = string & { readonly [connectedBrand]: true };
/** Whose account a request is about. Every function of this room that talks to Stripe asks. */
export type Scope = Platform | Connected;

export const platform: Platform = 'platform';

/** The scope of one connected account. An empty or foreign id would fall back to the platform's own account, so none passes. */
export function onAccount(stripeAccountId: string): Connected {
  assert(/^acct_\w{1,64}$/.test(stripeAccountId), 'a scope that is not the id of a Stripe account');
  return stripeAccountId as Connected;
}

/** The SDK's request options of a scope. */
export function scopeOptions(scope: Scope): { stripeAccount?: string } {
  return scope === platform ? {} : { stripeAccount: scope };
}
