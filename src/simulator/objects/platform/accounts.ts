import type { Stripe } from 'stripe';
import { ApiError, invalid } from '../../protocol/errors.js';
import { flag, object, oneOf, required, type Spec, text, texts, type Values } from '../../protocol/parameters.js';
import type { Route } from '../../route.js';
import { type Part, platformOwner, type Stored, type World } from '../../world.js';

/** A connected account as kept: Stripe's shape, and what the simulator needs beside it. */
export type SimAccount = Stored &
  Part<Stripe.Account> & { capabilities: Record<string, string>; controller: Part<Stripe.Account.Controller>; deauthorized?: boolean };

const requested = object({ requested: flag });
const createSpec = {
  country: text,
  email: text,
  business_type: oneOf('company', 'government_entity', 'individual', 'non_profit'),
  default_currency: text,
  controller: object({
    fees: object({ payer: oneOf('account', 'application') }),
    losses: object({ payments: oneOf('application', 'stripe') }),
    requirement_collection: oneOf('application', 'stripe'),
    stripe_dashboard: object({ type: oneOf('express', 'full', 'none') }),
  }),
  capabilities: object({ card_payments: requested, transfers: requested }),
  tos_acceptance: object({ service_agreement: text }),
  metadata: texts,
} satisfies Spec<Stripe.AccountCreateParams>;
const linkSpec = {
  account: required(text),
  refresh_url: text,
  return_url: text,
  type: required(oneOf('account_onboarding', 'account_update')),
} satisfies Spec<Stripe.AccountLinkCreateParams>;

const linkLifeSeconds = 300;
const currencies: Record<string, string> = {
  US: 'usd',
  GB: 'gbp',
  JP: 'jpy',
  CA: 'cad',
  AU: 'aud',
  CH: 'chf',
  SE: 'sek',
  DK: 'dkk',
  NO: 'nok',
  PL: 'pln',
  CZ: 'czk',
  BR: 'brl',
  IN: 'inr',
  MX: 'mxn',
  SG: 'sgd',
  NZ: 'nzd',
  HK: 'hkd',
};
const questions = [
  'business_profile.url',
  'external_account',
  'individual.dob.day',
  'individual.first_name',
  'individual.last_name',
  'tos_acceptance.date',
];

export const accountRoutes: Route[] = [
  { method: 'POST', path: '/v1/accounts', spec: createSpec, platformOnly: true, run: ({ world, values }) => create(world, values) },
  { method: 'GET', path: '/v1/accounts/:id', spec: {}, platformOnly: true, run: ({ world, id }) => connectedOf(world, id) },
  { method: 'GET', path: '/v1/accounts', listOf: 'account', platformOnly: true },
  { method: 'DELETE', path: '/v1/accounts/:id', spec: {}, platformOnly: true, run: ({ world, id }) => remove(world, id) },
  {
    method: 'POST',
    path: '/v1/account_links',
    spec: linkSpec,
    platformOnly: true,
    run: ({ world, values, origin }) => createLink(world, values, origin),
  },
];

/** The account behind an id, or what Stripe says of one that left. */
export function connectedOf(world: World, id: string): SimAccount {
  const account = world.find<SimAccount>(platformOwner, 'account', id);
  if (!account || account.deauthorized) {
    throw new ApiError(403, {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
    });
  }
  return account;
}

function create(world: World, values: Values<typeof createSpec>): object {
  const controller = values.controller ?? {};
  const collection = controller.requirement_collection ?? 'stripe';
  const losses = controller.losses?.payments ?? 'stripe';
  const fees = controller.fees?.payer ?? 'account';
  const dashboard = controller.stripe_dashboard?.type ?? 'full';
  if (losses === 'application' && fees === 'account')
    throw invalid(null, 'The platform pays fees where it is liable for losses.', 'controller[fees][payer]');
  if (collection === 'application' && (losses !== 'application' || dashboard !== 'none'))
    throw invalid(
      null,
      'Requirement collection by the platform needs its liability for losses and no dashboard.',
      'controller[requirement_collection]',
    );
  const country = values.country ?? 'US';
  if (!/^[A-Z]{2}$/.test(country)) throw invalid('country_unsupported', `Country '${country}' is unknown.`, 'country');

  const asked = Object.entries(values.capabilities ?? {}).filter(([, capability]) => capability?.requested);
  const account: SimAccount = world.add(platformOwner, {
    id: world.id('acct'),
    object: 'account',
    created: world.now,
    country,
    default_currency: currencies[country] ?? 'eur',
    email: values.email ?? null,
    type: 'none',
    details_submitted: false,
    charges_enabled: false,
    payouts_enabled: false,
    capabilities: Object.fromEntries(asked.map(([name]) => [name, 'inactive'])),
    controller: {
      type: 'application',
      is_controller: true,
      fees: { payer: fees },
      losses: { payments: losses },
      requirement_collection: collection,
      stripe_dashboard: { type: dashboard },
    },
    external_accounts: { object: 'list', data: [], has_more: false, url: '' },
    requirements: openQuestions(),
    metadata: values.metadata ?? {},
  });
  return account;
}

