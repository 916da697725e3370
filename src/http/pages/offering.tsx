import type { AccountRow } from '../../accounts/account.js';
import { formatMoney } from '../../base/money.js';
import type { OfferingRow } from '../../offerings/offering.js';
import type { Quote } from '../../payments/commission.js';
import { Guard, type Guarded } from './guard.js';
import { layout, Notice, Problem } from './layout.js';
import type { Refused } from './pay.js';

export interface OfferingPage {
  offering: OfferingRow;
  seller: AccountRow;
  open: boolean;
  /** What the quantity costs; null where it cannot be bought. */
  quote: Quote | null;
  test: boolean;
  locale: string;
  /** As typed, kept when something was refused. */
  email: string;
  quantity: string;
  canceled: boolean;
  refused: Refused | null;
  guarded: Guarded;
}

/** The public page of one offering: how many, an e-mail address, the whole price before anything is paid. Works without scripts. */
export function offeringPage(page: OfferingPage): string {
  const { offering, seller, open, quote, refused, locale } = page;
  const price = (minor: number) => formatMoney(minor, offering.currency, locale);
  const when = (date: Date) => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return layout(
    { title: offering.title, test: page.test },
    <div className="card">
      <h1>{offering.title}</h1>
      <p className="soft">
        From {seller.displayName}. Delivered {when(offering.deliversAt)}.
      </p>
      {page.canceled && <Notice text="You left before paying. Nothing was charged." />}
      {refused && <Problem message={refused.message} remedy={refused.remedy} />}
      {!open && <p>This is no longer sold.</p>}
      {open && (
        <form method="post">
          <label htmlFor="quantity">How many, at {price(offering.unitPriceMinor)} each</label>
          <div className="row">
            <input id="quantity" name="quantity" type="number" min="1" max="10000" required defaultValue={page.quantity} />
            <button type="submit" name="do" value="total" className="plain small" formNoValidate>
              Show the total
            </button>
          </div>
          {quote && (
            <p role="status">
              <strong>{price(quote.totalChargedMinor)}</strong> in all
              {quote.feeMode === 'ADDED' && quote.platformFeeMinor > 0 && <>, with a service fee of {price(quote.platformFeeMinor)}</>}
            </p>
          )}
          <label htmlFor="email">Your e-mail address</label>
          <input
            id="email"
            name="email"
            type="email"
            autoComplete="email"
            required
            maxLength={254}
            defaultValue={page.email}
            aria-describedby="told"
          />
          <Guard {...page.guarded} />
          <button type="submit">Buy</button>
          <p id="told" className="soft">
            You pay on Stripe’s secure page. Your payment is held until {offering.title} is delivered; refunds until {when(offering.refundableUntil)}.
          </p>
        </form>
      )}
    </div>,
  );
}
