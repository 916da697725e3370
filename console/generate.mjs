// Writes console/generated: the type of every GraphQL document in the console, after checking each against the API's own schema.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse, validate } from 'graphql';

const here = import.meta.dirname;
const out = join(here, 'generated');
const schemaText = readFileSync(resolve(here, '../schema/schema.graphql'), 'utf8');

/** The documents of the console's files, as `graphql(`…`)` marks them. */
function documentsOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile() && /\.tsx?$/.test(file.name) && !file.parentPath.startsWith(out))
    .map((file) => join(file.parentPath, file.name))
    .sort()
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\bgraphql\(`([^`]*)`\)/g)].map(([, rawSDL]) => ({ location: path, rawSDL, document: parse(rawSDL) })),
    );
}

const documents = documentsOf(here);
const problems = validate(buildSchema(schemaText), { kind: 'Document', definitions: documents.flatMap(({ document }) => document.definitions) });
if (problems.length > 0) {
  for (const { message } of problems) console.error(`The console asks for what the API does not have: ${message}`);
  process.exit(1);
}

const sections = await preset.buildGeneratesSection({
  baseOutputDir: `${out}/`,
  schema: parse(schemaText),
  documents,
  config: {
    documentMode: 'string',
    enumsAsTypes: true,
    useTypeImports: true,
    scalars: { DateTime: 'string', MinorUnits: 'number', CurrencyCode: 'string', BasisPoints: 'number' },
  },
  presetConfig: { fragmentMasking: false },
  plugins: [],
  pluginMap: {},
});
mkdirSync(out, { recursive: true });
for (const section of sections) {
  const text = await codegen({ ...section, schema: parse(schemaText), skipDocumentsValidation: true });
  const file = resolve(section.filename);
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    // written below for the first time
  }
  if (before !== text) writeFileSync(file, text);
}
console.log(`${documents.length} documents of the console fit the API (${relative(process.cwd(), out)})`);
