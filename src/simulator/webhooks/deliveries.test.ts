import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { marketplaceOf, sdkOf } from '../../../test/support/simulated.js';
import { systemClock, TurnableClock } from '../../base/clock.js';
import { openLog } from '../../base/log.js';
import { type Simulator, startSimulator } from '../server.js';

interface Received {
  event: Stripe.Event;
  body: string;
  signature: string;
}

/** Somebody's endpoint: it keeps what it gets and answers what it is told to. */
class Receiver {
  readonly received: Received[] = [];
  status = 200;
  url = '';
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      this.received.push({ body, signature: String(request.headers['stripe-signature']), event: JSON.parse(body) as Stripe.Event });
      response.writeHead(this.status).end();
    });
  });

  async open(): Promise<this> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    return this;
  }

  ids(): string[] {
    return this.received.map(({ event }) => event.id);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

const clock = new TurnableClock(systemClock.now());
let folder: string;
let receiver: Receiver;
let simulator: Simulator;

const start = () => startSimulator({ port: 0, clock, log: openLog('silent'), journalFile: join(folder, 'journal.jsonl'), world: 'main' });
const restart = async () => {
  await simulator.close();
  simulator = await start();
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  receiver = await new Receiver().open();
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

/** A world whose products' events go to the receiver. */
async function listening(world: string) {
  const place = await marketplaceOf(simulator, world);
  const endpoint = await place.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['product.created'] });
  const happen = (name = 'A thing') => sdkOf(simulator, world).products.create({ name });
  return { ...place, endpoint, happen };
}

