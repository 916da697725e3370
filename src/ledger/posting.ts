import { sql } from 'kysely';
import { assert } from '../base/assert.js';
import { newId } from '../base/ids.js';
import { addMinor } from '../base/money.js';
import type { Tx } from '../db/work.js';
import type { CauseKind, LedgerAccount, PostingRow } from './ledger.js';

/** One side of a movement: positive for a debit, negative for a credit, in minor units. */
export type Side = Pick<PostingRow, 'ledgerAccount' | 'accountId' | 'amountMinor'>;

export interface Movement {
  cause: { kind: CauseKind; id: string };
  currency: string;
  effectiveAt: Date;
  sides: Side[];
}

type SellersAccount = 'seller_payable' | 'seller_receivable';
type PlatformAccount = Exclude<LedgerAccount, SellersAccount>;

export function debit(ledgerAccount: PlatformAccount, amountMinor: number): Side;
export function debit(ledgerAccount: SellersAccount, amountMinor: number, accountId: string): Side;
/** Raises what the platform has, or what it has spent. */
export function debit(ledgerAccount: LedgerAccount, amountMinor: number, accountId: string | null = null): Side {
  return { ledgerAccount, accountId, amountMinor };
}

export function credit(ledgerAccount: PlatformAccount, amountMinor: number): Side;
export function credit(ledgerAccount: SellersAccount, amountMinor: number, accountId: string): Side;
/** Raises what the platform owes, or what it has earned. */
export function credit(ledgerAccount: LedgerAccount, amountMinor: number, accountId: string | null = null): Side {
  return { ledgerAccount, accountId, amountMinor: amountMinor === 0 ? 0 : -amountMinor };
}

/**
 * Writes one movement into the books. Each cause moves money once: a repeat changes nothing and answers false;
 * the same cause moving other money is a bug, and throws. Sides of zero are left out; a movement of nothing but zeros is none.
 */
export async function post(tx: Tx, { cause, currency, effectiveAt, sides }: Movement): Promise<boolean> {
  const moved = sides.filter(({ amountMinor }) => amountMinor !== 0);
  assert(moved.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), 0) === 0, `the movement of ${cause.kind} ${cause.id} does not balance`);
  if (moved.length === 0) return false;

  const transactionId = newId('ledgerTransaction', tx.clock);
  const written = await tx.sql
    .with('movement', (query) =>
      query
        .insertInto('ledgerTransaction')
        .values({ id: transactionId, causeKind: cause.kind, causeId: cause.id, effectiveAt, recordedAt: tx.clock.now() })
        .onConflict((conflict) => conflict.columns(['causeKind', 'causeId']).doNothing())
        .returning('id'),
    )
    .insertInto('posting')
    .columns(['transactionId', 'number', 'ledgerAccount', 'accountId', 'currency', 'amountMinor'])
    .expression(({ selectFrom }) =>
      selectFrom('movement')
        .innerJoin(sidesOf(moved).as('side'), (join) => join.onTrue())
        .select(({ ref, val }) => [
          ref('movement.id').as('id'),
          'side.number',
          'side.ledgerAccount',
          'side.accountId',
          val(currency).as('currency'),
          'side.amountMinor',
        ]),
    )
    .executeTakeFirst();
  if ((written.numInsertedOrUpdatedRows ?? 0n) > 0n) return true;
  const before = await sidesInTheBooks(tx, cause);
  const again = moved.map((side) => ({ ...side, currency }));
  assert(sameSides(before, again), `the movement of ${cause.kind} ${cause.id} is in the books as ${told(before)}, and comes again as ${told(again)}`);
  return false;
}

/** Whether the movement of a cause is in the books. */
export async function isPosted(tx: Tx, cause: Movement['cause']): Promise<boolean> {
  return (await sidesInTheBooks(tx, cause)).length > 0;
}

type BookedSide = Side & { currency: string };

function sidesInTheBooks(tx: Tx, cause: Movement['cause']): Promise<BookedSide[]> {
  return tx.sql
    .selectFrom('posting')
    .innerJoin('ledgerTransaction', 'ledgerTransaction.id', 'posting.transactionId')
    .select(['posting.ledgerAccount', 'posting.accountId', 'posting.currency', 'posting.amountMinor'])
    .where('ledgerTransaction.causeKind', '=', cause.kind)
    .where('ledgerTransaction.causeId', '=', cause.id)
    .orderBy('posting.number')
    .execute();
}

function told(sides: BookedSide[]): string {
  return sides
    .map(({ ledgerAccount, accountId, currency, amountMinor }) => `${ledgerAccount} ${accountId ?? '-'} ${amountMinor} ${currency}`)
    .join(', ');
}

/** The same money, in whatever order its sides were named. */
function sameSides(one: BookedSide[], other: BookedSide[]): boolean {
  const sorted = (sides: BookedSide[]) => told(sides.toSorted((a, b) => (told([a]) < told([b]) ? -1 : 1)));
  return sorted(one) === sorted(other);
}

function sidesOf(sides: Side[]) {
  const rows = sides.map(({ ledgerAccount, accountId, amountMinor }, index) => ({
    number: index + 1,
    ledger_account: ledgerAccount,
    account_id: accountId,
    amount_minor: amountMinor,
  }));
  return sql<Side & { number: number }>`(
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (number smallint, ledger_account text, account_id text, amount_minor bigint))`;
}
