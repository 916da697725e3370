import { describe, expect, it } from '@jest/globals';
import { checkCountry, defaultCurrencyOf, onboardingCountries, serviceAgreementFor } from './countries.js';
import { findCurrency } from './currencies.js';

describe('the countries of sellers', () => {
  it('are offered where sellers can charge, each with a currency of Stripe', () => {
    expect(onboardingCountries).toHaveLength(44);
    for (const country of onboardingCountries) {
      expect(country).toMatch(/^[A-Z]{2}$/);
      expect(() => checkCountry(country, ['country'])).not.toThrow();
      expect(serviceAgreementFor(country)).toBe('full');
      expect(findCurrency(defaultCurrencyOf(country) ?? '')).not.toBeNull();
    }
    expect(['US', 'GB', 'DE', 'CH', 'BG', 'JP'].map(defaultCurrencyOf)).toEqual(['USD', 'GBP', 'EUR', 'CHF', 'EUR', 'JPY']);
  });

  it('are accepted where sellers only receive transfers, under the recipient agreement', () => {
    for (const country of ['IN', 'ZA', 'IS', 'TW', 'VN']) {
      expect(() => checkCountry(country, ['country'])).not.toThrow();
      expect(serviceAgreementFor(country)).toBe('recipient');
      expect(defaultCurrencyOf(country)).toBeNull();
      expect(onboardingCountries).not.toContain(country);
    }
  });

  it.each(['KP', 'us', 'USA', '', 'constructor', '__proto__', 'U\nS'])('refuse %j, naming what came and what is offered', (country) => {
    expect(() => checkCountry(country, ['input', 'country'])).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        path: ['input', 'country'],
        message: `Stripe opens no account in ${JSON.stringify(country.slice(0, 8))}.`,
        remedy: expect.stringContaining('Use a two-letter code'),
      }),
    );
  });

  it('tell those who write UK its code', () => {
    expect(() => checkCountry('UK', ['country'])).toThrow(
      expect.objectContaining({ remedy: expect.stringMatching(/^The United Kingdom is GB\. Offered are AE, AT, .*US\.$/) }),
    );
  });
});
