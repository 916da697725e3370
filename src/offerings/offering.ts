import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';

/** Something a seller delivers later: buyers pay the platform now, and the seller is settled once it is delivered and can no longer be refunded. */
export const OfferingEntity = defineEntity({
  name: 'Offering',
  tableName: 'offering',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    title: p.string(),
    unitPriceMinor: p.bigint('number'),
    currency: p.string(),
    /** Sales end here. */
    deliversAt: p.datetime(),
    refundableUntil: p.datetime(),
    createdAt: p.datetime(),
  },
});
export type OfferingRow = ColumnsOf<typeof OfferingEntity>;

/** Whether it is still sold. */
export function isOpen({ deliversAt }: OfferingRow, now: Date): boolean {
  return now < deliversAt;
}

/** The first moment at which its seller may be paid; later where the money itself is available later. */
export function settlesAt({ deliversAt, refundableUntil }: OfferingRow): Date {
  return deliversAt > refundableUntil ? deliversAt : refundableUntil;
}

declare module '../db/database.js' {
  interface Tables {
    offering: OfferingRow;
  }
}
