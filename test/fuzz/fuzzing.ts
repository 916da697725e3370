import { Agent, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { apiSchema } from '../../schema/build.js';
import { Chance } from '../proving/chance.js';
import { accept, openCheckout, readySeller, signInAsAdmin, syncDocument } from '../support/api.js';
import type { TestWorld } from '../support/world.js';
import { drawDocument } from './documents.js';
import { type Drawn, drawRequest } from './requests.js';

/** What came of it. */
export interface Fuzzed {
  count: number;
  /** How often each status was answered. */
  statuses: Record<string, number>;
  /** By how much the memory in use grew from the first fifth to the end. */
  grownBytes: number;
  slowestMs: number;
  /** What no answer may be: each with the request that brought it about. */
  problems: string[];
}

const atOnce = 8;
const busy = 503; // the database has no connection free: who sends so much at once is told to come back
const problemsMax = 20;
const insides =
  /node_modules|node:internal|\.[jt]s:\d+|\bat \w+ \(|postgres(ql)?:\/\/|relation "|syntax error at or near|insert into |violates \w+ constraint/i;

/** Sends so many drawn requests, or those for which there is time, several at once, and looks at each answer: no defect of ours, and nothing of our inside. */
async function send(world: TestWorld, count: number, msMax: number, draw: (n: number) => Drawn): Promise<Fuzzed> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const fuzzed: Fuzzed = { count: 0, statuses: {}, grownBytes: 0, slowestMs: 0, problems: [] };
  const untilMs = performance.now() + msMax;
  let next = 0;
  let usedBytes: number | null = null;
  const one = async () => {
    while (next < count && performance.now() < untilMs) {
      const n = next++;
      if (n === Math.floor(count / 5)) usedBytes = bytesInUse(); // what is kept for later is there by then
      const drawn = draw(n);
      const startedMs = performance.now();
      const { status, text } = await exchange(agent, world.url, drawn);
      fuzzed.count++;
      fuzzed.slowestMs = Math.max(fuzzed.slowestMs, performance.now() - startedMs);
      fuzzed.statuses[status] = (fuzzed.statuses[status] ?? 0) + 1;
      const isWrong =
        (status >= 500 && status !== busy) ||
        status === 0 ||
        insides.test(text.replaceAll(drawn.body.toString('utf8').slice(0, 2_000), '')) ||
        /"code":"INTERNAL"/.test(text);
      if (isWrong && fuzzed.problems.length < problemsMax)
        fuzzed.problems.push(
          `#${n} ${drawn.method} ${drawn.path} ${drawn.body.toString('utf8').slice(0, 1_500)}\n  → ${status} ${text.slice(0, 500)}`,
        );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  agent.destroy();
  if (usedBytes !== null) fuzzed.grownBytes = bytesInUse() - usedBytes;
  return fuzzed;
}

function exchange(agent: Agent, origin: string, { method, path, headers, body }: Drawn): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const sent = request(new URL(origin), { agent, method, path, headers: { ...headers, 'content-length': body.length } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
      answer.on('error', (error) => resolve({ status: 0, text: String(error) }));
    });
    sent.on('error', (error) => resolve({ status: 0, text: String(error) }));
    sent.end(body);
  });
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** Whoever asks, and the ids of what there is to ask about. */
async function populate(world: TestWorld): Promise<{ cookies: string[]; ids: string[]; secrets: string[] }> {
  const [seller, other, admin] = [await readySeller(world, 'Luna'), await readySeller(world, 'Sol'), await signInAsAdmin(world)];
  const session = await openCheckout(world, seller.accountId);
  await world.control(`checkout/sessions/${session}/pay`);
  const { syncCheckoutSession } = await seller.run<{ syncCheckoutSession: { payment: { id: string } } }>(syncDocument, {
    id: seller.accountId,
    session,
  });
  const { createApiKey } = await seller.run<{ createApiKey: { id: string; secret: string } }>(
    'mutation { createApiKey(input: { name: "Shop", scopes: ["payments:read", "checkout:write"] }) { id secret } }',
  );
  const { inviteStaff } = await admin.run<{ inviteStaff: { url: string } }>(
    'mutation { inviteStaff(input: { email: "ops@example.com", role: OPERATOR }) { url } }',
  );
  const operator = await accept(world, inviteStaff.url, 'Ops');
  return {
    cookies: [seller, other, admin, operator].map(({ cookie }) => cookie as string),
    ids: [seller.accountId, other.accountId, session, syncCheckoutSession.payment.id, createApiKey.id],
    secrets: [createApiKey.secret],
  };
}

/** GraphQL documents and plain requests of every kind against a world, as its seed draws them. */
export async function fuzz(world: TestWorld, asked: { documents: number; requests: number; seed: string; msMax?: number }) {
  const { cookies, ids, secrets } = await populate(world);
  const msMax = (asked.msMax ?? Number.POSITIVE_INFINITY) / 2;
  const schema = apiSchema();
  const callers = [...cookies.map((cookie) => ({ cookie })), ...secrets.map((secret) => ({ authorization: `Bearer ${secret}` })), {}];
  const documents = await send(world, asked.documents, msMax, (n) => {
    const chance = new Chance(`${asked.seed} document ${n}`);
    const body = JSON.stringify(drawDocument(chance, schema, ids)) ?? '';
    return { method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json', ...chance.of(callers) }, body: Buffer.from(body) };
  });
  const work = world.app.openWork();
  const webhookSecret = work.config.stripe.platformWebhookSecrets[0]?.reveal() ?? '';
  const requests = await send(world, asked.requests, msMax, (n) =>
    drawRequest(new Chance(`${asked.seed} request ${n}`), { ids, cookies, webhookSecret, now: work.wallClock.now() }),
  );
  return { documents, requests };
}
