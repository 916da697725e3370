import { actFor, confine, type Origin, type Work } from '../db/work.js';
import { actorOf, type Viewer } from './viewer.js';

/**
 * From here on, this unit of work is the viewer's: it sees the rows of their tenant alone, and what it changes is kept as changed by them.
 * Staff and the platform's programs see all; a buyer whom nobody knows sees nothing before they enter a shop, and leaves no entry.
 */
export function actAs<V extends Viewer>(work: Work, viewer: V, origin: Origin): V {
  actFor(work, { actor: viewer.kind === 'ANONYMOUS' ? null : actorOf(viewer), role: viewer.kind === 'ANONYMOUS' ? null : viewer.role, ...origin });
  if (viewer.kind === 'ANONYMOUS') confine(work, []);
  else if (viewer.tenantId !== null) confine(work, [viewer.tenantId]);
  return viewer;
}
