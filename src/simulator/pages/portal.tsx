import { decimalText } from '../../base/money.js';
import { cancelFromPortal, portalOf } from '../objects/sales/portal-sessions.js';
import { inside, type World } from '../world.js';
import { page } from './layout.js';

/** The billing portal of one customer: what they subscribe to, and a button to end it. */
export function portalPage(world: World, id: string): string {
  const { session, subscriptions } = portalOf(world, id);
  return page(
    'Your subscriptions',
    <form method="post">
      <h1>Your subscriptions</h1>
      {subscriptions.length === 0 ? <p>There are none.</p> : null}
      <ul>
        {subscriptions.map(({ id: subscription, status, [inside]: { amount, currency, interval } }) => (
          <li key={subscription}>
            {decimalText(amount, currency.toUpperCase())} {currency.toUpperCase()} each {interval} · {status}{' '}
            {status === 'canceled' ? null : (
              <button type="submit" name="cancel" value={subscription} className="plain">
                Cancel
              </button>
            )}
          </li>
        ))}
      </ul>
      {session.return_url ? <a href={session.return_url}>Back</a> : null}
    </form>,
  );
}

/** The customer ends a subscription there, and sees the page again. */
export function cancelOnPage(world: World, id: string, subscription: string): string {
  cancelFromPortal(world, id, subscription);
  return `/billing/${id}`;
}
