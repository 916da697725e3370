import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { actAs } from '../access/acting.js';
import { signIn, signOut } from '../access/sessions.js';
import { anonymous, type Seller } from '../access/viewer.js';
import type { BillingInterval } from '../accounts/account.js';
import { loadAccountWithConnection } from '../accounts/finding.js';
import { startOnboarding } from '../accounts/onboarding.js';
import { setMembershipPrice, setOneTimePrice } from '../accounts/pricing.js';
import { signUp } from '../accounts/sign-up.js';
import { syncOnboarding } from '../accounts/syncing.js';
import { Denied, Refusal } from '../base/errors.js';
import { minorOfText } from '../base/money.js';
import { pageRequest } from '../db/paging.js';
import type { Work } from '../db/work.js';
import { disconnectAccount } from '../payments/disconnecting.js';
import { listMemberships, listPayments, revenueOf } from '../payments/reading.js';
import { refundPayment } from '../payments/refunding.js';
import { assertSameOrigin, type Door, originOf, setSession, tokenOf, viewerOf } from './door.js';
import { statusOfRefusal } from './errors.js';
import { connectPage } from './pages/connect.js';
import type { Refused } from './pages/pay.js';
import { signInPage, signUpPage, startPage } from './pages/people.js';
import { sendPage, stripeOriginsOf } from './pages/send.js';

type Visit = FastifyRequest<{ Body: Record<string, unknown> | null; Querystring: Record<string, string | undefined> }>;
type Fields = Record<string, string>;

/** Signing up and in by pages, and the seller's dashboard with everything it does. */
export function sellerRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/', async (_request, reply) => sendPage(reply, startPage({ test: isTest(door.openWork()) })));
    personRoutes(app, door);

    app.get('/connect', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (viewer) await showDashboard(work, reply, viewer, { notice: notices.get(request.query['did'] ?? '') ?? null, refused: null, typed: {} });
      return reply;
    });
    app.get('/connect/return', (request: Visit, reply) =>
      act(door, request, reply, 'return', async (work, viewer) => {
        await syncOnboarding(work, viewer, viewer.accountId);
        return '/connect?did=returned';
      }),
    );
    app.get('/connect/refresh', (request: Visit, reply) =>
      act(
        door,
        request,
        reply,
        'start',
        async (work, viewer) => (await startOnboarding(work, viewer, { accountId: viewer.accountId, country: null })).onboardingUrl,
      ),
    );
    for (const [path, run] of Object.entries(actions)) {
      app.post(`/connect/${path}`, (request: Visit, reply) => {
        assertSameOrigin(door.openWork(), request);
        return act(door, request, reply, path.replace('-price', ''), (work, viewer) => run(work, viewer, fieldsOf(request)));
      });
    }
  };
}

/** What a form of the dashboard does, and where it leads. */
const actions: Record<string, (work: Work, viewer: Seller, fields: Fields) => Promise<string>> = {
  start: async (work, viewer, { country }) =>
    (await startOnboarding(work, viewer, { accountId: viewer.accountId, country: country || null })).onboardingUrl,
  'refresh-status': async (work, viewer) => {
    await syncOnboarding(work, viewer, viewer.accountId);
    return '/connect?did=returned';
  },
  'membership-price': async (work, viewer, fields) => {
    await setMembershipPrice(work, viewer, { ...priceOf(viewer, fields), interval: (fields['interval'] as BillingInterval | undefined) ?? null });
    return '/connect?did=priced';
  },
  'one-time-price': async (work, viewer, fields) => {
    await setOneTimePrice(work, viewer, priceOf(viewer, fields));
    return '/connect?did=priced';
  },
  refund: async (work, viewer, fields) => {
    await refundPayment(work, viewer, {
      paymentId: fields['payment'] ?? '',
      amountMinor: null,
      reason: null,
      returnsFee: true,
      idempotencyKey: null,
    });
    return '/connect?did=refunded';
  },
  disconnect: async (work, viewer, fields) => {
    if (fields['sure'] !== 'DISCONNECT') throw new Refusal('INVALID', 'Nothing was disconnected.', ['sure'], 'Type DISCONNECT in capitals to go on.');
    await disconnectAccount(work, viewer, viewer.accountId);
    return '/connect?did=disconnected';
  },
};

const notices = new Map(
  Object.entries({
    returned: 'Your status was read again from Stripe.',
    priced: 'Saved. Your public page shows it now.',
    refunded: 'Refunded. The buyer’s bank shows it in 5 to 10 days.',
    disconnected: 'Disconnected. Your payment history is kept below.',
  }),
);

