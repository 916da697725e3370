import { decimalText } from '../../base/money.js';
import { connectedOf, onboard } from '../objects/platform/accounts.js';
import { pay, type SimSession } from '../objects/sales/checkout-sessions.js';
import { missing } from '../protocol/errors.js';
import type { Form } from '../protocol/form.js';
import { inside, type World } from '../world.js';
import { page } from './layout.js';
import { overviewPage, pressButton } from './overview.js';
import { cancelOnPage, portalPage } from './portal.js';
import { sellerPage } from './seller.js';

/** What a browser gets: a page, or another address. */
export type Page = { html: string; status: number; location?: undefined } | { location: string };

/** The pages a seller or buyer is sent to, and the simulator's own; `base` begins the addresses of the world's pages. */
export function renderPage(world: World, path: string, query: URLSearchParams, base: string): Page {
  const [, area, kind, id, token] = path.split('/');
  if (area === 'setup' && kind === 'e' && id && token) return setupPage(world, id, token);
  if (area === 'c' && kind === 'pay' && id) return checkoutPage(world, id, query.get('declined') === '1');
  if (area === 'express' && kind) return { status: 200, html: sellerPage(world, kind) };
  if (area === 'billing' && kind) return { status: 200, html: portalPage(world, kind) };
  if (area === '__sim') return { status: 200, html: overviewPage(world, base, query) };
  return notFoundPage();
}

export function notFoundPage(): Page {
  return { status: 404, html: page('Not found', <h1>There is no such page at the simulated Stripe.</h1>) };
}

/** Says to a person why a page or a button did not work. */
export function problemPage(message: string): string {
  return page('Not possible', <h1>{message}</h1>);
}

/** What clicking a button on one of them does, and where it leads. */
export function pageCommand(world: World, path: string, form: Form): { location: string } {
  const [, area, kind, id = '', token = ''] = path.split('/');
  if (area === 'setup' && kind === 'e') return { location: finishSetup(world, id, token, String(form['outcome'])) };
  if (area === 'c' && kind === 'pay') return { location: finishCheckout(world, id, form) };
  if (area === 'billing' && kind) return { location: cancelOnPage(world, kind, String(form['cancel'])) };
  if (area === '__sim') return { location: pressButton(world, form) };
  throw missing('page', path);
}

function openLink(world: World, id: string, token: string) {
  const link = world.links.get(token);
  return link && link.account === id && link.expiresAt > world.now ? link : null;
}

function setupPage(world: World, id: string, token: string): Page {
  const link = openLink(world, id, token);
  if (!link) return { location: world.links.get(token)?.refreshUrl ?? lastRefresh(world, id) };
  const account = connectedOf(world, id);
  const due = account.requirements?.currently_due ?? [];
  return {
    status: 200,
    html: page(
      'Set up payments',
      <form method="post">
        <h1>Set up payments</h1>
        <p>Stripe asks a seller for this. Here, one click answers all of it.</p>
        <ul>
          {due.map((question) => (
            <li key={question}>{question.replaceAll('_', ' ').replaceAll('.', ' · ')}</li>
          ))}
        </ul>
        <button type="submit" name="outcome" value="complete">
          Complete
        </button>
        <button type="submit" name="outcome" value="pending" className="plain">
          Leave early
        </button>
        <button type="submit" name="outcome" value="restricted" className="plain">
          Be restricted by Stripe
        </button>
      </form>,
    ),
  };
}

/** Links forgotten after their use lead where a fresh one is made. */
function lastRefresh(world: World, id: string): string {
  return [...world.links.values()].findLast(({ account }) => account === id)?.refreshUrl ?? '/';
}

function finishSetup(world: World, id: string, token: string, outcome: string): string {
  const link = openLink(world, id, token);
  if (!link) return lastRefresh(world, id);
  link.expiresAt = 0; // works once
  onboard(world, id, outcome === 'complete' || outcome === 'restricted' ? outcome : 'pending');
  return link.returnUrl;
}

function checkoutPage(world: World, id: string, declined: boolean): Page {
  const { value: session } = world.anyOf<SimSession>('checkout.session', id);
  if (session.status === 'complete') return { location: successOf(session) };
  if (session.status === 'expired') return { status: 410, html: page('Expired', <h1>This checkout has expired. Nothing was charged.</h1>) };
  const currency = session.currency.toUpperCase();
  return {
    status: 200,
    html: page(
      'Pay',
      <form method="post">
        {declined && (
          <div className="error" role="alert">
            Your card was declined. Nothing was charged; try another card.
          </div>
        )}
        <h1>{session[inside].name}</h1>
        <div className="amount">
          {decimalText(session[inside].amount, currency)} {currency}
          {session[inside].interval && ` every ${session[inside].interval}`}
        </div>
        <label htmlFor="email">E-mail</label>
        <input id="email" name="email" type="email" required defaultValue={session[inside].typedEmail ?? session.customer_email ?? ''} />
        <fieldset>
          <legend>Card</legend>
          <label className="choice">
            <input type="radio" name="card" value="ok" defaultChecked /> 4242 4242 4242 4242 · pays
          </label>
          <label className="choice">
            <input type="radio" name="card" value="declined" /> 4000 0000 0000 0002 · is declined
          </label>
        </fieldset>
        <button type="submit" name="do" value="pay">
          Pay
        </button>
        <button type="submit" name="do" value="cancel" className="plain" formNoValidate>
          Cancel
        </button>
      </form>,
    ),
  };
}

function successOf(session: SimSession): string {
  return (session.success_url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function finishCheckout(world: World, id: string, form: Form): string {
  const { owner, value: session } = world.anyOf<SimSession>('checkout.session', id);
  if (session.status === 'complete') return successOf(session);
  if (form['do'] === 'cancel' || session.status === 'expired') return session.cancel_url ?? '/';
  const outcome = pay(
    world,
    owner,
    session,
    form['card'] === 'declined' ? 'declined' : 'ok',
    typeof form['email'] === 'string' && form['email'] ? form['email'] : null,
  );
  return outcome === 'paid' ? successOf(session) : `/c/pay/${id}?declined=1`;
}
