import { actFor, type Origin, type Work } from '../db/work.js';
import { actorOf, type Viewer } from './viewer.js';

/** From here on, what this unit of work changes is kept as changed by the viewer. A buyer whom nobody knows leaves no entry. */
export function actAs<V extends Viewer>(work: Work, viewer: V, origin: Origin): V {
  actFor(work, { actor: viewer.kind === 'ANONYMOUS' ? null : actorOf(viewer), role: viewer.kind === 'ANONYMOUS' ? null : viewer.role, ...origin });
  return viewer;
}
