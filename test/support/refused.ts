import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { Api } from './api.js';

interface Answer {
  data?: Record<string, { userErrors?: { code: string; path: string[] | null; message: string }[] } | null> | null;
  errors?: { message: string; extensions: { code: string } }[];
}

const mutations = buildSchema(readFileSync('schema/schema.graphql', 'utf8')).getMutationType()?.getFields() ?? {};

/** Asks as the caller; fails the test where the answer shows the inside of the server, or is a defect of it. */
async function ask(caller: Api, document: string, variables: object, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(`${caller.world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(caller.cookie ? { cookie: caller.cookie } : {}), ...headers },
    body: JSON.stringify({ query: document, variables }),
  });
  const [renewed] = answer.headers.getSetCookie();
  if (renewed) caller.cookie = renewed.split(';')[0] as string; // as a browser does
  const text = await answer.text();
  expect(text).not.toMatch(/INTERNAL|\.js:\d|node:internal|node_modules|postgresql:|insert into/i);
  return JSON.parse(text) as Answer;
}

/**
 * What a caller is told: "NOT_FOUND", or "DATE_INVALID deliversAt" of a refusal and the field it is about, or "done".
 * Fails the test also where that is a refusal that the mutation's description does not name.
 */
export async function told(caller: Api, document: string, variables: object = {}, headers: Record<string, string> = {}): Promise<string> {
  const { data, errors = [] } = await ask(caller, document, variables, headers);
  const refusals = Object.entries(data ?? {}).flatMap(([mutation, payload]) =>
    (payload?.userErrors ?? []).map(({ code, path }) => {
      expect(mutations[mutation]?.description).toContain(code);
      return [code, ...(path ?? [])].join(' ');
    }),
  );
  return [...errors.map(({ extensions }) => extensions.code), ...refusals].join(', ') || 'done';
}

/** The words in which a caller is refused altogether. */
export async function wordsTo(caller: Api, document: string, variables: object): Promise<string> {
  const { errors = [] } = await ask(caller, document, variables, {});
  return errors.map(({ message }) => message).join(' ');
}
