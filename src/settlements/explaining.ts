import { unreachable } from '../base/assert.js';
import { decimalText } from '../base/money.js';
import type { FailureCode } from '../stripe/result.js';
import { whyNotClaimable } from './lifecycle.js';
import type { SettlementRow } from './settlement.js';

/** Who can do something about it. */
export type Actor = 'NOBODY' | 'SELLER' | 'OPERATOR' | 'ADMINISTRATOR';

/** What a failure means to people: the next thing to do, who can do it, and whether it also mends itself. */
export interface Remedy {
  remedy: string;
  whoCanAct: Actor;
  retriesAutomatically: boolean;
}

/** The remedy of every reason a settlement can fail for; a new reason does not compile without one. */
export function remedyOf(code: FailureCode): Remedy {
  switch (code) {
    case 'ACCOUNT_DISCONNECTED':
      return {
        remedy: 'Ask the seller to connect Stripe again, then retry: the new account is paid.',
        whoCanAct: 'SELLER',
        retriesAutomatically: false,
      };
    case 'ACCOUNT_RESTRICTED':
      return { remedy: 'The seller answers what Stripe asks for, then retry.', whoCanAct: 'SELLER', retriesAutomatically: false };
    case 'INSUFFICIENT_BALANCE':
      return {
        remedy: 'Wait until the platform’s money is available at Stripe, or top the balance up.',
        whoCanAct: 'ADMINISTRATOR',
        retriesAutomatically: true,
      };
    case 'INVALID_ACCOUNT':
      return {
        remedy: 'The seller’s account is closed or unknown at Stripe: ask them to connect again, then retry.',
        whoCanAct: 'SELLER',
        retriesAutomatically: false,
      };
    case 'PLATFORM_NOT_ALLOWED':
      return { remedy: 'Check the platform’s Stripe key and its rights, then retry.', whoCanAct: 'ADMINISTRATOR', retriesAutomatically: true };
    case 'VERIFICATION_REQUIRED':
      return {
        remedy: 'Verify: look up at Stripe whether it was paid, then adopt that transfer, or send again.',
        whoCanAct: 'ADMINISTRATOR',
        retriesAutomatically: false,
      };
    case 'ATTEMPTS_EXHAUSTED':
      return {
        remedy: 'Stripe turned every attempt away for 23 hours; nothing was paid. Retry once Stripe works again.',
        whoCanAct: 'ADMINISTRATOR',
        retriesAutomatically: false,
      };
    case 'UNCLASSIFIED':
      return { remedy: 'Read Stripe’s words, mend the cause, then retry.', whoCanAct: 'ADMINISTRATOR', retriesAutomatically: false };
    default:
      return unreachable(code);
  }
}

/** What may be done with a settlement now. */
export interface AvailableAction {
  action: 'settleNow' | 'retrySettlement' | 'verifySettlement';
  enabled: boolean;
  disabledReason: string | null;
  consequences: string | null;
}

/** The actions on a settlement, with why each is or is not possible in its present state. Who may do them is the permission table's matter. */
export function actionsOn(settlement: SettlementRow, now: Date): AvailableAction[] {
  const { status, failureCode, dueAt } = settlement;
  const isUnknown = status === 'FAILED' && failureCode === 'VERIFICATION_REQUIRED';
  const why = whyNotClaimable(status);
  const early =
    dueAt > now ? `Pays the seller before it is due on ${dueAt.toISOString()}: buyers may still be refunded, then from the platform’s money.` : null;
  return [
    { action: 'settleNow', enabled: why === null, disabledReason: why, consequences: early ?? 'Pays the seller now.' },
    {
      action: 'retrySettlement',
      enabled: status === 'FAILED' && !isUnknown,
      disabledReason: isUnknown
        ? 'The outcome of the last transfer is unknown; verify it first.'
        : status === 'FAILED'
          ? null
          : `It is ${status}; only a FAILED one is retried.`,
      consequences: 'Sends a new transfer under a new key to the account the seller has now.',
    },
    {
      action: 'verifySettlement',
      enabled: isUnknown,
      disabledReason: isUnknown ? null : 'No outcome of it is unknown.',
      consequences: 'Looks up at Stripe what became of the transfer; changes nothing.',
    },
  ];
}

