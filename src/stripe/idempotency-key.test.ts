import { describe, expect, it } from '@jest/globals';
import { Bug } from '../base/assert.js';
import { recordKey } from './idempotency-key.js';

describe('the key of a write to Stripe', () => {
  it('is the same for the same record, and another for another purpose, record or generation', () => {
    expect(recordKey('refund', 'ref_1')).toBe(recordKey('refund', 'ref_1', 1));
    const keys = [recordKey('refund', 'ref_1'), recordKey('refund', 'ref_1', 2), recordKey('refund', 'ref_2'), recordKey('cancel', 'ref_1')];
    expect(new Set(keys).size).toBe(4);
  });

  it('is never longer than Stripe takes', () => {
    expect(recordKey('refund', 'r'.repeat(237))).toHaveLength(255);
    expect(() => recordKey('refund', 'r'.repeat(238))).toThrow(Bug);
  });
});
