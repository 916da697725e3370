import type { Marketplace } from '../../src/scenarios/marketplace.js';
import { platformOwner, type Stored, type World } from '../../src/simulator/world.js';

/** What a seller must have of everything that was bought of them, when all is over; computed from what happened at Stripe alone. */
export interface Expected {
  accountId: string;
  minor: number;
  /** By how much cutting a payment into several pieces may round it. */
  roundedMinor: number;
}

const wholeBps = 10_000;
const quantityMax = 3;

/** The whole of the marketplace's arithmetic once more, for one currency and the fee added on top: what a purchase promises, less what went back to buyers. */
export function expectedOf(world: World, { sellers, offerings, terms }: Marketplace): Expected[] {
  const charges = world.all<Stored>('charge', platformOwner).filter(({ transfer_group }) => offerings.some(({ id }) => id === transfer_group));
  return sellers.map(({ accountId }) => {
    const owns = offerings.filter((offering) => offering.accountId === accountId);
    const parts = charges.flatMap((charge) => {
      const offering = owns.find(({ id }) => id === charge['transfer_group']);
      return offering ? [shareOf(world, charge, offering.unitPriceMinor, terms)] : [];
    });
    return {
      accountId,
      minor: parts.reduce((sum, { minor }) => sum + minor, 0),
      roundedMinor: parts.reduce((sum, { roundedMinor }) => sum + roundedMinor, 0),
    };
  });
}

function shareOf(world: World, charge: Stored, unitMinor: number, terms: Marketplace['terms']): Omit<Expected, 'accountId'> {
  const totalMinor = charge['amount'] as number;
  const promisedMinor = promised(totalMinor, unitMinor, terms);
  const disputes = world.all<Stored>('dispute', platformOwner).filter((one) => one['charge'] === charge.id);
  const lost = disputes.filter(({ status }) => status === 'lost').reduce((sum, { amount }) => sum + (amount as number), 0);
  const goneMinor = Math.min(totalMinor, (charge['amount_refunded'] as number) + lost);
  const feeGoneMinor = halfUp(totalMinor - promisedMinor, goneMinor, totalMinor);
  const refunds = world.all<Stored>('refund', platformOwner).filter((one) => one['charge'] === charge.id);
  return { minor: promisedMinor - (goneMinor - feeGoneMinor), roundedMinor: disputes.length === 0 ? 0 : disputes.length + refunds.length };
}

/** What of a total is the seller's: so many at the unit price, with the fee on top. */
function promised(totalMinor: number, unitMinor: number, { percentageBps, fixedFeeMinor }: Marketplace['terms']): number {
  for (let quantity = 1; quantity <= quantityMax; quantity++) {
    const subtotal = unitMinor * quantity;
    if (subtotal + halfUp(subtotal, percentageBps, wholeBps) + fixedFeeMinor * quantity === totalMinor) return subtotal;
  }
  throw new Error(`nobody sells anything for ${totalMinor}`);
}

/** What Stripe was made to do twice: told by our own ids in what it made. */
export function doneTwice(world: World): string[] {
  const ofSettlements = world
    .all<Stored>('transfer', platformOwner)
    .map(({ metadata }) => metadata as Record<string, string>)
    .map(({ settlement, reversal }) => (reversal ? `what ${reversal} took back` : settlement ? `settlement ${settlement}` : null));
  const ofOperations = ['transfer', 'transfer_reversal', 'refund'].flatMap((kind) =>
    world.all<Stored>(kind, null).map(({ metadata }) => {
      const { operation, refund } = (metadata ?? {}) as Record<string, string>;
      return operation ?? refund ?? null;
    }),
  );
  return [...repeated(ofSettlements), ...repeated(ofOperations)].map((what) => `${what} was paid twice`);
}

function repeated(values: (string | null)[]): string[] {
  const seen = new Set<string>();
  return values.filter((value): value is string => value !== null && seen.size === seen.add(value).size);
}

/** The model's own rounding, so that a defect in the house's is not one here too. */
function halfUp(minor: number, numerator: number, denominator: number): number {
  const exact = (minor * numerator) / denominator;
  return Math.floor(exact + 0.5);
}
