import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommissionSnapshotRow } from './commission-snapshot.js';
import type { PaymentRow } from './payment.js';
import { bearingOf } from './refund-bearing.js';

const nothingGone = {
  refundedMinor: 0,
  refundedSellerMinor: 0,
  refundedVatMinor: 0,
  disputedSellerMinor: 0,
  disputedFeeMinor: 0,
  disputedVatMinor: 0,
};
const split = { platformFeeMinor: 400, vatMinor: 0, totalChargedMinor: 5_400, currency: 'USD' } as CommissionSnapshotRow;
const of = (chargeModel: PaymentRow['chargeModel']) => ({ ...nothingGone, chargeModel, amountMinor: 5_400 }) as PaymentRow;

describe('who bears a refund', () => {
  it('is the seller alone for a charge of their own, less what the platform gives back of its fee', () => {
    expect(bearingOf(of('DIRECT'), split, 2_700, true)).toEqual({ sellerMinor: 2_500, platformMinor: 200 });
    expect(bearingOf(of('DIRECT'), split, 2_700, false)).toEqual({ sellerMinor: 2_700, platformMinor: 0 });
  });

  it('are both in proportion for a charge on the platform, whatever is asked', () => {
    expect(bearingOf(of('SEPARATE'), split, 2_700, false)).toEqual({ sellerMinor: 2_500, platformMinor: 200 });
  });

  it('give together what the buyer gets, and nobody less than nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('DIRECT' as const, 'SEPARATE' as const),
        fc.integer({ min: 1, max: 5_400 }),
        fc.boolean(),
        (model, minor, returnsFee) => {
          const { sellerMinor, platformMinor } = bearingOf(of(model), split, minor, returnsFee);
          expect(sellerMinor + platformMinor).toBe(minor);
          expect(Math.min(sellerMinor, platformMinor)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
