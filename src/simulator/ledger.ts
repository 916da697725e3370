import { Bug } from '../base/assert.js';

/** Whose money: an account's pending or available balance, or a place outside Stripe. */
export type Book = `${string}:pending` | `${string}:available` | 'cards' | 'banks' | 'stripe_fees';
export interface Entry {
  book: Book;
  minor: number;
}

/**
 * The simulator's own double-entry books, in every currency. Every movement balances, or is refused as a defect:
 * what buyers paid equals balances, payouts, Stripe's fees and what was returned, at all times.
 */
export class Ledger {
  readonly balances = new Map<string, number>();

  /** Books one movement; its entries sum to zero. */
  post(currency: string, entries: Entry[]): void {
    const sum = entries.reduce((total, { minor }) => total + minor, 0);
    if (sum !== 0) throw new Bug(`the simulator's books would be off by ${sum} ${currency}`);
    for (const { book, minor } of entries) {
      const key = `${currency} ${book}`;
      this.balances.set(key, (this.balances.get(key) ?? 0) + minor);
    }
  }

  balance(currency: string, book: Book): number {
    return this.balances.get(`${currency} ${book}`) ?? 0;
  }

  /** The currencies in which an owner has had any money. */
  currenciesOf(owner: string): string[] {
    const found = [...this.balances.keys()]
      .filter((key) => key.endsWith(` ${owner}:pending`) || key.endsWith(` ${owner}:available`))
      .map((key) => key.split(' ')[0] as string);
    return [...new Set(found)].sort();
  }

  /** Says that everything sums to zero. */
  assertBalanced(): void {
    const sums = new Map<string, number>();
    for (const [key, minor] of this.balances) {
      const currency = key.split(' ')[0] as string;
      sums.set(currency, (sums.get(currency) ?? 0) + minor);
    }
    for (const [currency, sum] of sums) if (sum !== 0) throw new Bug(`the simulator's books are off by ${sum} ${currency}`);
  }
}
