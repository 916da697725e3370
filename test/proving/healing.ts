import { syncOnboarding } from '../../src/accounts/syncing.js';
import { hourMs } from '../../src/base/clock.js';
import { Refusal } from '../../src/base/errors.js';
import type { Work } from '../../src/db/work.js';
import { ignoreEvents } from '../../src/events/parked.js';
import { pollEveryMaxMs } from '../../src/events/streams/pace.js';
import { schedule } from '../../src/jobs/schedule.js';
import { reconcile } from '../../src/reconciliation/reconciling.js';
import { administrator, type Marketplace, onboard } from '../../src/scenarios/marketplace.js';
import { mend } from '../../src/scenarios/mending.js';
import { paidTo } from '../../src/scenarios/theatre.js';
import { ApiError } from '../../src/simulator/protocol/errors.js';
import { platformOwner, type Stored } from '../../src/simulator/world.js';
import { directDisagreements, goneAccounts } from './direct-model.js';
import type { House } from './house.js';
import { doneTwice, expectedOf } from './model.js';

const roundsMax = 60;
const roundMs = 1 * hourMs;
const jobsThatHear = ['poll streams', 'apply events', 'take in the balance', 'deliver to partners'];
const jobsThatMoveMoney = [
  'resume operations',
  'settle what is due',
  'take back what was asked',
  'give back what was won',
  'look up unknown transfers',
];

/**
 * The end of every history: nothing goes wrong any more, banks decide, sellers answer what Stripe asks, the platform has money, and people do
 * what the house asks of them. Webhooks that did not come never will: what they would have told is found by polling. Then everything must come
 * to its end within so many hours, to the cent. Answers what does not.
 */
export function heal(house: House, market: Marketplace): Promise<string[]> {
  return house.scheduler.alone(() => healed(house, market));
}

async function healed(house: House, market: Marketplace): Promise<string[]> {
  const [server, worker] = [house.processes[0], house.processes[2]].map((process) => process?.openWork()) as [Work, Work];
  decideAll(house);
  house.stripe.ask('POST', '/v1/topups', { amount: '90000000', currency: 'usd' });
  await bringBack(house, market, server);
  const since = house.clock.now();
  await house.turn(pollEveryMaxMs);
  let left = ['it never began'];
  for (let round = 0; round < roundsMax; round++) {
    left = await goOn(house, market, worker, since);
    if (left.length === 0) break;
    await bringBack(house, market, server);
    for (const { id } of await house.books.rows<{ id: string }>(`select id from settlement where status = 'FAILED' order by id`))
      await quietly(() => mend(server, id));
    await seeToParked(house, server);
    await house.turn(await untilNext(house));
  }
  if (left.length > 0) return [`at ${house.clock.now().toISOString()}`, ...left];
  return [...house.defects.splice(0), ...doneTwice(house.stripe.world), ...(await disagreements(house, market, worker))];
}

/** Does what there is to do at this moment; answers what is left for later. */
async function goOn(house: House, market: Marketplace, worker: Work, since: Date): Promise<string[]> {
  await house.books.rows(`update webhook_delivery set next_attempt_at = app.now() where state = 'PENDING'`); // partners need not wait for days
  let left: string[] = [];
  for (const names of [jobsThatHear, jobsThatMoveMoney]) {
    for (const name of names) await schedule[name]?.run(worker);
    left = await unfinished(house, market, since);
    if (left.length === 0) break;
  }
  return left;
}

function decideAll({ stripe }: House): void {
  for (const { id, status } of stripe.world.all<Stored>('dispute', null)) {
    if (!['needs_response', 'under_review', 'warning_needs_response'].includes(String(status))) continue;
    const last = id.charCodeAt(id.length - 1);
    stripe.control(`disputes/${id}/close`, { outcome: last % 2 === 0 ? 'won' : 'lost' });
  }
}

