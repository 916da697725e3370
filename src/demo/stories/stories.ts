import type { Staff } from '../../access/viewer.js';
import { known } from '../../base/assert.js';
import { dayMs, later } from '../../base/clock.js';
import type { CommissionTerms } from '../../base/terms.js';
import { recordDispute } from '../../disputes/recording.js';
import { settleNow } from '../../settlements/retrying.js';
import { returnDue } from '../../settlements/returning.js';
import { reverseDue } from '../../settlements/reversing.js';
import { settleDue } from '../../settlements/settling.js';
import type { Part } from '../cast.js';
import { buy, enter, offer, type Playing } from '../deeds.js';
import type { Stage } from '../stage.js';

/** Where a story is played, and who is in it. */
export interface Scene {
  stage: Stage;
  seller: Playing;
  /** Stripe's dispute, once there is one. */
  disputeId: string;
}

/** What happens, in a sentence, and what does it: the product's own actions, people, banks and Stripe. */
interface Line {
  says: string;
  run(scene: Scene): Promise<unknown>;
}

export interface Story {
  open(stage: Stage): Promise<Scene>;
  lines: Line[];
}

export type StoryName = 'DISPUTE_LOST' | 'DISPUTE_WON';

/** Each story, defended by holding the money back or not. Both ways it has as many lines, so that they can be read beside each other. */
export const stories: Record<StoryName, (defended: boolean) => Story> = {
  DISPUTE_LOST: (defended) => aNight(defended, [bankTakesBack, takeBack, bankDecides('lost'), giveAgain, afterTheNight]),
  DISPUTE_WON: (defended) => aNight(defended, [bankTakesBack, takeBack, bankDecides('won'), giveAgain, afterTheNight]),
};

const terms = { percentageBps: 800, fixedFeeMinor: 0, feeFloorMinor: null, feeCapMinor: null, vatBps: 0 };
/** The commission in every story: 8 %, on top of the price of what is delivered later. */
export const storyTerms: { defaultTerms: CommissionTerms; offeringTerms: CommissionTerms } = {
  defaultTerms: { ...terms, feeMode: 'INCLUDED' },
  offeringTerms: { ...terms, feeMode: 'ADDED' },
};

const luna: Part = { name: 'Venue Luna', login: 'luna', country: 'US', currency: 'USD', sinceDays: 0, comesTo: 'ready' };
const nightInDays = 30;

const director: Staff = {
  kind: 'PERSON',
  personId: 'per_of_a_story',
  email: 'director@demo.test',
  name: 'The director',
  role: 'ADMIN',
  steppedUp: true,
  hasSecondFactor: false,
  mustEnrol: false,
  tenantId: null,
  accountId: null,
};

function aNight(defended: boolean, ending: Line[]): Story {
  const nothing = async () => undefined;
  return {
    open: async (stage) => ({ stage, seller: await enter(stage, luna), disputeId: '' }),
    lines: [
      { says: 'A seller puts a night on sale for 50.00. It is in thirty days.', run: putOnSale },
      { says: 'A buyer pays 54.00: 4.00 are the platform’s fee, and Stripe keeps 1.87.', run: buyOne },
      { says: 'Three days go by, and the money is available.', run: ({ stage }) => wait(stage, 3) },
      defended
        ? { says: 'The night has not been: the seller’s 50.00 are held.', run: nothing }
        : { says: 'The seller is paid their 50.00 at once.', run: payNow },
      defended ? { says: 'Nothing leaves.', run: nothing } : { says: 'The seller sends them on to their bank.', run: sendOn },
      ...ending,
    ],
  };
}

async function putOnSale({ stage, seller }: Scene): Promise<void> {
  const deliversAt = later(stage.now(), nightInDays * dayMs);
  await offer(stage, seller, { title: 'A night at the opera', minor: 5_000, deliversAt, refundableForDays: 0 });
}

async function buyOne({ stage, seller }: Scene): Promise<void> {
  const { id } = await stage.openWork().read.selectFrom('offering').select('id').executeTakeFirstOrThrow();
  await buy(stage, seller, { kind: 'OFFERING', offeringId: id, quantity: 1 }, 'ada@demo.test');
}

async function wait(stage: Stage, days: number): Promise<void> {
  await stage.turnTo(later(stage.now(), days * dayMs));
}

async function payNow({ stage }: Scene): Promise<void> {
  const { id } = await stage.openWork().read.selectFrom('settlement').select('id').executeTakeFirstOrThrow();
  await settleNow(stage.as(director), director, { settlementId: id, idempotencyKey: null });
}

async function sendOn({ stage, seller }: Scene): Promise<void> {
  await stage.control(`accounts/${seller.stripeAccountId}/payout`);
}

const bankTakesBack: Line = {
  says: 'The buyer’s bank takes the 54.00 back, and Stripe 15.00 for the work.',
  async run(scene) {
    const { stage, seller } = scene;
    const charge = known(seller.payments[0]?.chargeId, 'the charge of the payment');
    const { id } = await stage.control(`charges/${charge}/dispute`, { reason: 'fraudulent' });
    scene.disputeId = String(id);
    await recordDispute(stage.openWork(), null, scene.disputeId);
  },
};

const takeBack: Line = {
  says: 'What was paid to the seller is asked back; what they do not have, they owe.',
  run: ({ stage }) => reverseDue(stage.openWork(), 20),
};

const bankDecides = (outcome: 'won' | 'lost'): Line => ({
  says: outcome === 'lost' ? 'The bank decides for the buyer.' : 'The bank decides for the seller, and gives all of it back.',
  async run({ stage, disputeId }) {
    await stage.control(`disputes/${disputeId}/close`, { outcome });
    await recordDispute(stage.openWork(), null, disputeId);
  },
});

const giveAgain: Line = {
  says: 'What had been taken back from the seller goes to them again, where they are in the right.',
  run: ({ stage }) => returnDue(stage.openWork(), 20),
};

const afterTheNight: Line = {
  says: 'The night is over. What is due is paid.',
  async run({ stage }) {
    await wait(stage, nightInDays);
    await settleDue(stage.openWork(), 50);
  },
};
