import { authorize } from '../../access/permissions.js';
import { actorOf, type Viewer } from '../../access/viewer.js';
import { Refusal } from '../../base/errors.js';
import { checkLine } from '../../base/text.js';
import { atomically, type Work } from '../../db/work.js';
import type { KeptViewRow } from './kept-view.js';

const viewsMax = 30; // of one list: more than anybody finds again
const nameLength = { min: 1, max: 40 };
const queryLength = { min: 1, max: 500 };

/** The views that the viewer keeps of a list, in the order they were first kept. */
export function listKeptViews(work: Work, viewer: Viewer, list: string): Promise<KeptViewRow[]> {
  authorize(viewer, 'keptViews', null);
  return work.read
    .selectFrom('keptView')
    .selectAll()
    .where('personId', '=', actorOf(viewer))
    .where('list', '=', list)
    .orderBy('createdAt')
    .orderBy('name')
    .execute();
}

/**
 * Keeps a view of a list for the viewer; in the place of another of that name. Refuses with INVALID: a list that is no path, a name or a view too
 * long, too many of them. Safe to repeat.
 */
export async function keepView(work: Work, viewer: Viewer, asked: { list: string; name: string; query: string }): Promise<KeptViewRow[]> {
  authorize(viewer, 'keepView', null);
  const { list } = asked;
  if (!/^\/[a-z/-]{0,39}$/.test(list)) throw new Refusal('INVALID', 'There is no such list.', ['list']);
  const name = checkLine(asked.name, nameLength, ['name']);
  const query = checkLine(asked.query, queryLength, ['query']);
  const personId = actorOf(viewer);

  await atomically(work, async (tx) => {
    const kept = await tx.sql
      .insertInto('keptView')
      .values({ personId, list, name, query, createdAt: tx.clock.now() })
      .onConflict((conflict) => conflict.columns(['personId', 'list', 'name']).doUpdateSet({ query }))
      .returning((row) =>
        row
          .selectFrom('keptView as other')
          .select((all) => all.fn.countAll<string>().as('count'))
          .where('other.personId', '=', personId)
          .where('other.list', '=', list)
          .where('other.name', '<>', name)
          .as('others'),
      )
      .executeTakeFirstOrThrow();
    if (Number(kept.others) >= viewsMax)
      throw new Refusal('INVALID', `There are ${viewsMax} views of this list already.`, ['name'], 'Forget one first.');
  });
  return listKeptViews(work, viewer, list);
}

/** Forgets one of the viewer's views. Safe to repeat: one that is not there stays so. */
export async function forgetView(work: Work, viewer: Viewer, { list, name }: { list: string; name: string }): Promise<KeptViewRow[]> {
  authorize(viewer, 'forgetView', null);
  await atomically(work, (tx) =>
    tx.sql.deleteFrom('keptView').where('personId', '=', actorOf(viewer)).where('list', '=', list).where('name', '=', name).execute(),
  );
  return listKeptViews(work, viewer, list);
}
