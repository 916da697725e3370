import { sql } from 'kysely';
import { authorize } from '../access/permissions.js';
import type { Viewer } from '../access/viewer.js';
import { addMinor, decimalText, subtractMinor } from '../base/money.js';
import type { Work } from '../db/work.js';
import { balances } from '../ledger/balances.js';
import { leavesInBalance, retrievePayoutSettings } from '../stripe/balance-settings.js';
import { retrieveBalance } from '../stripe/balances.js';
import { refusalOf } from '../stripe/refusal.js';
import { platform } from '../stripe/scope.js';
import { ingestBalance } from './ingesting.js';

/**
 * Where a subject of the balance stands. MATCHED: Stripe and the books agree to the cent. PLATFORM: the platform's own payouts and top-ups, which are
 * none of the marketplace's. The rest is the residual: booked and not at Stripe, at Stripe and not booked, both but not the same, or nobody knows.
 */
export type MatchClass = 'MATCHED' | 'PLATFORM' | 'MISSING_THERE' | 'MISSING_HERE' | 'AMOUNT' | 'UNKNOWN';

/** One row of what Stripe and the books do not agree on. */
export interface Residual {
  /** A payment, a transfer's operation, or a line of the balance. */
  subject: string;
  class: MatchClass;
  currency: string;
  movedMinor: number;
  bookedMinor: number;
  since: Date;
  /** Whose it is: the seller of the payment or the transfer; null for what is the platform's, or nobody knows. */
  accountId: string | null;
  /** The lines of Stripe's balance behind it. */
  lines: string | null;
}

/** One currency of the platform's balance, three ways; all of it explained, or named in the residual. */
export interface Conserved {
  currency: string;
  /** Available and pending, as Stripe says now. */
  atStripeMinor: number;
  /** The sum of every line of the balance taken in. */
  linesMinor: number;
  /** What the books say. */
  bookedMinor: number;
  /** The platform's own payouts and top-ups. */
  platformMinor: number;
  /** What Stripe and the books do not agree on. */
  residualMinor: number;
  ok: boolean;
}

export interface Reconciliation {
  ok: boolean;
  checkedAt: Date;
  currencies: Conserved[];
  residual: Residual[];
  /** What is right now, and would not stay so: in words, with what to do. */
  warnings: string[];
}

const residualMax = 100;

/** Takes in what is new, then compares Stripe's balance, its lines and the books, subject by subject. Nothing is plugged: what is left over is named. */
export async function reconcile(work: Work): Promise<Reconciliation> {
  await ingestBalance(work);
  const balance = await retrieveBalance(work, platform);
  if (!balance.ok) throw refusalOf(balance.failure, 'Stripe did not show its balance');
  const sums = await work.read
    .selectFrom(
      sql<{ currency: string; moved: string; booked: string; platform: string; residual: string }>`(
        select currency, sum(moved_minor) as moved, sum(booked_minor) as booked,
          coalesce(sum(moved_minor) filter (where class = 'PLATFORM'), 0) as platform,
          coalesce(sum(moved_minor - booked_minor) filter (where class not in ('MATCHED', 'PLATFORM')), 0) as residual
        from reconciliation group by currency)`.as('sums'),
    )
    .selectAll()
    .execute();
  const residual = await residualRows(work);
  const currencies = [...new Set([...balance.value.map(({ currency }) => currency), ...sums.map(({ currency }) => currency)])]
    .sort()
    .map((currency) => {
      const funds = balance.value.find((row) => row.currency === currency);
      const sum = sums.find((row) => row.currency === currency);
      const atStripeMinor = addMinor(funds?.availableMinor ?? 0, funds?.pendingMinor ?? 0);
      const [linesMinor, bookedMinor, platformMinor, residualMinor] = [sum?.moved, sum?.booked, sum?.platform, sum?.residual].map((minor) =>
        Number(minor ?? 0),
      ) as [number, number, number, number];
      const isExplained = subtractMinor(linesMinor, addMinor(bookedMinor, platformMinor)) === residualMinor;
      const ok = atStripeMinor === linesMinor && isExplained && residualMinor === 0 && !residual.some((row) => row.currency === currency);
      return { currency, atStripeMinor, linesMinor, bookedMinor, platformMinor, residualMinor, ok };
    });
  return { ok: currencies.every(({ ok }) => ok), checkedAt: work.clock.now(), currencies, residual, warnings: await payoutWarnings(work) };
}

/** Automatic payouts take the money that is held for sellers, and settlements then find none. Silent where Stripe does not tell. */
async function payoutWarnings(work: Work): Promise<string[]> {
  const settings = await retrievePayoutSettings(work, platform);
  if (!settings.ok) return [];
  const held = (await balances(work.read)).filter(({ ledgerAccount }) => ledgerAccount === 'seller_payable');
  const byCurrency = Map.groupBy(held, ({ currency }) => currency);
  return [...byCurrency].flatMap(([currency, rows]) => {
    const heldMinor = subtractMinor(0, addMinor(...rows.map(({ balanceMinor }) => balanceMinor)));
    if (heldMinor <= 0 || leavesInBalance(settings.value, currency, heldMinor)) return [];
    const money = `${decimalText(heldMinor, currency)} ${currency}`;
    return [
      `The platform’s automatic payouts would take ${money} that is held for sellers. Make them manual at Stripe, or keep at least that much in the balance.`,
    ];
  });
}

async function residualRows(work: Work): Promise<Residual[]> {
  const rows = await work.read
    .selectFrom(
      sql<Omit<Residual, 'movedMinor' | 'bookedMinor' | 'accountId'> & { movedMinor: string; bookedMinor: string }>`reconciliation`.as('row'),
    )
    .leftJoin('payment', 'payment.id', 'row.subject')
    .leftJoin('operation', 'operation.id', 'row.subject')
    .leftJoin('account', 'account.tenantId', 'operation.tenantId')
    .selectAll('row')
    .select((row) => row.fn.coalesce('payment.accountId', 'account.id').as('accountId'))
    .where(sql<boolean>`row.class not in ('MATCHED', 'PLATFORM')`)
    .orderBy('row.since')
    .orderBy('row.subject')
    .limit(residualMax)
    .execute();
  return rows.map((row) => ({ ...row, movedMinor: Number(row.movedMinor), bookedMinor: Number(row.bookedMinor) }));
}

/** The same for a person who may see it. */
export async function readReconciliation(work: Work, viewer: Viewer): Promise<Reconciliation> {
  authorize(viewer, 'reconciliation', null);
  return reconcile(work);
}
