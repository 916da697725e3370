import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '../../src/simulator/dispatch.js';
import { type Declarations, readDeclarations } from './declarations.js';
import { printed, readSpecification, specificationFile, withoutIds } from './specification.js';

const root = join(import.meta.dirname, '../../..');
const simulated = routes.map(({ method, path }) => `${method} ${withoutIds(path)}`);

describe('the simulated API', () => {
  let declarations: Declarations;
  beforeAll(() => {
    declarations = readDeclarations(root);
  });
  afterAll(() => declarations.close());

  it('has no endpoint that Stripe’s SDK does not have', () => {
    expect(simulated.filter((endpoint) => !declarations.endpoints.has(endpoint))).toEqual([]);
    expect(simulated.length).toBeGreaterThan(80);
  });

  it('has each endpoint once', () => {
    expect(simulated.filter((endpoint, index) => simulated.indexOf(endpoint) !== index)).toEqual([]);
  });

  it('is compared with what the installed SDK declares', () => {
    const kept = readFileSync(specificationFile, 'utf8');
    const isPresent = kept === printed(declarations.specify(simulated));
    expect({ isPresent, otherwise: 'npm run build && node dist/test/simulator/write-specification.js' }).toMatchObject({ isPresent: true });
  });

  it('has every endpoint that the product calls', () => {
    const names = new Set(Object.values(readSpecification().endpoints).map(({ name }) => name));
    const folder = join(root, 'src/stripe');
    const source = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const called = source.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/\bsdk\.((?:\w+\.)+\w+)\(/g)].map(([, name]) => name),
    );
    expect(called.length).toBeGreaterThan(30);
    expect(called.filter((name) => !names.has(name as string))).toEqual([]);
  });
});
