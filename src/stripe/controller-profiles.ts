export type DashboardKind = 'full' | 'express' | 'none';
export type FeesPayer = 'account' | 'application';
export type LossesBearer = 'stripe' | 'application';
export type RequirementCollector = 'stripe' | 'application';

/** Who bears what of a connected account. Fixed when it is made. */
export interface Controller {
  dashboard: DashboardKind;
  fees: FeesPayer;
  losses: LossesBearer;
  requirementCollection: RequirementCollector;
}

/** What may be sold under a controller, and why or why not. */
export interface Verdict {
  verdict: 'ALLOWED' | 'CAUTION' | 'BLOCKED';
  because: string;
}

/** The profiles a new account can be given. */
export const controllerProfiles = {
  express: { dashboard: 'express', fees: 'application', losses: 'application', requirementCollection: 'stripe' },
  embedded: { dashboard: 'none', fees: 'application', losses: 'application', requirementCollection: 'stripe' },
} as const satisfies Record<string, Controller>;
export type ControllerProfile = keyof typeof controllerProfiles;

/**
 * Whether Stripe supports a controller for a charge model. Read top to bottom, the first rule that applies decides.
 * Source: docs.stripe.com/connect/migrate-to-controller-properties and the compatibility matrix of Stripe's Connect recommendations, 2026.
 */
export function judgeController(controller: Controller, chargeModel: 'DIRECT' | 'SEPARATE'): Verdict {
  const { dashboard, fees, losses, requirementCollection } = controller;
  if (losses === 'application' && fees === 'account') return blocked('Stripe takes its fees from the platform where the platform bears the losses.');
  if (requirementCollection === 'application' && (losses !== 'application' || dashboard !== 'none'))
    return blocked('A platform that collects requirements bears the losses and offers no Stripe dashboard.');
  if (dashboard !== 'none' && requirementCollection !== 'stripe')
    return blocked('Accounts with a Stripe dashboard answer Stripe’s questions at Stripe.');
  if (chargeModel === 'SEPARATE' && losses === 'stripe')
    return blocked('For separate charges the platform bears disputes and fees, whatever the account says.');
  if (dashboard === 'none' && losses === 'stripe') return blocked('Without a dashboard, Stripe bears no losses.');
  if (dashboard === 'express' && losses === 'stripe')
    return { verdict: 'CAUTION', because: 'Stripe bears losses of Express accounts only in a beta.' };
  if (dashboard === 'full' && chargeModel === 'SEPARATE')
    return { verdict: 'CAUTION', because: 'Sellers with a full dashboard see transfers whose charges they cannot see.' };
  return { verdict: 'ALLOWED', because: 'Stripe supports it.' };
}

function blocked(because: string): Verdict {
  return { verdict: 'BLOCKED', because };
}
