import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Conformance } from '../simulator/conformance.js';
import { reportVariable } from './conforming.js';

/** In every test: what a simulator is asked, answers and tells is as Stripe's SDK declares it, in this process and in those it starts. */
const conformance = new Conformance();
let leave: () => void;
let folder: string;

beforeAll(() => {
  leave = conformance.watch();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-conformance-'));
  process.env[reportVariable] = join(folder, 'problems');
});

afterAll(() => {
  leave();
  const report = join(folder, 'problems');
  const elsewhere = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
  rmSync(folder, { recursive: true });
  expect([...conformance.problems, ...elsewhere]).toEqual([]);
});
