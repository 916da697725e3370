import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { scriptedPlaces } from '../../src/http/staff-routes.js';

const read = (path: string) => readFileSync(`console/${path}`, 'utf8');
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);

/** Screens that are also pages without scripts, at routes of their own. */
const alsoWithoutScripts = ['/', '/settlements/:id'];

describe('the console', () => {
  const routes = namesIn(read('screens.tsx'), /<Route path="([^"]*)"/g);

  it('has a screen for every address that the server answers with it, and the server answers for every screen', () => {
    expect(routes.length).toBeGreaterThan(20);
    expect([...scriptedPlaces.map((place) => `/${place}`), ...alsoWithoutScripts].sort()).toEqual(routes.toSorted());
  });

  it('leads to screens that there are, from the frame around them and from its search', () => {
    const places = [...namesIn(read('frame.tsx'), /\['(\/[^']*)', '/g), ...namesIn(read('search.ts'), /: '(\/[^']*)'/g)];
    expect(places.length).toBeGreaterThan(15);
    expect(places.filter((place) => !routes.includes(place))).toEqual([]);
  });
});
