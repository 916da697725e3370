import { Gauge, type Registry } from 'prom-client';
import type { EventsStanding } from '../events/standing.js';

/** Prometheus's gauges of events, in and out. */
export function eventGauges(registry: Registry): { set(standing: EventsStanding): void; forget(): void } {
  const gauge = (name: string, help: string) => new Gauge({ name: `holdfast_${name}`, help, registers: [registry] });
  const inbox = new Gauge({ name: 'holdfast_events_inbox', help: 'Events of Stripe by state', labelNames: ['state'], registers: [registry] });
  const told = {
    checkpointAgeSeconds: gauge('checkpoint_age_seconds_max', 'How far back the stream of events lies that was read longest ago'),
    failingStreams: gauge('event_streams_failing', 'Streams of events whose last poll failed'),
    silentEndpoints: gauge('stripe_endpoints_silent', 'Webhook endpoints at Stripe that miss events'),
    pendingDeliveries: gauge('deliveries_pending', 'Changes that partners are still to be told of'),
    oldestDeliverySeconds: gauge('outbox_oldest_seconds', 'Since when the oldest of them waits'),
    disabledEndpoints: gauge('partner_endpoints_disabled', 'Endpoints of partners that took nothing for three days, or wanted no more'),
  };
  return {
    set({ inbox: { received, parked }, ...standing }) {
      inbox.set({ state: 'RECEIVED' }, received);
      inbox.set({ state: 'PARKED' }, parked);
      for (const name of Object.keys(told) as (keyof typeof told)[]) told[name].set(standing[name]);
    },
    forget() {
      inbox.reset();
      for (const one of Object.values(told)) one.remove(); // rather no number than a wrong one
    },
  };
}
