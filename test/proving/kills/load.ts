import { type Api, readySeller, signIn, stranger, syncDocument } from '../../support/api.js';
import { fillDueSettlements } from '../../support/due-settlements.js';
import type { Installation } from './installation.js';

/** What Holdfast has said is done, and nobody may find undone. */
export interface Acknowledged {
  /** The payment of each checkout session. */
  payments: Map<string, string>;
  /** What was given back, by the key it was asked under. */
  refunds: Map<string, { paymentId: string; amountMinor: number }>;
}

/** Buyers and a seller who go on for as long as they are let, whatever becomes of the processes that serve them. */
export interface Load {
  acknowledged: Acknowledged;
  /** Lets everybody finish what they are at. */
  stop(): Promise<void>;
}

const buyersCount = 6;
const againMs = 100;
const patienceMs = 300_000; // more than a key that a dead process has left stays in use
export const dueCount = 1_000; // settlements, so that a worker always has something to pay
const settledMinor = 5_000; // of each settlement
const refundMinor = 1_000;

export async function beginLoad({ url, stripeUrl, databaseUrl }: Installation): Promise<Load> {
  const control = async (path: string, body: object = {}) => {
    const answer = await fetch(`${stripeUrl}/_simulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const world = { url, control, databaseUrl } as never;
  let seller = await readySeller(world);
  const { viewer } = await seller.run<{ viewer: { email: string } }>('{ viewer { email } }');
  /** The answer to a password given again may be lost, and with it who one is: so one signs in anew. */
  const signInAnew = async (refused: unknown) => {
    if (/STEP_UP_REQUIRED|UNAUTHENTICATED/.test(String(refused))) seller = await signIn(world, viewer.email, seller.accountId);
    throw refused;
  };
  await fillDueSettlements(world, seller.accountId, dueCount);
  await fetch(`${stripeUrl}/v1/topups`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_sim_main', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ amount: String(dueCount * settledMinor * 2), currency: 'usd' }),
  });
  const acknowledged: Acknowledged = { payments: new Map(), refunds: new Map() };
  let goesOn = true;
  const buyers = Array.from({ length: buyersCount }, async (_, buyer) => {
    for (let count = 0; goesOn; count++) {
      const session = await buy(stranger(world), seller.accountId);
      await control(`checkout/sessions/${session}/pay`);
      const paymentId = await comeBack(stranger(world), seller.accountId, session);
      acknowledged.payments.set(session, paymentId);
      if (count % 3 === 0) await giveBack(() => seller, paymentId, `${buyer} ${count}`, acknowledged, signInAnew);
    }
  });
  return {
    acknowledged,
    async stop() {
      goesOn = false;
      await Promise.all(buyers);
    },
  };
}

async function buy(buyer: Api, accountId: string): Promise<string> {
  const document = 'mutation ($id: ID!) { createPaymentCheckout(input: { accountId: $id, email: "a@example.com" }) { checkoutSessionId } }';
  return insist(async () => {
    const { createPaymentCheckout } = await buyer.run<{ createPaymentCheckout: { checkoutSessionId: string | null } }>(document, { id: accountId });
    return createPaymentCheckout.checkoutSessionId;
  });
}

async function comeBack(buyer: Api, accountId: string, session: string): Promise<string> {
  return insist(async () => {
    const { syncCheckoutSession } = await buyer.run<{ syncCheckoutSession: { payment: { id: string } | null } }>(syncDocument, {
      id: accountId,
      session,
    });
    return syncCheckoutSession.payment?.id ?? null;
  });
}

async function giveBack(
  seller: () => Api,
  paymentId: string,
  key: string,
  { refunds }: Acknowledged,
  refused: (error: unknown) => Promise<never>,
): Promise<void> {
  const document = `mutation ($id: ID!, $amount: MinorUnits!, $key: String!) {
    refundPayment(input: { paymentId: $id, amount: $amount, idempotencyKey: $key }) { payment { amountRefunded { amount } } userErrors { code message } }
  }`;
  interface Answer {
    refundPayment: { payment: { amountRefunded: { amount: number } } | null; userErrors: object[] };
  }
  await insist(async () => {
    const { refundPayment } = await seller().run<Answer>(document, { id: paymentId, amount: refundMinor, key }).catch(refused);
    if (refundPayment.payment?.amountRefunded.amount !== refundMinor) throw new Error(JSON.stringify(refundPayment));
    return key;
  });
  refunds.set(key, { paymentId, amountMinor: refundMinor });
}

/** Asks until there is an answer, as people and programs do; but not for ever. */
async function insist<T>(ask: () => Promise<T | null>): Promise<T> {
  let last: unknown = 'no answer';
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; ) {
    try {
      const answer = await ask();
      if (answer !== null) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
  throw last;
}
