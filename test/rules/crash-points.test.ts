import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { crashPoints } from '../../src/base/crash-points.js';

const folder = 'test/faults';
const faults = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'));
const isKilledIn = (tests: string[], point: string) => tests.some((text) => text.includes(`'${point}'`));

describe('the places where a process may die', () => {
  it.each([...crashPoints])('%s has a test that kills there', (point) => {
    expect(isKilledIn(faults, point)).toBe(true);
  });

  it('would be reported where none does', () => {
    expect(isKilledIn(faults, 'nobody.dies.here')).toBe(false);
  });
});
