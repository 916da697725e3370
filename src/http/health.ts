import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Config } from '../base/config.js';
import { Denied } from '../base/errors.js';
import { isDatabaseAway } from '../db/database.js';
import { eventsStanding } from '../events/standing.js';
import type { Door } from './door.js';
import { eventGauges } from './event-gauges.js';

/** Refuses with UNAUTHENTICATED whoever does not send the token; in production, without one, everybody. */
function assertMayMeasure({ metricsToken, production }: Config, authorization = ''): void {
  if (metricsToken === null && !production) return;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (metricsToken !== null && timingSafeEqual(digest(authorization), digest(`Bearer ${metricsToken.reveal()}`))) return;
  throw new Denied('UNAUTHENTICATED', 'The metrics take the bearer token that METRICS_TOKEN sets.');
}

/** The probes of those who run it, and Prometheus's text. */
export function healthRoutes(door: Door): FastifyPluginAsync {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'holdfast_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'holdfast_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['route'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  const events = eventGauges(registry);

  const plugin: FastifyPluginAsync = async (app) => {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'none';
      requests.inc({ method: request.method, route, status: reply.statusCode });
      seconds.observe({ route }, reply.elapsedTime / 1_000);
    });

    app.get('/healthz', async () => ({ alive: true }));

    app.get('/readyz', async (_request, reply) => {
      const checks = { draining: door.isDraining(), database: false, migrations: false };
      try {
        checks.migrations = (await door.pendingMigrations()).length === 0;
        checks.database = true;
      } catch {
        // told below
      }
      const ready = !checks.draining && checks.database && checks.migrations;
      reply.status(ready ? 200 : 503);
      return { ready, ...checks };
    });

    app.get('/metrics', async (request, reply) => {
      assertMayMeasure(door.openWork().config, request.headers.authorization);
      try {
        events.set(await eventsStanding(door.openWork()));
      } catch (error) {
        if (!isDatabaseAway(error)) throw error;
        events.forget(); // all other numbers are wanted most at such a time
      }
      reply.type(registry.contentType);
      return registry.metrics();
    });
  };
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true }); // its hook counts every route
}
