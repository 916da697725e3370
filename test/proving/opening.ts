import { syncOnboarding } from '../../src/accounts/syncing.js';
import { at, dayMs, later, minuteMs } from '../../src/base/clock.js';
import { Refusal } from '../../src/base/errors.js';
import { createOffering } from '../../src/offerings/creation.js';
import { onboard } from '../../src/scenarios/marketplace.js';
import { buy, comeBack, deliverEvent, jobNamed, pollStreams, settleDue, tellPartners } from './deeds.js';
import type { House, HouseProcess } from './house.js';
import { openPartner, openSellers } from './marketplace.js';
import { buyDirectly, cancel, setPrices } from './members.js';
import type { Deed, Stage } from './stage.js';
import type { Climate } from './weather.js';

/** What a history begins with, beside its people. */
export interface Opening {
  /** What workers may have begun. */
  underWay: string[];
  /** Whether that takes many steps, and as much peace, to come to its crash points. */
  isLong: boolean;
}

/** Sellers with something on sale, and what they have sold, before anything goes wrong. */
export async function open(stage: Stage, climate: Climate): Promise<Opening> {
  const { house, market, chance, tastes } = stage;
  const opening: Opening = { underWay: [], isLong: false };
  const [server] = house.processes;
  if (!server) return opening;
  if (chance.happens(0.3)) {
    await openPartner(house);
    opening.underWay.push(tellPartners);
  } else tastes.set(tellPartners, 0);
  const isSilent = chance.happens(0.15);
  if (isSilent) deliverNothing(stage, climate, opening);
  market.sellers = await openSellers(house, chance.of([1, 1, 1, 2]));
  for (const seller of market.sellers) {
    if (chance.happens(0.9)) await onboard(server.openWork(), seller);
    for (const { id } of house.stripe.world.all('account', null)) house.stripe.control(`accounts/${id}/onboard`);
    const deliversAt = later(house.clock.now(), (1 + chance.below(5)) * dayMs);
    const input = { accountId: seller.accountId, title: 'A night', unitPriceMinor: chance.of([5_000, 1_234]), currency: 'USD' };
    market.offerings.push(await createOffering(server.openWork(), seller, { ...input, deliversAt, refundableUntil: null }));
    for (let bought = chance.of([0, 1, 1, 2]); bought > 0; bought--) await sell(stage, server, buy);
  }
  if (isSilent || chance.happens(0.5)) await sellDirectly(stage, server);
  else for (const deed of [setPrices, buyDirectly, cancel]) tastes.set(deed, 0);
  if (chance.happens(0.9)) await house.books.rows('update event_stream set resync_wanted = false');
  if (isSilent || chance.happens(0.3)) await jobNamed(pollStreams).task(server.openWork());
  if (isSilent) await sellUnheard(stage, server);
  if (chance.happens(0.5)) await waitUntilDue(stage, climate, opening);
  else await house.turn(2 * minuteMs);
  return opening;
}

/** How long until the next settlement is due; a minute where none waits. */
export async function untilDue({ books, clock }: House): Promise<number> {
  const now = clock.now();
  const [next] = await books.rows<{ at: Date | null }>(
    `select min(next_attempt_at) as at from settlement where status = 'PENDING' and next_attempt_at > $1`,
    [now],
  );
  return (next?.at ?? at(now.getTime() + minuteMs)).getTime() - now.getTime();
}

/** No webhook comes in this history: all is polled, a few events at a time. */
function deliverNothing({ house, tastes }: Stage, climate: Climate, opening: Opening): void {
  tastes.set(deliverEvent, 0);
  tastes.set(pollStreams, 8);
  house.stripe.pageMax = 2;
  beLong(climate, opening, pollStreams);
}

async function waitUntilDue({ house, chance }: Stage, climate: Climate, opening: Opening): Promise<void> {
  await house.turn(await untilDue(house));
  if (chance.happens(0.2)) beLong(climate, opening, settleDue);
  else opening.underWay.push(settleDue);
}

function beLong(climate: Climate, opening: Opening, job: string): void {
  Object.assign(climate, { stays: 0.9, jumps: 0.01, dies: 0 });
  Object.assign(opening, { isLong: true, underWay: [...opening.underWay, job, job] });
}

/** A seller has prices, and somebody pays them or joins, where they may. */
async function sellDirectly(stage: Stage, server: HouseProcess): Promise<void> {
  for (const seller of stage.market.sellers) await unlessRefused(() => syncOnboarding(server.openWork(), seller, seller.accountId));
  await setPrices(stage).task(server.openWork());
  await unlessRefused(() => sell(stage, server, buyDirectly));
}

/** More than fits on a page of events happens after everything was polled. */
async function sellUnheard(stage: Stage, server: HouseProcess): Promise<void> {
  for (const begin of [buy, buyDirectly, buy, buyDirectly]) await unlessRefused(() => sell(stage, server, begin));
}

/** A purchase that nothing went wrong with. */
async function sell(stage: Stage, server: HouseProcess, begin: (stage: Stage) => Deed | null): Promise<void> {
  await begin(stage)?.task(server.openWork());
  const session = stage.market.checkouts.at(-1);
  if (session) stage.house.stripe.control(`checkout/sessions/${session.sessionId}/pay`);
  await comeBack(stage)?.task(server.openWork());
}

/** What is not allowed does not happen. */
async function unlessRefused(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}
