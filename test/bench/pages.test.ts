import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '../support/database.js';
import { type Contestants, openContestants } from './contestants.js';
import { fillMarketplace, seller } from './marketplace.js';
import { type BenchPage, pages } from './pages.js';

describe('the pages that are measured', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let contestants: Contestants;

  beforeAll(async () => {
    database = await openTestDatabase();
    await fillMarketplace(database.url, 5_000); // a tenth of what is measured: answers and statements do not depend on how many there are
    contestants = await openContestants(database.url);
  });
  afterAll(async () => {
    await contestants.close();
    await database.close();
  });

  function byGraphql(page: BenchPage): Promise<unknown> {
    return ask(`${contestants.graphqlUrl}`, page, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: page.document, variables: page.variables }),
    });
  }

  it.each(pages)('$name: the API answers what a statement written by hand does', async (page) => {
    const byHand = await ask(`${contestants.handWrittenUrl}/${pages.indexOf(page)}`, page, {});
    expect(JSON.stringify(byHand)).toContain('"totalCharged":{"amount":');
    expect(await byGraphql(page)).toEqual(byHand);
  });

  it.each(pages)('$name: in at most $statementsMax statements', async (page) => {
    const counts = [];
    const timesMax = page.viewer === seller ? 1 : 3; // what a seller's request reads is read over the connection that found out who asks; staff's connections may have to be told first
    for (let times = 0; times < timesMax; times++) {
      const before = contestants.statementCount();
      await byGraphql(page);
      counts.push(contestants.statementCount() - before);
    }
    expect(Math.min(...counts)).toBeLessThanOrEqual(page.statementsMax);
  });
});

async function ask(url: string, page: BenchPage, init: RequestInit): Promise<unknown> {
  const answer = await fetch(url, { ...init, headers: { ...init.headers, cookie: `holdfast_session=${page.viewer.token}` } });
  expect(answer.status).toBe(200);
  return answer.json();
}
