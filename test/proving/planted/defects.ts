/** In which file of the build what becomes what. Each `from` stands once in its file. */
export interface Edit {
  file: string;
  from: string;
  to: string;
}

/** A defect to be planted: what it does, and what has to be changed for it. */
export interface Defect {
  does: string;
  edits: Edit[];
  /** The two at once who show it; absent where one alone does. */
  pair?: string;
}

/** A change of a file of `src`. */
export const edit = (file: string, from: string, to: string): Edit => ({ file: `src/${file}.js`, from, to });
/** A defect of a file of `src`. */
const defect = (file: string, from: string, to: string, does: string): Defect => ({ does, edits: [edit(file, from, to)] });

/**
 * Mistakes of one line that somebody could make, and of which the proving ground must find every one; else it proves nothing.
 * One that does no harm is not among them: that a process without the claim changes a settlement (`leave` in `settlements/lifecycle.ts`). Whoever has
 * the claim then sends the same key, so that nothing moves twice, and the transfer is recorded by whoever concludes its operation. A test of
 * the lifecycle finds it.
 */
export const defects: Defect[] = [
  defect('operations/attempts', "row.fn.coalesce('firstSentAt', row.val(now))", 'now', 'counts the age of a key from its last request'),
  defect('operations/attempts', 'keyLifeMs = 23 * hourMs', 'keyLifeMs = 400 * hourMs', 'sends keys that Stripe has forgotten'),
  defect(
    'operations/perform',
    'storedKey(operation.idempotencyKey)',
    'storedKey(operation.idempotencyKey + attemptId)',
    'takes a new key for each request',
  ),
  defect(
    'operations/perform',
    "return failure.kind === 'REFUSED';",
    "return failure.kind === 'REFUSED' || failure.kind === 'UNKNOWN';",
    'takes no answer for a no',
  ),
  defect('operations/lifecycle', '(earlier?.generation ?? 0) + 1', '1', 'intends every generation as the first'),
  defect(
    'operations/lifecycle',
    'recordKey(intention.kind.toLowerCase(), intention.subjectId, generation)',
    'recordKey(intention.kind.toLowerCase(), intention.subjectId)',
    'uses one key for all generations',
  ),
  defect(
    'operations/resume',
    "where('nextAttemptAt', '<=', now)",
    "where('nextAttemptAt', '>', later(now, 1e12))",
    'never takes up what a crash left open',
  ),
  defect('stripe/failures', "return unknown('Stripe had an error of its own.')", 'return refused(error)', 'takes a 500 for a no'),
  defect('stripe/failures', "return unknown('Stripe did not answer.')", 'return notRun', 'takes a lost answer for a request that never ran'),
  defect('settlements/settling', 'return mayHaveRun === undefined;', 'return true;', 'gives up what may have been paid'),
  defect(
    'settlements/settling',
    'await thaw(tx, settlement.id);\n    await (failure.code',
    'await (failure.code',
    'leaves a refused settlement frozen',
  ),
  defect('settlements/settling', "metadata['operation'] === operation.id", 'true', 'adopts any transfer of the group'),
  defect(
    'settlements/lifecycle',
    "where('claimedAt', '<', later(now, -claimLeaseMs))",
    "where('claimedAt', '<', later(now, -1e12))",
    'never takes a claim back from the dead',
  ),
  defect('settlements/settling', 'await postSettlement(tx, settlement, transfer.createdAt);', '', 'does not book what was paid'),
  defect(
    'settlements/lifecycle',
    "reversedMinor: row('reversedMinor', '+', minor)",
    "reversedMinor: row('reversedMinor', '+', 0)",
    'does not note what was taken back',
  ),
  defect('settlements/freezing', 'line.heldSince === null && leftOf(line) > 0', 'leftOf(line) > 0', 'pays what a bank is asking back'),
  defect('settlements/freezing', '.map(leftOf));', '.map(({ grossMinor: gross }) => gross));', 'pays what was refunded'),
  defect('settlements/freezing', 'if (leavesSome)', 'if (false)', 'leaves held purchases in a settlement that is paid'),
  defect('settlements/freezing', 'await releaseDebts(tx, settlementId);', '', 'keeps debts back for a transfer that never happened'),
  defect('settlements/freezing', 'await recoverDebts(tx, settlement.id);', '', 'keeps a debt back twice where it takes all of a settlement'),
  defect(
    'settlements/freezing',
    "causeKind === 'DISPUTE' && (await isPosted",
    'false && (await isPosted',
    'holds a purchase for ever that was lost while it was frozen',
  ),
  defect('settlements/freezing', "if (causeKind === 'REFUND')", 'if (false)', 'forgets refunds that came while a transfer was on its way'),
  defect(
    'settlements/debts',
    'amount_minor - reserved_minor - recovered_minor',
    'amount_minor - recovered_minor',
    'keeps one debt back from two settlements',
  ),
  defect(
    'settlements/debts',
    "row('sellerDebt.recoveredMinor', '+', row.ref('debtDeduction.amountMinor'))",
    "row('sellerDebt.recoveredMinor', '+', 0)",
    'does not note that a debt was kept back',
  ),
  defect(
    'settlements/taking-back',
    'if (line.paidMinor !== null)\n        return request(tx, settlement, line, cause, sellerMinor);',
    '',
    'takes nothing back for a refund after the settlement',
  ),
  defect(
    'settlements/taking-back',
    'lostMinor: addMinor(line.lostMinor, Math.min(lostMinor, leftOf(line)))',
    'lostMinor: line.lostMinor',
    'pays what was lost to a bank',
  ),
  defect('settlements/returning', 'addMinor(row.reversedMinor, recoveredMinor)', 'row.askedMinor', 'gives back more than was taken'),
  defect('settlements/returning', 'if (debt.reservedMinor > 0)', 'if (false)', 'forgives a debt that is being kept back'),
  defect(
    'settlements/returning',
    "row.status === 'REQUESTED' && !(await liveOperation(tx, 'REVERSAL', row.id))",
    'false',
    'takes back what is to be given back',
  ),
  defect('settlements/reversing', 'if (numUpdatedRows === 0n || owedMinor === 0)', 'if (true)', 'forgets what a seller owes'),
  defect(
    'payments/charge-recording',
    'subtractMinor(charge.amountRefundedMinor, payment.refundedMinor)',
    'charge.amountRefundedMinor',
    'counts earlier refunds again',
  ),
  defect(
    'payments/refund-recording',
    "'in', ['REQUESTED', 'SUCCEEDED']",
    "'=', 'SUCCEEDED'",
    'shows as made a refund that came back before its answer',
  ),
  defect('reconciliation/unheard-fees', 'lookBackMs = 180 * dayMs', 'lookBackMs = 30 * dayMs', 'forgets a fee that nobody has heard of for a month'),
  defect('events/earlier', 'if (failed.length > 0)', 'if (false)', 'forgets a refund that came back before its payment was known'),
  defect('events/earlier', 'await recordEarlierWarnings(work, home, chargeId);', '', 'forgets what a bank suspected before the payment was known'),
  defect('payments/canceling', 'operation.createdAt', 'work.clock.now()', 'takes a repeated answer for a new one'),
  defect('disputes/recording', "if (before.status === 'LOST')", 'if (false)', 'holds again what was lost already'),
  defect('disputes/recording', '(dispute) => !hasGivenBack(dispute)', '() => true', 'counts disputes that were won among what is gone'),
  defect(
    'disputes/recording',
    'await bearAnew(tx, payment, dispute.id);',
    '',
    'bears what was refunded before it was known that the bank gave all back',
  ),
  defect('settlements/taking-back', ".where('returnWantedAt', 'is', null)", '', 'asks nothing back of what is about to be given back'),
  defect('settlements/reversing', 'return forgotten.value', 'return null', 'takes back again what a restored database has forgotten'),
  defect('disputes/recording', 'if (after.reinstatedMinor > 0)', 'if (false)', 'does not book what a bank gives back'),
  defect(
    'disputes/movements',
    'await postDisputeFee(tx, currency, dispute);\n}\n/** What Stripe keeps',
    '}\n/** What Stripe keeps',
    'does not book what Stripe asks for a dispute',
  ),
  defect(
    'events/earlier',
    'for (const { id } of disputes.value)',
    'for (const { id } of [])',
    'forgets disputes that came before their payment was known',
  ),
  defect('reconciliation/ingesting', "refund.failure.kind !== 'REFUSED'", 'false', 'never learns whose a refund is that Stripe did not show at once'),
  defect('events/apply', "isLast ? 'PARKED' : 'RECEIVED'", "'APPLIED'", 'takes an event for applied that failed'),
  defect('base/lanes', 'await Promise.allSettled(running);', '', 'leaves lanes to go on unseen where one fails'),
  defect('accounts/creation', "metadata['connectedAccount'] === id", 'true', 'adopts another seller’s account'),
  defect('base/money', 'BigInt(numerator) * 2n + BigInt(denominator)', 'BigInt(numerator) * 2n', 'rounds down'),
];