/** Every seller has an account at Stripe that can receive money. */
async function bringBack(house: House, { sellers }: Marketplace, server: Work): Promise<void> {
  const active = await house.books.rows<{ accountId: string; id: string; isReady: boolean }>(
    `select account_id as "accountId", stripe_account_id as id, transfers_capability = 'active' as "isReady"
     from connected_account where active_until > '9999-01-01' and stripe_account_id is not null`,
  );
  for (const seller of sellers) {
    const now = active.find(({ accountId }) => accountId === seller.accountId);
    if (now?.isReady && canReceive(house, now.id)) continue;
    await quietly(() => onboard(server, seller));
    for (const { id } of house.stripe.world
      .all<Stored>('account', null)
      .filter(({ metadata }) => (metadata as Record<string, string>)['account'] === seller.accountId))
      await quietly(async () => house.stripe.control(`accounts/${id}/onboard`, { outcome: 'complete' }));
    await quietly(() => syncOnboarding(server, seller, seller.accountId));
  }
}

/** A person sees to what is parked for one: gives buyers another way what their banks sent back, and ignores accounts that left before they were known here. */
async function seeToParked(house: House, server: Work): Promise<void> {
  const parked = await house.books.rows<{ id: string }>(
    `select id from inbox_event where state = 'PARKED' and (type = 'refund.failed' and error like '% failed after it was booked %'
       or error like any ('{% is not connected to any account here.,The account % is not recorded yet.}') and stream = any ($1))`,
    [goneAccounts(house).map((id) => `connect:${id}`)],
  );
  const ids = parked.map(({ id }) => id);
  if (ids.length > 0) await ignoreEvents(server, administrator, { ids, type: null, reason: 'seen to' });
}

/** Whether Stripe would take a transfer for this account. */
function canReceive({ stripe }: House, id: string): boolean {
  const account = stripe.world.all<Stored>('account', null).find((one) => one.id === id);
  return account?.['deauthorized'] !== true && (account?.['capabilities'] as Record<string, string> | undefined)?.['transfers'] === 'active';
}

async function until(run: () => Promise<number>): Promise<void> {
  for (let times = 0; times < 30 && (await run()) > 0; times++);
}

/** An expected no changes nothing here: it is asked again in the next round. */
async function quietly(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof ApiError)) throw error;
  }
}

/** Where nothing is left but what is not due yet, how long until it is; else the time of one round. */
async function untilNext(house: House): Promise<number> {
  const [row] = await house.books.rows<{ at: Date | null }>(
    `select min(next_attempt_at) as at from settlement where status = 'PENDING' and not exists (select from inbox_event where state = 'RECEIVED')
       and not exists (select from operation where state = 'INTENDED')`,
  );
  return Math.max(roundMs, (row?.at?.getTime() ?? 0) - house.clock.now().getTime());
}

/** What has not come to its end. */
async function unfinished(house: House, market: Marketplace, since: Date): Promise<string[]> {
  const rows = await house.books.rows<{ what: string }>(
    `
    select 'settlement ' || id || ' is ' || status || coalesce(' with ' || failure_code, '') || ', due ' || due_at || ', next ' || next_attempt_at as what from settlement where status in ('PENDING', 'SETTLING', 'FAILED')
    union all select 'operation ' || id || ' ' || kind || ' is INTENDED' from operation where state = 'INTENDED'
    union all select 'reversal ' || id || ' is ' || status from transfer_reversal where status = 'REQUESTED'
    union all select 'reversal ' || id || ' is not given back' from transfer_reversal where return_wanted_at is not null and retransfer_id is null and status in ('SUCCEEDED', 'OWED')
    union all select 'refund ' || id || ' is ' || status from refund where status = 'REQUESTED'
    union all select 'event ' || stripe_event_id || ' ' || type || ' is ' || state || coalesce(': ' || error, '') from inbox_event where state in ('RECEIVED', 'PARKED')
    union all select 'stream ' || name || ' is read until ' || seen_until from event_stream where closed_at is null and seen_until < $1
    union all select 'what partners are told of ' || subject_id || ' is PENDING' from webhook_delivery where state = 'PENDING'
    union all select 'fee ' || source_id || ' is not booked' from balance_transaction line where type = 'application_fee'
      and not exists (select from payment where application_fee_id = source_id) and not exists (select from ledger_transaction where cause_kind = 'APPLICATION_FEE' and cause_id = line.id)
    union all select 'account ' || stripe_account_id || ' is left at Stripe' from connected_account where retired_cause = 'DISCONNECTED' and stripe_account_id is not null
      and deleted_at_stripe_at is null and kept_at_stripe_because is null
    union all select 'money is halted: ' || detail from halt where cleared_at is null
    order by 1`,
    [since],
  );
  return [...rows.map(({ what }) => what), ...(await directDisagreements(house, market))];
}