type BankAccount = Part<Stripe.BankAccount> & { status: string };

function bankOf({ external_accounts: banks }: SimAccount): BankAccount | undefined {
  return banks?.data?.[0] as BankAccount | undefined;
}

export function hasBank(account: SimAccount): boolean {
  return bankOf(account)?.status === 'new';
}

/** A payout came back: the bank account is out of use until the seller gives another. */
export function bankRefused(world: World, account: SimAccount): void {
  const bank = bankOf(account);
  if (!bank) return;
  bank.status = 'errored';
  world.emit(account.id, 'account.external_account.updated', bank);
}

function giveBank(world: World, account: SimAccount): void {
  const { id, country = 'US', default_currency: currency = 'usd' } = account;
  const bank = { id: world.id('ba'), object: 'bank_account', account: id, country, currency, last4: '6789', status: 'new', metadata: {} } as const;
  account.external_accounts = { object: 'list', data: [bank], has_more: false, url: `/v1/accounts/${id}/external_accounts` };
}

function openQuestions(): Part<Stripe.Account.Requirements> {
  return {
    currently_due: questions,
    past_due: [],
    eventually_due: questions,
    pending_verification: [],
    errors: [],
    alternatives: [],
    current_deadline: null,
    disabled_reason: 'requirements.past_due',
  };
}

function remove(world: World, id: string): object {
  const account = connectedOf(world, id);
  for (const currency of world.ledger.currenciesOf(id)) {
    const left = world.ledger.balance(currency, `${id}:pending`) + world.ledger.balance(currency, `${id}:available`);
    if (left !== 0) throw invalid(null, 'The account cannot be deleted while its balance is not zero.');
  }
  account.deauthorized = true;
  world.emit(id, 'account.application.deauthorized', { id: 'ca_simulator', object: 'application', name: 'The platform' });
  return { id, object: 'account', deleted: true };
}

function createLink(world: World, values: Values<typeof linkSpec>, origin: string): object {
  const account = connectedOf(world, values.account as string);
  const token = world.id('tok').slice(4);
  world.links.set(token, {
    account: account.id,
    expiresAt: world.now + linkLifeSeconds,
    returnUrl: values.return_url ?? '',
    refreshUrl: values.refresh_url ?? '',
  });
  return { object: 'account_link', created: world.now, expires_at: world.now + linkLifeSeconds, url: `${origin}/setup/e/${account.id}/${token}` };
}

/** What becomes of an onboarding: finished, left unfinished, or restricted by Stripe. */
export function onboard(world: World, id: string, outcome: 'complete' | 'pending' | 'restricted'): void {
  const account = connectedOf(world, id);
  const done = outcome === 'complete';
  if (outcome !== 'pending') {
    account.details_submitted = true;
    account.charges_enabled = done && account.capabilities['card_payments'] !== undefined;
    account.payouts_enabled = done;
    if (done && !hasBank(account)) giveBank(world, account);
    for (const name of Object.keys(account.capabilities)) account.capabilities[name] = done ? 'active' : 'inactive';
    account.requirements = done
      ? { ...openQuestions(), currently_due: [], eventually_due: [], disabled_reason: null }
      : {
          ...openQuestions(),
          currently_due: ['individual.verification.document'],
          past_due: ['individual.verification.document'],
          eventually_due: ['individual.verification.document'],
          disabled_reason: 'requirements.past_due',
        };
  }
  world.emit(id, 'account.updated', account);
  for (const name of Object.keys(account.capabilities)) world.emit(id, 'capability.updated', capabilityOf(account, name));
}

/** The seller revokes the platform's access. */
export function deauthorize(world: World, id: string): void {
  connectedOf(world, id).deauthorized = true;
  world.emit(id, 'account.application.deauthorized', { id: 'ca_simulator', object: 'application', name: 'The platform' });
}

/** One of an account's capabilities as Stripe answers it, also one that was never asked for. */
export function capabilityOf(account: SimAccount, name: string) {
  const status = account.capabilities[name];
  return {
    id: name,
    object: 'capability',
    account: account.id,
    requested: status !== undefined,
    requested_at: status === undefined ? null : account.created,
    status: (status ?? 'unrequested') as Stripe.Capability.Status,
  } satisfies Part<Stripe.Capability>;
}
