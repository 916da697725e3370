import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Seller } from '../../access/viewer.js';
import { Refusal } from '../../base/errors.js';
import { decimalText } from '../../base/money.js';
import type { Work } from '../../db/work.js';
import type { PaymentRow } from '../../payments/payment.js';
import { readPayment, refundsOfPayment, snapshotsByPayment } from '../../payments/reading.js';
import { bearingOf, isRefundable, leftOf } from '../../payments/refund-bearing.js';
import { refundPayment } from '../../payments/refunding.js';
import { assertSameOrigin, type Door } from '../door.js';
import { statusOfRefusal } from '../errors.js';
import type { RefusedForm } from '../pages/field.js';
import { paymentPage } from '../pages/seller/payment.js';
import { sendPage } from '../pages/send.js';
import { withStepUp } from '../people/confirming.js';
import { type Fields, fieldOf, fieldsOf, priceOf } from '../seller-actions.js';
import { sellerOf } from './visiting.js';

type Visit = FastifyRequest<{ Params: { id: string }; Querystring: Record<string, string | undefined> }>;

/** One payment for its seller: who paid what, who has it, what was given back, and the form that gives back all of it or a part. */
export function paymentRoutes(door: Door): FastifyPluginAsync {
  return async (app) => {
    app.get('/connect/payments/:id', async (request: Visit, reply) => {
      const work = door.openWork();
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const { did } = request.query;
      const typed = fieldsOf({ body: request.query });
      const payment = await readPayment(work, viewer, request.params.id);
      const refusal = typed['amount'] === undefined ? null : refusalOf(viewer, payment, typed);
      if (refusal) statusOfRefusal(reply, refusal);
      await show(work, reply, viewer, payment, { typed, refused: refusal && told(refusal), notice: did === 'refunded' ? refunded : null });
      return reply;
    });
    app.post('/connect/payments/:id', async (request: Visit, reply) => {
      const work = door.openWork();
      assertSameOrigin(work, request);
      const viewer = await sellerOf(work, request, reply);
      if (!viewer) return reply;
      const typed = fieldsOf(request);
      await withStepUp(work, request, reply, viewer, async (confirmed) => {
        const payment = await readPayment(work, confirmed, request.params.id);
        try {
          await refund(work, confirmed, payment, typed);
          reply.redirect(`/connect/payments/${payment.id}?did=refunded`, 303);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          statusOfRefusal(reply, error);
          const again = isOver(error) ? { ...typed, key: '' } : typed;
          await show(work, reply, confirmed, await readPayment(work, confirmed, payment.id), { typed: again, refused: told(error), notice: null });
        }
      });
      return reply;
    });
  };
}

const refunded = 'Refunded. The buyer’s bank shows it in 5 to 10 days.';

/** Whether nothing more comes of the form's key. Else the form keeps it: pressed again, it goes on with the refund that may have been made. */
function isOver({ code }: Refusal): boolean {
  return code === 'STRIPE_REFUSED' || code === 'IDEMPOTENCY_KEY_REUSED';
}

function told(refusal: Refusal): RefusedForm {
  return { form: 'refund', field: fieldOf(refusal), message: refusal.message, remedy: refusal.remedy };
}

/** The amount somebody typed. Refuses with INVALID where it is none, and with NOT_REFUNDABLE where it is more than is left. */
function amountIn(viewer: Seller, payment: PaymentRow, { amount = '' }: Fields): number {
  const { currency } = payment;
  const left = `At most ${decimalText(leftOf(payment), currency)}.`;
  const { amountMinor } = priceOf(viewer, { amount, currency });
  if (!amountMinor) throw new Refusal('INVALID', 'There is no amount to give back.', ['amount'], left);
  if (amountMinor > leftOf(payment)) throw new Refusal('NOT_REFUNDABLE', `${amount.trim()} ${currency} is more than is left.`, ['amount'], left);
  return amountMinor;
}

function refusalOf(viewer: Seller, payment: PaymentRow, typed: Fields): Refusal | null {
  try {
    amountIn(viewer, payment, typed);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

async function refund(work: Work, viewer: Seller, payment: PaymentRow, typed: Fields): Promise<void> {
  await refundPayment(work, viewer, {
    paymentId: payment.id,
    amountMinor: amountIn(viewer, payment, typed),
    reason: typed['reason'] || null,
    returnsFee: payment.chargeModel !== 'DIRECT' || typed['returnFee'] === 'on',
    idempotencyKey: typed['key'] || null,
  });
}

async function show(
  work: Work,
  reply: FastifyReply,
  viewer: Seller,
  payment: PaymentRow,
  { typed, ...rest }: { typed: Fields; refused: RefusedForm | null; notice: string | null },
): Promise<void> {
  const [[split], refunds] = await Promise.all([snapshotsByPayment(work, [payment.id]), refundsOfPayment(work, payment.id)]);
  const isTyped = typed['amount'] !== undefined;
  const returnsFee = !isTyped || typed['returnFee'] === 'on';
  const minor = isTyped && !rest.refused ? amountIn(viewer, payment, typed) : leftOf(payment);
  sendPage(
    reply,
    paymentPage({
      ...rest,
      person: viewer.name,
      test: work.config.stripe.mode !== 'live',
      payment,
      split: split ?? null,
      refunds,
      typed: {
        amount: typed['amount'] ?? decimalText(leftOf(payment), payment.currency),
        reason: typed['reason'] ?? '',
        returnsFee,
        key: typed['key'] || randomUUID(),
      },
      asked: { minor, bearing: split && isRefundable(payment) && !rest.refused ? bearingOf(payment, split, minor, returnsFee) : null },
    }),
  );
}
