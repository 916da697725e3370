import type { Stored, World } from '../world.js';
import { invalid, missing, unknownParameter } from './errors.js';
import type { Form } from './form.js';

const limitMax = 100;
const limitDefault = 10;
const depthMax = 4;

/** One page of an owner's objects of a kind, newest first, as Stripe lists them. */
export function listPage(world: World, owner: string, kind: string, form: Form, filters: string[]): { data: Stored[]; has_more: boolean } {
  const known = ['limit', 'starting_after', 'ending_before', 'created', 'expand', ...filters];
  for (const name of Object.keys(form)) if (!known.includes(name)) throw invalid('parameter_unknown', unknownParameter(name), name);
  const limit = limitOf(form['limit']);
  const { starting_after: after, ending_before: before } = form;
  if (after !== undefined && before !== undefined)
    throw invalid('parameters_exclusive', 'You may only specify one of these parameters: ending_before, starting_after.');

  const matching = world
    .all<Stored>(kind, owner)
    .filter(
      (object) =>
        object['deauthorized'] !== true && filters.every((name) => matches(object, name, form[name])) && isCreatedWithin(object, form['created']),
    );
  const cursor = after ?? before;
  const at = cursor === undefined ? -1 : matching.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && at < 0) throw missing(kind, String(cursor), after === undefined ? 'ending_before' : 'starting_after');
  if (before !== undefined) return { data: matching.slice(Math.max(0, at - limit), at), has_more: at > limit };
  return { data: matching.slice(at + 1, at + 1 + limit), has_more: matching.length > at + 1 + limit };
}

function limitOf(raw: Form[string] | undefined): number {
  if (raw === undefined) return limitDefault;
  const limit = Number(raw);
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
    throw invalid('parameter_invalid_integer', `Invalid limit: ${String(raw)}; it is between 1 and ${limitMax}.`, 'limit');
  return limit;
}

function matches(object: Stored, name: string, wanted: Form[string] | undefined): boolean {
  if (wanted === undefined) return object.object !== 'subscription' || name !== 'status' || object['status'] !== 'canceled'; // Stripe lists no ended subscription unasked
  if (name === 'status' && wanted === 'all') return true;
  if (name === 'subscription' && object.object === 'invoice')
    return (object['parent'] as { subscription_details?: { subscription?: string } }).subscription_details?.subscription === wanted;
  if (name === 'delivery_success') return String(object['pending_webhooks'] === 0) === wanted;
  if (name === 'types') return Array.isArray(wanted) && wanted.includes(String(object['type']));
  return object[name] === wanted;
}

function isCreatedWithin({ created }: Stored, range: Form[string] | undefined): boolean {
  if (range === undefined) return true;
  if (typeof range === 'string') return created === Number(range);
  if (Array.isArray(range)) return false;
  const { gt, gte, lt, lte } = range as Record<string, string | undefined>;
  return (
    (gt === undefined || created > Number(gt)) &&
    (gte === undefined || created >= Number(gte)) &&
    (lt === undefined || created < Number(lt)) &&
    (lte === undefined || created <= Number(lte))
  );
}

const idFields: Record<string, string> = {
  latest_charge: 'charge',
  charge: 'charge',
  customer: 'customer',
  payment_intent: 'payment_intent',
  subscription: 'subscription',
  invoice: 'invoice',
  latest_invoice: 'invoice',
  application_fee: 'application_fee',
  balance_transaction: 'balance_transaction',
  source_transaction: 'charge',
  destination_payment: 'charge',
  destination: 'account',
  transfer: 'transfer',
  payment_method: 'payment_method',
  default_payment_method: 'payment_method',
  schedule: 'subscription_schedule',
};
const included = new Set(['payments', 'items', 'line_items', 'reversals', 'balance_transactions']); // there already

/** Puts objects in the place of their ids, along the paths that `expand` names. */
export function expand(world: World, owner: string, answer: object, paths: string[], isList: boolean): object {
  const result = structuredClone(answer) as Record<string, unknown>;
  for (const path of paths) {
    const steps = path.split('.');
    if (steps.length > depthMax) throw invalid(null, `You cannot expand more than ${depthMax} levels of a property.`, 'expand');
    if (isList && steps.shift() !== 'data') throw invalid(null, `This property cannot be expanded (${path}).`, 'expand');
    const targets = isList ? (result['data'] as Record<string, unknown>[]) : [result];
    for (const target of targets) expandAlong(world, owner, target, steps, path);
  }
  return result;
}

/** What a line of a balance names, by how its id begins. */
const sourceKinds: Record<string, string> = {
  ch: 'charge',
  py: 'charge',
  dp: 'dispute',
  fee: 'application_fee',
  fr: 'fee_refund',
  po: 'payout',
  re: 'refund',
  tr: 'transfer',
  trr: 'transfer_reversal',
  tu: 'topup',
};

function expandAlong(world: World, owner: string, target: Record<string, unknown>, [step, ...rest]: string[], path: string): void {
  if (step === undefined) return;
  if (included.has(step)) return;
  const kind = step === 'source' ? sourceKinds[String(target[step]).split('_', 1)[0] as string] : idFields[step];
  if (!kind || !(step in target)) throw invalid(null, `This property cannot be expanded (${path}).`, 'expand');
  if (typeof target[step] === 'string')
    target[step] = structuredClone(world.find(owner, kind, target[step]) ?? world.find('platform', kind, target[step]) ?? target[step]);
  if (typeof target[step] === 'object' && target[step] !== null) expandAlong(world, owner, target[step] as Record<string, unknown>, rest, path);
}
