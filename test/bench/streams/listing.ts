import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of a marketplace's accounts: every twentieth is busy; one of the idle ones hangs, one fails. */
export const busyEvery = 20;
export const hanging = 7;
export const failing = 11;
export const eventEverySeconds = 30; // on a busy account
export const hangsForSeconds = 30;

/** The n-th busy moment of an account: the same number is the event's id. */
export function busySecond(account: number, index: number, startSecond: number): number {
  return startSecond + index * eventEverySeconds + (account % eventEverySeconds);
}

// A process of its own, so that answering costs the poller nothing: a Stripe that has lists of events alone. Told a second, it is that second, until it is told another.
if (process.send) {
  const startSecond = Number(process.argv[2]);
  let now = startSecond;
  let held: { until: number; answer: () => void }[] = [];
  const server = createServer((request, response) => {
    const account = Number(String(request.headers['stripe-account'] ?? '').slice('acct_'.length));
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const answer = () => send(response, 200, { object: 'list', has_more: false, data: eventsOf(account, Number(query.get('created[gte]') ?? 0)) });
    if (account === hanging) held.push({ until: now + hangsForSeconds, answer });
    else if (account === failing) send(response, 500, { error: { type: 'api_error', message: 'Something broke.' } });
    else answer();
  });
  const eventsOf = (account: number, since: number) => {
    if (account % busyEvery !== 0 || !Number.isFinite(now)) return [];
    const events: object[] = [];
    for (let index = Math.floor((now - startSecond) / eventEverySeconds); index >= 0; index--) {
      const created = busySecond(account, index, startSecond);
      if (created < since) break;
      if (created > now) continue;
      events.push({
        id: `evt_${account}_${index}`,
        object: 'event',
        type: 'customer.updated',
        created,
        livemode: false,
        data: { object: { id: 'cus_1' } },
      });
    }
    return events;
  };
  process.on('message', (message) => {
    if (message === 'stop') {
      server.closeAllConnections();
      server.close(() => process.disconnect?.());
      return;
    }
    now = message === 'release' ? Number.POSITIVE_INFINITY : Number(message);
    for (const { answer } of held.filter(({ until }) => until <= now)) answer();
    held = held.filter(({ until }) => until > now);
    process.send?.({ heldCount: held.length });
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_1' }).end(JSON.stringify(body));
}