describe('an event at the simulated Stripe', () => {
  it('that nobody took before the process ended is sent by the next one, and once taken never again', async () => {
    receiver.status = 500;
    const { happen } = await listening('died');
    await happen();
    await simulator.delivered();
    expect(receiver.ids()).toHaveLength(1);

    receiver.status = 200;
    await restart();
    await simulator.delivered();
    expect(new Set(receiver.ids()).size).toBe(1);
    expect(receiver.ids()).toHaveLength(2);

    await restart();
    await simulator.delivered();
    expect(receiver.ids()).toHaveLength(2);
    const [told] = (await sdkOf(simulator, 'died').events.list({ type: 'product.created', delivery_success: true })).data;
    expect([told?.id, told?.pending_webhooks]).toEqual([receiver.ids()[0], 0]);
  });

  it('waits for the server that the simulator goes with until that is there again, wherever it then listens', async () => {
    const away = await new Receiver().open();
    simulator.deliverTo([{ url: away.url, secrets: ['whsec_known_to_both'], connect: false }]);
    await away.close();
    await sdkOf(simulator, 'main').products.create({ name: 'A thing' });
    await simulator.delivered();
    await restart();
    expect(receiver.received).toEqual([]);
    simulator.deliverTo([{ url: receiver.url, secrets: ['whsec_known_to_both'], connect: false }]);
    await simulator.delivered();
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['product.created']);
  });

  it('is sent again after one second, two, four and so on, until three days have gone by', async () => {
    receiver.status = 503;
    const { happen, stripe, control } = await listening('backoff');
    await happen();
    const waits: number[] = [];
    for (let tries = 1; waits.reduce((sum, wait) => sum + wait, 0) <= 3 * 86_400 && tries < 30; tries++) {
      await simulator.delivered();
      expect(receiver.received).toHaveLength(tries);
      const wait = 2 ** (tries - 1);
      waits.push(wait);
      await control('clock/advance', { seconds: wait - 1 });
      await simulator.delivered();
      expect(receiver.received).toHaveLength(tries);
      await control('clock/advance', { seconds: 1 });
    }
    await simulator.delivered();
    const sent = receiver.received.length;
    expect(sent).toBe(18);
    await control('clock/advance', { seconds: 30 * 86_400 });
    await simulator.delivered();
    expect(receiver.received).toHaveLength(sent);
    const [told] = (await stripe.events.list({ type: 'product.created', delivery_success: false })).data;
    expect(told?.pending_webhooks).toBe(1);
  });

  it('is sent once more when a person asks for it', async () => {
    const { happen, control } = await listening('resend');
    await happen();
    await simulator.delivered();
    await control(`events/${receiver.ids()[0]}/resend`);
    await simulator.delivered();
    expect(receiver.ids()).toEqual([receiver.ids()[0], receiver.ids()[0]]);
  });

  it('is on its way no more once its endpoint is deleted', async () => {
    receiver.status = 500;
    const { happen, stripe, endpoint, control } = await listening('deleted');
    await happen();
    await simulator.delivered();
    await stripe.webhookEndpoints.del(endpoint.id);
    await control('clock/advance', { seconds: 3_600 });
    await simulator.delivered();
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a secret that is being replaced', () => {
  const verifies = ({ body, signature }: Received, secret: string) => {
    try {
      return Stripe.webhooks.constructEvent(body, signature, secret).object === 'event';
    } catch {
      return false;
    }
  };

  it('signs beside the new one also where both sides know them already', async () => {
    simulator.deliverTo([{ url: receiver.url, secrets: ['whsec_new_one', 'whsec_old_one'], connect: false }]);
    await sdkOf(simulator, 'main').products.create({ name: 'A thing' });
    await simulator.delivered();
    const [received] = receiver.received as [Received];
    expect(receiver.received).toHaveLength(1);
    expect([verifies(received, 'whsec_new_one'), verifies(received, 'whsec_old_one')]).toEqual([true, true]);
  });

  it('signs beside the new one until its time is over', async () => {
    const { happen, control, endpoint, passDays } = await listening('rolled');
    const before = endpoint.secret as string;
    const { secret: now } = (await control(`webhook_endpoints/${endpoint.id}/roll-secret`, { keepSeconds: 7_200 })) as unknown as { secret: string };
    await happen();
    await passDays(1);
    await happen();
    await simulator.delivered();
    const [during, after] = receiver.received as [Received, Received];
    expect(during.signature.match(/v1=/g)).toHaveLength(2);
    expect([verifies(during, before), verifies(during, now)]).toEqual([true, true]);
    expect([verifies(after, before), verifies(after, now)]).toEqual([false, true]);
  });
});

describe('the ways events can arrive', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];

  it('as many times as asked for', async () => {
    const { happen, control } = await listening('copies');
    await control('webhooks', { mode: 'duplicate', copies: 3 });
    await happen();
    await simulator.delivered();
    expect(receiver.ids()).toHaveLength(3);
    expect(new Set(receiver.ids()).size).toBe(1);
  });

  it.each(['reverse', 'shuffle'])('in another order: %s', async (mode) => {
    const { happen, control, stripe } = await listening(mode);
    await control('webhooks', { mode, windowMs: 300 });
    for (const name of names) await happen(name);
    await simulator.delivered();
    const order = (await stripe.events.list({ type: 'product.created' })).data.map(({ id }) => id);
    expect(receiver.ids().toSorted()).toEqual(order.toSorted());
    if (mode === 'reverse') expect(receiver.ids()).toEqual(order);
  });

  it('late, by the simulated time, or not before the way is another', async () => {
    const { happen, control } = await listening('late');
    await control('webhooks', { mode: 'delay', delaySeconds: 60 });
    await happen();
    await simulator.delivered();
    expect(receiver.received).toEqual([]);
    await control('clock/advance', { seconds: 60 });
    await simulator.delivered();
    expect(receiver.received).toHaveLength(1);

    await control('webhooks', { mode: 'delay' });
    await happen();
    await control('clock/advance', { seconds: 86_400 });
    await simulator.delivered();
    expect(receiver.received).toHaveLength(1);
    await control('webhooks', { mode: 'normal' });
    await simulator.delivered();
    expect(receiver.received).toHaveLength(2);
  });

  it('never', async () => {
    const { happen, control } = await listening('never');
    await control('webhooks', { mode: 'off' });
    await happen();
    await control('webhooks', { mode: 'normal' });
    await simulator.delivered();
    expect(receiver.received).toEqual([]);
  });

  it.each([
    [
      'stale',
      (secret: string, { body, signature }: Received) => Stripe.webhooks.constructEvent(body, signature, secret),
      'Timestamp outside the tolerance zone',
    ],
    [
      'bad_signature',
      (secret: string, { body, signature }: Received) => Stripe.webhooks.constructEvent(body, signature, secret),
      'No signatures found',
    ],
  ])('after one that nobody should believe: %s', async (mode, verify, problem) => {
    const { happen, control, endpoint } = await listening(mode);
    await control('webhooks', { mode });
    await happen();
    await simulator.delivered();
    const [stray, event] = receiver.received as [Received, Received];
    expect(() => verify(endpoint.secret as string, stray)).toThrow(problem);
    expect(stray.event.id).not.toBe(event.event.id);
    expect(verify(endpoint.secret as string, event).id).toBe(event.event.id);
  });

  it('after one of live mode, and in the words of another API version', async () => {
    const { happen, control } = await listening('strange');
    await control('webhooks', { mode: 'live_stray' });
    await happen();
    await simulator.delivered();
    expect(receiver.received.map(({ event }) => event.livemode)).toEqual([true, false]);
    await control('webhooks', { mode: 'other_version' });
    const { id } = await happen();
    await simulator.delivered();
    expect(receiver.received[2]?.event).toMatchObject({ api_version: '2019-12-03', data: { object: { id, object: 'product' } } });
    expect(Object.keys(receiver.received[2]?.event.data.object ?? {})).toEqual(['id', 'object']);
  });
});
