import { describe, expect, it } from '@jest/globals';
import { requirementWords } from './requirement-words.js';

describe('what Stripe still asks for', () => {
  it('is said in words of people, each question once', () => {
    const asked = [
      'individual.dob.day',
      'individual.dob.month',
      'individual.dob.year',
      'external_account',
      'business_profile.url',
      'tos_acceptance.date',
    ];
    expect(requirementWords(asked)).toEqual(['Date of birth', 'Bank account for payouts', 'Website', 'Acceptance of Stripe’s terms']);
  });

  it('is readable also where Stripe asks something new', () => {
    expect(requirementWords(['person_8UayFKIMRJklog.first_name', 'company.ownership_exemption_reason'])).toEqual([
      'First name',
      'Ownership exemption reason',
    ]);
  });
});
