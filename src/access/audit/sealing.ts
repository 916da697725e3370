import { type Chain, linkRows } from '../../db/chain.js';
import type { Work } from '../../db/work.js';

/** The chain over every entry of the audit log. */
export const auditChain: Chain = { contents: 'audit_content', links: 'audit_link', row: 'entry_id', lock: 4_711_003, name: 'audit' };

/** Seals the entries that are not sealed yet into the chain, and says its head in the log. Answers how many. */
export function sealAuditLog(work: Work, limit: number): Promise<number> {
  return linkRows(work, auditChain, limit);
}
