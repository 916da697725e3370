import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLField, isListType, isNonNullType, parse } from 'graphql';
import { exportedLists } from '../../src/http/exports/exported-lists.js';
import { scriptedPlaces } from '../../src/http/staff-routes.js';
import { allSources } from './sources.js';

const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);
const sources = allSources().filter(({ path }) => path.startsWith('console/'));
const textOf = (path: string) => sources.find((source) => source.path === `console/${path}`)?.text ?? '';

/** Screens that are also pages without scripts, at routes of their own. */
const alsoWithoutScripts = ['/', '/settlements/:id'];

describe('the console', () => {
  const routes = namesIn(textOf('screens.tsx'), /<Route path="([^"]*)"/g);

  it('has a screen for every address that the server answers with it, and the server answers for every screen', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect([...scriptedPlaces.map((place) => `/${place}`), ...alsoWithoutScripts].sort()).toEqual(routes.toSorted());
  });

  it('leads to screens that there are, from the frame around them and from its search', () => {
    const places = [...namesIn(textOf('frame.tsx'), /\['(\/[^']*)', '/g), ...namesIn(textOf('search.ts'), /=> [`'](\/[^`']*)[`']/g)];
    expect(places.length).toBeGreaterThan(20);
    expect(places.map((place) => place.replace(/\?.*/, '').replace(/\$\{id\}/, ':id')).filter((place) => !routes.includes(place))).toEqual([]);
  });
});

/** Lists that may grow for ever: by the API's name, the screen, and the file they are had as. */
const lists: Record<string, [screen: string, file: keyof typeof exportedLists]> = {
  payments: ['screens/payments/payments.tsx', 'payments'],
  settlements: ['screens/settlements/settlements.tsx', 'settlements'],
  memberships: ['screens/payments/memberships.tsx', 'memberships'],
  accounts: ['screens/people/sellers.tsx', 'sellers'],
  disputes: ['screens/payments/disputes.tsx', 'disputes'],
  events: ['screens/events/events.tsx', 'events'],
  webhookDeliveries: ['screens/events/deliveries.tsx', 'deliveries'],
  auditLog: ['screens/people/changes.tsx', 'changes'],
};

/** Lists that are seen as a whole, and why. */
const short: Record<string, string> = {
  apiKeys: 'an installation’s programs; those that are over are kept, so it turns pages',
  webhookEndpoints: 'as many as there are partners',
  eventStreams: 'those that need somebody come first, and at most fifty are asked for',
  bulkRetries: 'the latest only: each is also found by its id',
  staff: 'a marketplace’s own people',
  invitations: 'what waits for an answer',
  heldMoney: 'a row for each currency',
  settings: 'as many as there are',
  explorerChapters: 'as many as were written',
  explorerTargets: 'three',
  scenarios: 'as many as were written',
  keptViews: 'as many as somebody keeps, and thirty at most',
};

describe('every list of the console', () => {
  const fields = buildSchema(readFileSync('schema/schema.graphql', 'utf8')).getQueryType()?.getFields() ?? {};
  const isList = ({ type }: GraphQLField<unknown, unknown>) => {
    const of = isNonNullType(type) ? type.ofType : type;
    return isListType(of) || String(of).endsWith('Connection');
  };
  const asked = sources.flatMap(({ text }) =>
    namesIn(text, /\bgraphql\(`([^`]*)`\)/g).flatMap((document) =>
      parse(document).definitions.flatMap((definition) =>
        definition.kind === 'OperationDefinition' && definition.operation === 'query'
          ? definition.selectionSet.selections.flatMap((field) => (field.kind === 'Field' ? [field.name.value] : []))
          : [],
      ),
    ),
  );

  it('is one of those that grow for ever, or is known to stay short', () => {
    const shown = [...new Set(asked)].filter((name) => isList(fields[name] as GraphQLField<unknown, unknown>));
    expect(shown.toSorted()).toEqual([...Object.keys(lists), ...Object.keys(short)].sort());
  });

  it.each(Object.entries(lists))(
    'that grows can be filtered, searched, ordered, turned page by page, had as a file and gone back to: %s',
    (name, [screen, file]) => {
      const text = textOf(screen);
      const takes = (fields[name]?.args ?? []).map((argument) => argument.name);
      expect(takes).toEqual(expect.arrayContaining(['search', 'order', 'after', 'first']));
      expect(takes.filter((argument) => /^(dueF|f)rom$/.test(argument))).toHaveLength(1);
      // `useFilters` and `useView` read what they narrow from the address, and write it there
      const has = {
        filter: text.includes('useFilters({') && text.includes('{bar}'),
        search: /\bsearch: \$search/.test(text) && /useFilters\(\{\s*search:/.test(text),
        order: /\border: \$order/.test(text),
        pages: text.includes('<Pages info={') && /\bafter: \$after/.test(text),
        file: text.includes(`<Download list="${file}"`) && Object.hasOwn(exportedLists, file),
        address: text.includes('useFilters({') && !/useState[(<]/.test(text),
      };
      expect(has).toEqual({ filter: true, search: true, order: true, pages: true, file: true, address: true });
    },
  );
});
