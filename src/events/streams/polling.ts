import { type ConnectedAccountRow, isUnreachable } from '../../accounts/connected-account.js';
import { findConnectedAccounts } from '../../accounts/finding.js';
import { retireConnectedAccount } from '../../accounts/retiring.js';
import { secondMs } from '../../base/clock.js';
import { inLanes } from '../../base/lanes.js';
import { atomically, type Work } from '../../db/work.js';
import { type Home, scopeOf } from '../../payments/home.js';
import { drain, keptMs, PollFailed } from './draining.js';
import type { EventStreamRow } from './event-stream.js';
import { giveBack, LeaseLost, leaseStreams } from './leasing.js';
import { retryPollAfter } from './pace.js';
import { openQuietStreams, type QuietStreams } from './quiet.js';
import { resync } from './resyncing.js';

const lanesMax = 8; // at once in one process: fewer than its connections
const leaseMax = 2 * lanesMax; // should all hang, the second of each lane still begins within its lease
const turnMs = 10 * secondMs; // of one call; the next tick goes on

/**
 * Polls the streams that are due, the platform's first, several at once, and stores what webhooks did not bring. Answers how many events that were.
 * Any number of workers may run it, and one may run it again while it still runs: each stream is leased. One that hangs holds up no other.
 */
export function pollDueStreams(work: Work): Promise<number> {
  const turn: Turn = { quiet: openQuietStreams(work), isCrowded: false };
  return inLanes({
    lease: async (limit) => (turn.isCrowded ? [] : lease(work, limit)),
    take: (leased) => poll(work, leased, turn),
    rest: turn.quiet.flush,
    lanesMax,
    leaseMax,
    turnMs,
  });
}

/** What the polls of one call share. */
interface Turn {
  quiet: QuietStreams;
  /** The budget is used up, or Stripe asks to slow down: what else is due waits for the next call. */
  isCrowded: boolean;
}

/** A stream and whose events it holds; GONE where Stripe no longer shows them. */
interface Leased {
  stream: EventStreamRow;
  home: Home | 'GONE';
}

async function lease(work: Work, limit: number): Promise<Leased[]> {
  const streams = await leaseStreams(work, limit);
  const accounts = await findConnectedAccounts(
    work,
    streams.map(stripeAccountOf).filter((id) => id !== null),
  );
  return streams.map((stream) => ({ stream, home: homeOf(stripeAccountOf(stream), accounts) }));
}

function stripeAccountOf({ name }: EventStreamRow): string | null {
  return name === 'platform' ? null : name.slice('connect:'.length);
}

function homeOf(stripeAccountId: string | null, accounts: ConnectedAccountRow[]): Home | 'GONE' {
  if (stripeAccountId === null) return null;
  const connected = accounts.find((account) => account.stripeAccountId === stripeAccountId);
  return connected === undefined || isUnreachable(connected) ? 'GONE' : connected;
}

async function poll(work: Work, { stream, home }: Leased, turn: Turn): Promise<number> {
  try {
    if (home === 'GONE') await close(work, stream);
    else return await read(work, home, stream, turn.quiet);
  } catch (error) {
    if (error instanceof LeaseLost) work.log.warn({ stream: stream.name }, 'a poll took longer than its lease, and left the stream to another');
    else await postpone(work, stream, turn, error);
  }
  return 0;
}

async function read(work: Work, home: Home, stream: EventStreamRow, quiet: QuietStreams): Promise<number> {
  try {
    const mayHaveMissed = work.clock.now().getTime() - stream.seenUntil.getTime() > keptMs;
    if (stream.resyncWanted || mayHaveMissed) await resync(work, home, stream);
    return await drain(work, scopeOf(home), stream, quiet);
  } catch (error) {
    if (!(error instanceof PollFailed) || error.failure.code !== 'ACCOUNT_DISCONNECTED' || home === null) throw error;
    await retireConnectedAccount(work, home, 'DEAUTHORIZED');
    await close(work, stream);
    return 0;
  }
}

async function close(work: Work, stream: EventStreamRow): Promise<void> {
  await atomically(work, (tx) => giveBack(tx, stream, { closedAt: tx.clock.now(), lastPolledAt: tx.clock.now() }));
  work.log.info({ stream: stream.name }, 'a stream is over: its account has left');
}

/** Tried again later. That the budget is used up, or that Stripe asks to slow down, is nobody's failure: others were before it. */
async function postpone(work: Work, stream: EventStreamRow, turn: Turn, error: unknown): Promise<void> {
  const isCrowded = error instanceof PollFailed && error.failure.kind === 'NOT_RUN';
  const message = error instanceof Error ? error.message : String(error);
  turn.isCrowded ||= isCrowded;
  if (!isCrowded) work.log.warn({ stream: stream.name, err: error }, 'a stream was not read; it is tried again later');
  const failed = isCrowded ? {} : { failureCount: stream.failureCount + 1, error: message.slice(0, 500) };
  await atomically(work, (tx) => {
    const nextPollAt = retryPollAfter(tx.clock.now(), isCrowded ? 0 : stream.failureCount);
    return giveBack(tx, stream, { nextPollAt, ...failed });
  }).catch((lost: unknown) => {
    if (!(lost instanceof LeaseLost)) throw lost;
  });
}
