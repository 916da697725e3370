import { writeFileSync } from 'node:fs';
import { routes } from '../../src/simulator/dispatch.js';
import { readDeclarations } from './declarations.js';
import { printed, specificationFile, withoutIds } from './specification.js';

const declarations = readDeclarations(process.cwd());
writeFileSync(specificationFile, printed(declarations.specify(routes.map(({ method, path }) => `${method} ${withoutIds(path)}`))));
declarations.close();