/** Where the end is not what it should be: in the books, between them and Stripe, or in what sellers have. */
async function disagreements(house: House, market: Marketplace, worker: Work): Promise<string[]> {
  const broken = (await house.books.broken()).map(({ check, id, detail }) => `${check}: ${id} ${detail}`);
  await until(async () => (await schedule['take in the balance']?.run(worker)) ?? 0);
  const { ok, residual, currencies } = await reconcile(worker);
  const unreconciled = ok ? [] : [`Stripe and the books do not agree: ${JSON.stringify({ residual, currencies })}`];
  const wrong: string[] = [];
  for (const { accountId, minor, roundedMinor } of expectedOf(house.stripe.world, market)) {
    const [debt] = await house.books.rows<{ minor: string }>(
      'select coalesce(sum(amount_minor - recovered_minor - forgiven_minor), 0) as minor from seller_debt where account_id = $1',
      [accountId],
    );
    const has = paidTo(house.stripe, accountId) - Number(debt?.minor);
    if (Math.abs(has - minor) > roundedMinor) wrong.push(`${accountId} has ${has} and owes ${debt?.minor}, where ${minor} are theirs`);
  }
  const owed = await house.books.rows<{ what: string }>(
    `select account_id || ' is still owed ' || -sum(amount_minor) as what from posting where ledger_account = 'seller_payable' group by account_id having sum(amount_minor) <> 0`,
  );
  wrong.push(...owed.map(({ what }) => what));
  wrong.push(...(await refundsThatCameBack(house)), ...(await unmarked(house)));
  return [...broken, ...unreconciled, ...wrong, ...house.partners.wrong, ...(await untold(house))];
}

/** Refunds that banks sent back, and that are shown as made here, or that no person was told of. */
async function refundsThatCameBack(house: House): Promise<string[]> {
  const { books, stripe } = house;
  const made = await books.rows<{ id: string }>(`select stripe_refund_id as id from refund where status = 'SUCCEEDED'`);
  const told = await books.rows<{ id: string }>(
    `select object_id as id from inbox_event where type = 'refund.failed' and state = 'IGNORED' and error is not null`,
  );
  const gone = goneAccounts(house);
  const back = stripe
    .all('refund', null)
    .flatMap(({ id, status }) => (status === 'failed' ? [{ id, owner: stripe.world.anyOf('refund', id).owner }] : []));
  const taken = back.filter(({ id, owner }) => !gone.includes(owner) && made.some((one) => one.id === id));
  const untold = back.filter(({ id, owner }) => owner === platformOwner && !told.some((one) => one.id === id));
  return [
    ...taken.map(({ id }) => `refund ${id} came back, and is SUCCEEDED here`),
    ...untold.map(({ id }) => `refund ${id} came back, and nobody was told`),
  ];
}

/** Payments that a bank suspects, and that are not marked so here. */
async function unmarked(house: House): Promise<string[]> {
  const gone = goneAccounts(house);
  const suspected = house.stripe
    .all('radar.early_fraud_warning', null)
    .filter(({ id }) => !gone.includes(house.stripe.world.anyOf('radar.early_fraud_warning', id).owner))
    .map(({ charge }) => charge);
  const payments = await house.books.rows<{ id: string }>('select id from payment where fraud_warned_at is null and charge_id = any ($1)', [
    suspected,
  ]);
  return payments.map(({ id }) => `a bank suspects ${id}, and it is not marked`);
}

/** Changes that count as told to partners and were not; an endpoint that is off is told nothing more. */
async function untold({ books, partners }: House): Promise<string[]> {
  const told = await books.rows<{ id: string }>(
    `select subject_id || '-' || sequence as id from outbox_event where not exists (
       select from webhook_delivery where webhook_delivery.subject_id = outbox_event.subject_id and webhook_delivery.sequence = outbox_event.sequence and state <> 'DELIVERED')
       and exists (select from webhook_endpoint where webhook_endpoint.disabled_at is null and webhook_endpoint.created_at <= outbox_event.recorded_at)`,
  );
  return told.filter(({ id }) => !partners.taken.has(id)).map(({ id }) => `partners were never told ${id}`);
}
