import { authorize } from '../../access/permissions.js';
import type { Viewer } from '../../access/viewer.js';
import { Refusal } from '../../base/errors.js';
import { addMinor } from '../../base/money.js';
import type { Work } from '../../db/work.js';
import type { DisputeStatus } from '../../disputes/dispute.js';
import type { SettlementStatus } from '../../settlements/settlement.js';
import { retrieveBalance } from '../../stripe/balances.js';
import { refusalOf } from '../../stripe/refusal.js';
import { onAccount, platform } from '../../stripe/scope.js';
import { Stage } from '../stage.js';
import { type Scene, type StoryName, stories } from './stories.js';

/** How things stand after a line of a story, in minor units of USD. */
export interface Frame {
  line: string;
  at: Date;
  /** What the platform and the seller have at Stripe, with what is on its way to them. */
  platformMinor: number;
  sellerMinor: number;
  /** What the seller owes the platform. */
  owedMinor: number;
  settlement: SettlementStatus | null;
  dispute: DisputeStatus | null;
}

/** A marketplace with nobody in it, its own simulated Stripe and time. Gone once it is closed. */
export interface Theatre {
  openWork: () => Work;
  /** When Stripe has told what has happened. */
  delivered: () => Promise<void>;
  close(): Promise<void>;
}

declare module '../../db/work.js' {
  interface Reach {
    /** Opens one for a story; absent where there is no simulator. */
    readonly openTheatre?: () => Promise<Theatre>;
  }
}

let isPlaying = false;

/**
 * Plays a story from its first line to its last, in a marketplace of its own that is gone afterwards: with settlements held until nothing can
 * be taken back any more, or, where it is not `defended`, paid as soon as there is money. Takes some seconds; one at a time in each process.
 * Refuses with CONFLICT where there is no simulator, ALREADY_IN_PROGRESS while another is played.
 */
export async function playStory(work: Work, viewer: Viewer, asked: { story: StoryName; defended: boolean }): Promise<Frame[]> {
  authorize(viewer, 'playStory', null);
  if (!work.openTheatre) throw new Refusal('CONFLICT', 'Stories are played with the simulator alone.', null, 'Start without a key of Stripe’s.');
  if (isPlaying) throw new Refusal('ALREADY_IN_PROGRESS', 'Another story is being played.', null, 'Try again in a few seconds.');
  isPlaying = true;
  try {
    const theatre = await work.openTheatre();
    try {
      return await play(new Stage(theatre.openWork, theatre.delivered), asked);
    } finally {
      await theatre.close();
    }
  } finally {
    isPlaying = false;
  }
}

async function play(stage: Stage, { story, defended }: { story: StoryName; defended: boolean }): Promise<Frame[]> {
  const { open, lines } = stories[story](defended);
  const scene = await open(stage);
  const frames: Frame[] = [];
  for (const { says, run } of lines) {
    await run(scene);
    frames.push(await lookAt(scene, says));
  }
  return frames;
}

async function lookAt({ stage, seller }: Scene, line: string): Promise<Frame> {
  const work = stage.openWork();
  const { accountId } = seller.viewer;
  const [settlement, dispute, debt, own, sellers] = await Promise.all([
    work.read.selectFrom('settlement').select('status').executeTakeFirst(),
    work.read.selectFrom('dispute').select('status').executeTakeFirst(),
    work.read
      .selectFrom('ledgerStanding')
      .select('amountMinor')
      .where('accountId', '=', accountId)
      .where('ledgerAccount', '=', 'seller_receivable')
      .executeTakeFirst(),
    holdingsOf(work, null),
    holdingsOf(work, seller.stripeAccountId),
  ]);
  return {
    line,
    at: work.clock.now(),
    platformMinor: own,
    sellerMinor: sellers,
    owedMinor: Number(debt?.amountMinor ?? 0),
    settlement: settlement?.status ?? null,
    dispute: dispute?.status ?? null,
  };
}

async function holdingsOf(work: Work, stripeAccountId: string | null): Promise<number> {
  const read = await retrieveBalance(work, stripeAccountId === null ? platform : onAccount(stripeAccountId));
  if (!read.ok) throw refusalOf(read.failure, 'Stripe did not show a balance');
  const funds = read.value.find(({ currency }) => currency === 'USD');
  return addMinor(funds?.availableMinor ?? 0, funds?.pendingMinor ?? 0);
}
