import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/** A view of a list of the console that somebody of the staff keeps for themselves. */
export const KeptViewEntity = defineEntity({
  name: 'KeptView',
  tableName: 'kept_view',
  properties: {
    personId: p.string().primary(),
    /** The list, by the path of its page. */
    list: p.string().primary(),
    name: p.string().primary(),
    /** What narrows and orders it, as in its page's address. */
    query: p.string(),
    createdAt: p.datetime(),
  },
});
export type KeptViewRow = ColumnsOf<typeof KeptViewEntity>;

declare module '../../db/database.js' {
  interface Tables {
    keptView: KeptViewRow;
  }
}