/** One step of an explanation: what, how much, why, who can act, and when something happens. One source for the seller's sentence and the operator's detail. */
export interface Reason {
  code: string;
  because: string;
  amountMinor: number | null;
  whoCanAct: Actor;
  at: Date | null;
}

/** What a settlement is made of and what happens to it next. */
export interface Explained {
  amount: Reason[];
  timing: Reason[];
  blocker: Reason | null;
}

/** The sums an explanation is told from. */
export interface Parts {
  grossMinor: number;
  refundedMinor: number;
  lostMinor: number;
  heldMinor: number;
  lineCount: number;
  deliversAt: Date;
  refundableUntil: Date;
  latestAvailableOn: Date | null;
}

/** Tells why this amount, why then, and what is in the way. The amounts sum to what is transferred. */
export function explain(settlement: SettlementRow, parts: Parts, now: Date): Explained {
  return { amount: whyThisAmount(settlement, parts), timing: whyThen(parts), blocker: whatBlocks(settlement, parts, now) };
}

function whyThisAmount({ deductedMinor, reversedMinor, currency }: SettlementRow, parts: Parts): Reason[] {
  const money = (minor: number) => `${decimalText(minor, currency)} ${currency}`;
  const part = (code: string, amountMinor: number, because: string): Reason[] =>
    amountMinor === 0 ? [] : [{ code, amountMinor, because, whoCanAct: 'NOBODY', at: null }];
  return [
    ...part(
      'SOLD',
      parts.grossMinor,
      `The seller’s share of ${parts.lineCount === 1 ? 'one purchase' : `${parts.lineCount} purchases`}: ${money(parts.grossMinor)}.`,
    ),
    ...part('REFUNDED', -parts.refundedMinor, `Refunded to buyers before it was settled: ${money(parts.refundedMinor)}.`),
    ...part('LOST', -parts.lostMinor, `Lost in disputes before it was settled: ${money(parts.lostMinor)}.`),
    ...part('HELD', -parts.heldMinor, `Held while a bank decides a dispute: ${money(parts.heldMinor)}.`),
    ...part('DEBT', -deductedMinor, `Kept back for what the seller owes from before: ${money(deductedMinor)}.`),
    ...part('REVERSED', -reversedMinor, `Taken back after it was settled: ${money(reversedMinor)}.`),
  ];
}

function whyThen({ deliversAt, refundableUntil, latestAvailableOn }: Parts): Reason[] {
  const step = (code: string, at: Date, because: string): Reason => ({ code, because, at, amountMinor: null, whoCanAct: 'NOBODY' });
  return [
    step('DELIVERED', deliversAt, 'It is delivered.'),
    step('REFUND_WINDOW', refundableUntil, 'Buyers can no longer be refunded as a matter of course.'),
    ...(latestAvailableOn ? [step('AVAILABLE', latestAvailableOn, 'The buyers’ money is available at Stripe.')] : []),
  ].sort((one, other) => (one.at as Date).getTime() - (other.at as Date).getTime());
}

function whatBlocks(settlement: SettlementRow, parts: Parts, now: Date): Reason | null {
  const { status, failureCode, failure, dueAt, nextAttemptAt } = settlement;
  if (failureCode) {
    const { whoCanAct, remedy } = remedyOf(failureCode);
    return {
      code: failureCode,
      because: `${failure?.message ?? 'It failed.'} ${remedy}`,
      whoCanAct,
      amountMinor: null,
      at: status === 'PENDING' ? nextAttemptAt : null,
    };
  }
  if (status !== 'PENDING') return null;
  if (dueAt > now) return { code: 'NOT_DUE', because: 'It is not due yet.', whoCanAct: 'NOBODY', amountMinor: null, at: dueAt };
  if (parts.heldMinor > 0 && parts.grossMinor - parts.refundedMinor - parts.lostMinor === parts.heldMinor)
    return { code: 'DISPUTED', because: 'All of it is held while a bank decides.', whoCanAct: 'NOBODY', amountMinor: parts.heldMinor, at: null };
  return { code: 'NEXT_RUN', because: 'It is due, and paid with the next run.', whoCanAct: 'NOBODY', amountMinor: null, at: nextAttemptAt };
}
