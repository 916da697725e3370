import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { ApiAnswer, ApiRequest } from '../../src/simulator/dispatch.js';
import { answersTold, eventsTold } from '../../src/simulator/happenings.js';
import { Conformance } from '../simulator/conformance.js';

/** In every test: what the simulator is asked, answers and tells is as Stripe's SDK declares it. */
const conformance = new Conformance();
const onAnswer = (told: unknown) => {
  const { request, answer } = told as { request: ApiRequest; answer: ApiAnswer };
  conformance.answered(request, answer);
};
const onEvent = (event: unknown) => conformance.emitted(event as object);

beforeAll(() => {
  subscribe(answersTold.name, onAnswer);
  subscribe(eventsTold.name, onEvent);
});

afterAll(() => {
  unsubscribe(answersTold.name, onAnswer);
  unsubscribe(eventsTold.name, onEvent);
  expect(conformance.problems).toEqual([]);
});
