import type { Stripe } from 'stripe';
import { decimalText } from '../../base/money.js';
import { connectedOf } from '../objects/platform/accounts.js';
import type { Part, Stored, World } from '../world.js';
import { page } from './layout.js';

export function moneyText({ amount = 0, currency = 'usd' }: { amount?: number; currency?: string }): string {
  return `${decimalText(amount, currency.toUpperCase())} ${currency.toUpperCase()}`;
}

export function Balances({ world, owner }: { world: World; owner: string }) {
  const { available = [], pending = [] } = world.balanceOf(owner);
  return (
    <ul>
      {available.map((money) => (
        <li key={money.currency}>{moneyText(money)} available</li>
      ))}
      {pending.map((money) => (
        <li key={money.currency}>{moneyText(money)} pending</li>
      ))}
    </ul>
  );
}

/** What a seller sees behind a login link: the balance and what was paid out. */
export function sellerPage(world: World, id: string): string {
  connectedOf(world, id);
  const payouts = world.all<Stored & Part<Stripe.Payout>>('payout', id);
  return page(
    'Your balance',
    <>
      <h1>Your balance</h1>
      <Balances world={world} owner={id} />
      <h1>Payouts</h1>
      {payouts.length === 0 && <p>Nothing was paid out yet.</p>}
      <ul>
        {payouts.map((payout) => (
          <li key={payout.id}>
            {moneyText(payout)} · {payout.status}
          </li>
        ))}
      </ul>
    </>,
  );
}
