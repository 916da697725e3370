import type { Setup, SetupStep } from '../../../accounts/setup.js';
import { Field, type RefusedForm } from '../field.js';
import { Notice } from '../layout.js';
import { sellerPage } from './frame.js';
import { Share } from './share.js';

export interface SetupPage {
  person: string;
  test: boolean;
  setup: Setup;
  displayName: string;
  payUrl: string;
  notice: string | null;
  refused: RefusedForm | null;
  typed: Record<string, string>;
}

const titles: Record<SetupStep, string> = { PROFILE: 'Your name', CONNECT: 'Connect payments', PRICES: 'Set a price', SHARE: 'Share your page' };
const steps = Object.keys(titles) as SetupStep[];

/** The way from signing up to the first payment, a step at a time; what is done is done, whenever they come back. */
export function setupPage(page: SetupPage): string {
  const { setup, person, test } = page;
  return sellerPage(
    { title: 'Setup guide', person, test, here: '/connect/setup' },
    <>
      <h1>{setup.next ? `Setup guide: ${setup.done.size} of ${steps.length} done` : 'You are set up'}</h1>
      {page.notice && <Notice text={page.notice} />}
      <ol className="steps">
        {steps.map((step) => (
          <li key={step} className="card" aria-current={step === setup.next ? 'step' : undefined}>
            <h2>
              {titles[step]} <span className="pill">{setup.done.has(step) ? 'done' : step === setup.next ? 'next' : 'later'}</span>
            </h2>
            <Step step={step} page={page} />
          </li>
        ))}
      </ol>
    </>,
  );
}

function Step({ step, page }: { step: SetupStep; page: SetupPage }) {
  const isDone = page.setup.done.has(step);
  switch (step) {
    case 'PROFILE':
      return (
        <form method="post" action="/connect/profile">
          <Field
            id="displayName"
            name="displayName"
            label="Name that buyers see"
            required
            maxLength={200}
            defaultValue={page.refused ? (page.typed['displayName'] ?? '') : page.displayName}
            refused={page.refused}
          />
          <button type="submit" className="plain">
            Change
          </button>
        </form>
      );
    case 'CONNECT':
      return isDone ? (
        <p>Stripe knows you, and takes payments for you.</p>
      ) : (
        <p>
          Stripe asks who you are and where your money goes: about five minutes. <a href="/connect">Go on with it</a>
        </p>
      );
    case 'PRICES':
      return (
        <p>
          {isDone ? 'Buyers have something to pay for.' : 'What a membership costs, a single payment, or something you deliver later.'}{' '}
          <a href={page.setup.done.has('CONNECT') ? '/connect#prices' : '/connect#offer'}>{isDone ? 'Change it' : 'Set it'}</a>
        </p>
      );
    case 'SHARE':
      return (
        <>
          <Share payUrl={page.payUrl} />
          {!isDone && (
            <form method="post" action="/connect/shared">
              <button type="submit">I have shared it</button>
            </form>
          )}
        </>
      );
  }
}
