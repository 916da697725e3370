import { describe, expect, it } from '@jest/globals';
import {
  type Controller,
  controllerProfiles,
  type DashboardKind,
  type FeesPayer,
  judgeController,
  type LossesBearer,
  type RequirementCollector,
} from './controller-profiles.js';

type Cell = [DashboardKind, FeesPayer, LossesBearer, RequirementCollector, 'DIRECT' | 'SEPARATE'];
const allowed = 'ALLOWED';
const caution = 'CAUTION';
const blocked = 'BLOCKED';

/** Who answers Stripe's questions (stripe, application), for direct charges and for separate ones. */
const table: Record<`${DashboardKind} ${FeesPayer} ${LossesBearer}`, { DIRECT: [string, string]; SEPARATE: [string, string] }> = {
  'full account stripe': { DIRECT: [allowed, blocked], SEPARATE: [blocked, blocked] },
  'full account application': { DIRECT: [blocked, blocked], SEPARATE: [blocked, blocked] },
  'full application stripe': { DIRECT: [allowed, blocked], SEPARATE: [blocked, blocked] },
  'full application application': { DIRECT: [allowed, blocked], SEPARATE: [caution, blocked] },
  'express account stripe': { DIRECT: [caution, blocked], SEPARATE: [blocked, blocked] },
  'express account application': { DIRECT: [blocked, blocked], SEPARATE: [blocked, blocked] },
  'express application stripe': { DIRECT: [caution, blocked], SEPARATE: [blocked, blocked] },
  'express application application': { DIRECT: [allowed, blocked], SEPARATE: [allowed, blocked] },
  'none account stripe': { DIRECT: [blocked, blocked], SEPARATE: [blocked, blocked] },
  'none account application': { DIRECT: [blocked, blocked], SEPARATE: [blocked, blocked] },
  'none application stripe': { DIRECT: [blocked, blocked], SEPARATE: [blocked, blocked] },
  'none application application': { DIRECT: [allowed, allowed], SEPARATE: [allowed, allowed] },
};
const cells = Object.entries(table).flatMap(([who, models]) =>
  Object.entries(models).flatMap(([model, verdicts]) =>
    verdicts.map((verdict, i): [Cell, string] => [[...who.split(' '), i === 0 ? 'stripe' : 'application', model] as unknown as Cell, verdict]),
  ),
);

function controllerOf([dashboard, fees, losses, requirementCollection]: Cell): Controller {
  return { dashboard, fees, losses, requirementCollection };
}

describe('the controller of an account', () => {
  it.each(cells)('%j is %s', (cell, verdict) => {
    expect(judgeController(controllerOf(cell), cell[4]).verdict).toBe(verdict);
  });

  it('is judged in every one of the 48 cases, each with its reason in words', () => {
    expect(new Set(cells.map(([cell]) => cell.join())).size).toBe(48);
    for (const [cell] of cells) expect(judgeController(controllerOf(cell), cell[4]).because).toMatch(/^\p{Lu}.{10,}\.$/u);
  });

  it.each(Object.entries(controllerProfiles))('of profile %s can be sold under by either charge model', (_, controller) => {
    expect(judgeController(controller, 'DIRECT').verdict).toBe('ALLOWED');
    expect(judgeController(controller, 'SEPARATE').verdict).toBe('ALLOWED');
  });
});
