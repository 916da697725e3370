import { createHash } from 'node:crypto';

/** Everything that shows why a settlement paid what it paid: checked without the server, from this alone. Amounts in minor units. */
export interface SettlementProof {
  version: 1;
  settlement: { id: string; currency: string; amountMinor: number; deductedMinor: number; stripeTransferId: string | null; settledAt: string };
  purchases: {
    paymentId: string;
    chargedMinor: number;
    subtotalMinor: number;
    platformFeeMinor: number;
    vatMinor: number;
    vatBps: number;
    feeMode: 'INCLUDED' | 'ADDED';
    sellerTransferMinor: number;
    refundedMinor: number;
    lostMinor: number;
    paidMinor: number;
  }[];
  transfer: {
    operationId: string;
    idempotencyKey: string;
    amountMinor: number;
    destination: string;
    attempts: { startedAt: string; outcome: string | null; stripeRequestId: string | null }[];
  } | null;
  /** The movements of the books behind it, each with its place in the chain. */
  movements: { content: string; link: { number: number; previous: string; hash: string } | null }[];
  /** The lines of Stripe's balance behind its transfer. */
  balanceLines: { id: string; netMinor: number; sourceId: string | null }[];
  /** The contents' hashes from the last of its movements up to the head of the chain, where that is not too far. */
  path: { from: number; contentSha256s: string[]; head: string } | null;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * Recomputes a proof from nothing but itself. Answers what does not hold, in words; nothing where all of it does.
 * Checks that each purchase's split sums and holds its tax, that the settlement is the sum of its purchases less debts, that the transfer and Stripe's
 * own line are of exactly that amount, that every movement balances, and that the movements are what the chain was made of, up to its head.
 */
export function verifyProof(proof: SettlementProof): string[] {
  return [...splits(proof), ...sums(proof), ...movements(proof), ...chain(proof)];
}

function splits({ purchases }: SettlementProof): string[] {
  return purchases.flatMap((purchase) => {
    const { paymentId, chargedMinor, subtotalMinor, platformFeeMinor, vatMinor, vatBps, feeMode, sellerTransferMinor } = purchase;
    const problems: string[] = [];
    if (sellerTransferMinor + platformFeeMinor !== chargedMinor) problems.push('its parts do not sum to what was charged');
    if (subtotalMinor + (feeMode === 'ADDED' ? platformFeeMinor : 0) !== chargedMinor)
      problems.push('what was charged does not follow from the price');
    const [numerator, denominator] = [2n * BigInt(platformFeeMinor) * BigInt(vatBps) + BigInt(10_000 + vatBps), 2n * BigInt(10_000 + vatBps)];
    if (numerator / denominator !== BigInt(vatMinor)) problems.push('the tax is not what its rate makes of the fee');
    if (sellerTransferMinor - purchase.refundedMinor - purchase.lostMinor !== purchase.paidMinor)
      problems.push('the seller was not settled what was left of their part');
    return problems.map((problem) => `${paymentId}: ${problem}`);
  });
}

function sums({ settlement, purchases, transfer, balanceLines }: SettlementProof): string[] {
  const paid = purchases.reduce((sum, { paidMinor }) => sum + paidMinor, 0);
  const problems: string[] = [];
  if (paid !== settlement.amountMinor + settlement.deductedMinor) problems.push('the settlement is not the sum of its purchases less debts');
  if (settlement.amountMinor > 0 && transfer?.amountMinor !== settlement.amountMinor) problems.push('the transfer is not of the settlement’s amount');
  const lines = balanceLines.filter(({ sourceId }) => sourceId === settlement.stripeTransferId);
  if (lines.length > 0 && lines.reduce((sum, { netMinor }) => sum + netMinor, 0) !== -settlement.amountMinor)
    problems.push('Stripe’s balance moved by another amount');
  return problems;
}

function movements(proof: SettlementProof): string[] {
  const causes = proof.movements.map(({ content }) => content.split('|').slice(1, 3).join(' '));
  const missing = [`SETTLEMENT ${proof.settlement.id}`, ...proof.purchases.map(({ paymentId }) => `PAYMENT ${paymentId}`)].filter(
    (cause) => !causes.includes(cause),
  );
  const unbalanced = proof.movements.filter(({ content }) => sumOf(content) !== 0).map(({ content }) => content.split('|')[0]);
  return [...missing.map((cause) => `${cause} is not in the books`), ...unbalanced.map((id) => `${id} does not balance`)];
}

function sumOf(content: string): number {
  const sides = content.split('|')[5] ?? '';
  return sides.split(',').reduce((sum, side) => sum + Number(side.split(':').at(-1)), 0);
}

function chain({ movements: all, path }: SettlementProof): string[] {
  const problems = all.flatMap(({ content, link }) => {
    if (!link) return [`${content.split('|')[0]} is not in the chain yet`];
    return sha256(`${link.previous}${sha256(content)}`) === link.hash ? [] : [`${content.split('|')[0]} is not what the chain was made of`];
  });
  if (!path) return problems;
  const start = all.find(({ link }) => link?.number === path.from)?.link;
  const head = path.contentSha256s.reduce((hash, content) => sha256(`${hash}${content}`), start?.hash ?? '');
  return head === path.head ? problems : [...problems, 'the path does not lead to the head of the chain'];
}