function priceOf(viewer: Seller, { amount = '', currency = '' }: Fields) {
  const code = currency.toUpperCase();
  const amountMinor = amount.trim() === '' ? null : minorOfText(amount, code);
  if (Number.isNaN(amountMinor))
    throw new Refusal(
      'INVALID',
      `${JSON.stringify(amount.slice(0, 40))} is not an amount in ${code.slice(0, 8)}.`,
      ['amount'],
      'Write digits alone, like 25 or 25.50.',
    );
  return { accountId: viewer.accountId, amountMinor, currency: code };
}

function fieldsOf(request: Visit): Fields {
  return Object.fromEntries(Object.entries(request.body ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Runs an action for the signed-in seller; what is refused is told on the dashboard, with all that was typed. */
async function act(
  door: Door,
  request: Visit,
  reply: FastifyReply,
  form: string,
  run: (work: Work, viewer: Seller) => Promise<string>,
): Promise<FastifyReply> {
  const work = door.openWork();
  const viewer = await sellerOf(work, request, reply);
  if (!viewer) return reply;
  try {
    return reply.redirect(await run(work, viewer), 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    statusOfRefusal(reply, error);
    await showDashboard(work, reply, viewer, {
      notice: null,
      refused: { message: error.message, remedy: error.remedy, form },
      typed: fieldsOf(request),
    });
    return reply;
  }
}

/** The signed-in seller; anybody else is sent to sign in, and staff are told that this is not theirs. */
async function sellerOf(work: Work, request: Visit, reply: FastifyReply): Promise<Seller | null> {
  const viewer = await viewerOf(work, request);
  if (viewer.kind === 'ANONYMOUS') {
    reply.redirect('/sign-in', 303);
    return null;
  }
  if (viewer.role !== 'SELLER') throw new Denied('FORBIDDEN', 'The dashboard is for sellers; you are signed in as staff.');
  return viewer;
}

async function showDashboard(
  work: Work,
  reply: FastifyReply,
  viewer: Seller,
  told: { notice: string | null; refused: (Refused & { form: string }) | null; typed: Fields },
): Promise<void> {
  const newest = pageRequest({ first: 50 });
  const all = { accountId: viewer.accountId, search: null, status: null };
  const [found, payments, memberships, revenue] = await Promise.all([
    loadAccountWithConnection(work, viewer.accountId),
    listPayments(work, viewer, all, newest),
    listMemberships(work, viewer, all, newest),
    revenueOf(work, viewer.accountId),
  ]);
  const html = connectPage({
    ...found,
    ...told,
    person: viewer.name,
    payments: payments.rows,
    memberships: memberships.rows,
    revenue,
    payUrl: `${work.config.publicUrl}/c/${viewer.accountId}`,
    test: isTest(work),
  });
  sendPage(reply, html, stripeOriginsOf(work.config.stripe.apiBase, work.config.stripe.mode));
}

function isTest(work: Work): boolean {
  return work.config.stripe.mode !== 'live';
}

function personRoutes(app: Parameters<FastifyPluginAsync>[0], door: Door): void {
  app.get('/sign-up', async (_request, reply) => sendPage(reply, signUpPage({ name: '', email: '', refused: null, test: isTest(door.openWork()) })));
  app.get('/sign-in', async (_request, reply) => sendPage(reply, signInPage({ email: '', refused: null, test: isTest(door.openWork()) })));

  app.post('/sign-up', async (request: Visit, reply) => {
    const work = door.openWork();
    assertSameOrigin(work, request);
    actAs(work, anonymous, originOf(request));
    const { name = '', email = '', password = '' } = fieldsOf(request);
    try {
      setSession(work, reply, (await signUp(work, { name, email: email.trim(), password })).token);
      return reply.redirect('/connect', 303);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reply.status(422);
      return sendPage(reply, signUpPage({ name, email, refused: error, test: isTest(work) }));
    }
  });

  app.post('/sign-in', async (request: Visit, reply) => {
    const work = door.openWork();
    assertSameOrigin(work, request);
    actAs(work, anonymous, originOf(request));
    const { email = '', password = '' } = fieldsOf(request);
    try {
      const given = { email: email.trim(), password };
      const { viewer, token } = await door.guesses.counted(given.email, request.ip, () => signIn(work, given));
      setSession(work, reply, token);
      return reply.redirect(viewer.kind === 'PERSON' && viewer.role === 'SELLER' ? '/connect' : '/admin', 303);
    } catch (error) {
      if (!(error instanceof Denied) || error.code !== 'UNAUTHENTICATED') throw error;
      reply.status(401);
      return sendPage(reply, signInPage({ email, refused: { message: error.message, remedy: 'Check both and try again.' }, test: isTest(work) }));
    }
  });

  app.post('/sign-out', async (request: Visit, reply) => {
    const work = door.openWork();
    assertSameOrigin(work, request);
    const token = tokenOf(work, request);
    if (token) await signOut(work, token);
    setSession(work, reply, null);
    return reply.redirect('/', 303);
  });
}
