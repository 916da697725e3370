import type { Stripe } from 'stripe';
import { decimalText } from '../../base/money.js';
import { balance } from '../objects/money/balances.js';
import { connectedOf } from '../objects/platform/accounts.js';
import { type Part, platformOwner, type Stored, type World } from '../world.js';
import { page } from './layout.js';

const eventsShown = 30;

function moneyText({ amount = 0, currency = 'usd' }: Part<Stripe.Balance.Available>): string {
  return `${decimalText(amount, currency.toUpperCase())} ${currency.toUpperCase()}`;
}

function Balances({ world, owner }: { world: World; owner: string }) {
  const { available = [], pending = [] } = balance(world, owner);
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

/** What the simulator knows: every balance, and the newest events. */
export function overviewPage(world: World): string {
  const accounts = world.all('account', platformOwner);
  const events = world.all('event', null).slice(0, eventsShown);
  return page(
    'The simulated Stripe',
    <>
      <h1>World “{world.name}”</h1>
      <p>Its clock is {world.offsetSeconds} seconds ahead.</p>
      <h1>The platform</h1>
      <Balances world={world} owner={platformOwner} />
      {accounts.map(({ id }) => (
        <section key={id}>
          <h1>
            <a href={`/express/${id}`}>{id}</a>
          </h1>
          <Balances world={world} owner={id} />
        </section>
      ))}
      <h1>Newest events</h1>
      <ol>
        {events.map((event) => (
          <li key={event.id}>
            {String(event['type'])} · {String(event['account'] ?? 'platform')}
          </li>
        ))}
      </ol>
    </>,
  );
}
