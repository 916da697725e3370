import type { ReactNode } from 'react';
import { at, secondMs } from '../../base/clock.js';
import { control } from '../controls.js';
import { faultKinds } from '../faults.js';
import type { SimCharge } from '../objects/money/charges.js';
import { isUndecided, type SimDispute } from '../objects/money/disputes.js';
import { ApiError } from '../protocol/errors.js';
import type { Form } from '../protocol/form.js';
import { webhookModes } from '../webhooks/endpoints.js';
import { platformOwner, type Stored, type World } from '../world.js';
import { page } from './layout.js';
import { Balances, moneyText } from './seller.js';

const eventsShown = 15;
const chargesShown = 8;
const disputesShown = 8;
const sellersShown = 10;
const faultsShown = 8;

/** What a world holds, and the buttons for what can happen to it. */
export function overviewPage(world: World, base: string, query: URLSearchParams): string {
  return page(
    'The simulated Stripe',
    <>
      <h1>World “{world.name}”</h1>
      {query.has('done') && <p role="status">Done: {query.get('done')}.</p>}
      {query.has('problem') && (
        <p className="error" role="alert">
          {query.get('problem')}
        </p>
      )}
      <Time world={world} />
      <Money world={world} base={base} />
      <Charges world={world} />
      <Disputes world={world} />
      <Events world={world} />
      <Faults world={world} />
    </>,
    'wide',
  );
}

/** Does what a button of the page says: one of the controls, with what is typed beside it. Answers where to look next. */
export function pressButton(world: World, form: Form): string {
  const { control: pressed = '', ...typed } = form;
  const [path = '', query = ''] = String(pressed).split('?');
  try {
    control(world, path, bodyOf({ ...typed, ...Object.fromEntries(new URLSearchParams(query)) }));
    return `/__sim?${new URLSearchParams({ done: path }).toString()}`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `/__sim?${new URLSearchParams({ problem: error.body.message }).toString()}`;
  }
}

/** What is typed, as the controls take it: digits are numbers, and what was left empty is not said. */
function bodyOf(typed: Form): Record<string, unknown> {
  const said = Object.entries(typed).filter(([, value]) => value !== '');
  return Object.fromEntries(said.map(([name, value]) => [name, typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value]));
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <form method="post">
      <h2>{title}</h2>
      {children}
    </form>
  );
}

function Button({ does, says, about }: { does: string; says: string; about?: string }) {
  return (
    <button type="submit" name="control" value={does} {...(about === undefined ? {} : { 'aria-label': `${says}: ${about}` })}>
      {says}
    </button>
  );
}

function Choice({ name, says, values }: { name: string; says: string; values: readonly string[] }) {
  return (
    <label>
      {says}{' '}
      <select name={name}>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
}

function Time({ world }: { world: World }) {
  return (
    <>
      <Section title="Time">
        <p>
          It is {at(world.now * secondMs).toISOString()} here: {world.offsetSeconds} seconds ahead.
        </p>
        <div className="row">
          <Button does="clock/advance?seconds=3600" says="An hour on" />
          <Button does="clock/advance?seconds=86400" says="A day on" />
          <Button does="clock/advance?seconds=604800" says="A week on" />
          <Button does="clock/advance?seconds=2678400" says="31 days on" />
        </div>
      </Section>
      <form method="post" className="row">
        <label>
          Seconds <input name="seconds" type="number" min="1" required />
        </label>
        <Button does="clock/advance" says="Turn the clock" />
      </form>
    </>
  );
}

function Money({ world, base }: { world: World; base: string }) {
  const accounts = world.all('account', platformOwner);
  return (
    <section>
      <h2>The platform’s money</h2>
      <Balances world={world} owner={platformOwner} />
      <h2>Sellers</h2>
      {accounts.slice(0, sellersShown).map(({ id }) => (
        <div key={id}>
          <a href={`${base}/express/${id}`}>{id}</a>
          <Balances world={world} owner={id} />
        </div>
      ))}
      {accounts.length > sellersShown && <p>And {accounts.length - sellersShown} more.</p>}
    </section>
  );
}

function Charges({ world }: { world: World }) {
  const charges = world
    .all<SimCharge>('charge', null)
    .filter((charge) => charge.captured && charge['source_transfer'] === null)
    .slice(0, chargesShown);
  return (
    <Section title="Newest charges">
      {charges.map((charge) => (
        <div className="row" key={charge.id}>
          <span>
            {moneyText(charge)} · {charge.refunded ? 'refunded' : charge.disputed ? 'disputed' : 'paid'} ·{' '}
            {charge.billing_details?.email ?? charge.id}
          </span>
          {!charge.refunded && !charge.disputed && <Button does={`charges/${charge.id}/dispute`} says="Dispute" about={charge.id} />}
        </div>
      ))}
    </Section>
  );
}

function Disputes({ world }: { world: World }) {
  const open = world.all<SimDispute>('dispute', null).filter(isUndecided);
  return (
    <Section title="Open disputes">
      {open.slice(0, disputesShown).map((dispute) => (
        <div className="row" key={dispute.id}>
          <span>
            {moneyText(dispute)} · {dispute.reason} · {dispute.status}
          </span>
          {dispute.status.startsWith('warning_') && <Button does={`disputes/${dispute.id}/escalate`} says="Escalate" about={dispute.id} />}
          <Button does={`disputes/${dispute.id}/close?outcome=won`} says="Won" about={dispute.id} />
          <Button does={`disputes/${dispute.id}/close?outcome=lost`} says="Lost" about={dispute.id} />
        </div>
      ))}
    </Section>
  );
}

function Events({ world }: { world: World }) {
  return (
    <>
      <Section title="Newest events">
        {world
          .all<Stored>('event', null)
          .slice(0, eventsShown)
          .map((event) => (
            <div className="row" key={event.id}>
              <span>
                {String(event['type'])} · {String(event['account'] ?? 'platform')}
                {event['pending_webhooks'] !== 0 && ' · not taken yet'}
              </span>
              <Button does={`events/${event.id}/resend`} says="Resend" about={event.id} />
            </div>
          ))}
      </Section>
      <Section title="How events arrive">
        <p>Now: {world.webhooks.mode}.</p>
        <div className="row">
          <Choice name="mode" says="Way" values={webhookModes} />
          <Button does="webhooks" says="Change" />
        </div>
      </Section>
    </>
  );
}

function Faults({ world }: { world: World }) {
  const faults = world.faults.filter(({ times }) => times > 0);
  return (
    <>
      <Section title="Faults">
        {faults.length === 0 && <p>None to come.</p>}
        <ul>
          {faults.slice(0, faultsShown).map(({ method, path, kind, times }) => (
            <li key={`${method} ${path} ${kind}`}>
              {method} {path} · {kind} · {times} to come
            </li>
          ))}
        </ul>
        <div className="row">
          <Choice name="method" says="Method" values={['POST', 'GET', 'DELETE']} />
          <label>
            Path <input name="path" defaultValue="/v1/transfers" />
          </label>
          <Choice name="kind" says="Kind" values={faultKinds} />
          <label>
            Code <input name="code" />
          </label>
          <label>
            Times <input name="times" type="number" min="1" defaultValue="1" />
          </label>
          <label>
            Delay, ms <input name="delayMs" type="number" min="0" />
          </label>
          <Button does="faults" says="Fail so" />
        </div>
      </Section>
      {faults.length > 0 && (
        <form method="post" className="row">
          <Button does="faults/clear" says="Fail no more" />
        </form>
      )}
    </>
  );
}
