import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import type { AuditEntryRow } from '../src/access/audit/audit-entry.js';
import { listAuditLog } from '../src/access/audit/reading.js';
import { isAllowed } from '../src/access/permissions.js';
import { pageRequest, type TimeOrder } from '../src/db/paging.js';
import { AccountObject, accountNode } from './account.js';
import { type Connection, connectionOf, connectionTypes, TimeOrderName } from './common.js';
import type { Context } from './context.js';
import { DateTime } from './scalars.js';

@ObjectType('AuditChange', { description: 'One value that changed.', simpleResolvers: true })
export class AuditChangeObject {
  @Field(() => String, { description: 'Its name, as the database has it.' })
  field!: string;
  @Field(() => String, {
    nullable: true,
    description: 'What it was; null where it was nothing. What is not a text is JSON. Secrets and addresses are [hidden].',
  })
  before!: string | null;
  @Field(() => String, { nullable: true, description: 'What it became; null where it is nothing.' })
  after!: string | null;
}

@ObjectType('AuditEntry', { description: 'A change by a person or a program, written with the change and kept for good.', simpleResolvers: true })
export class AuditEntryObject {
  @Field(() => ID, { description: 'Unique; sorts by time.' })
  id!: string;
  @Field(() => DateTime, { description: 'When.' })
  recordedAt!: Date;
  @Field(() => ID, { description: 'Who: the id of a person or of an API key.' })
  actor!: string;
  @Field(() => String, { nullable: true, description: 'What they were then: SELLER, VIEWER, OPERATOR, ADMIN or PARTNER.' })
  role!: string | null;
  @Field(() => String, { description: 'What: a noun and created, changed or deleted. More may be added.' })
  action!: string;
  @Field(() => ID, { description: 'The id of what was changed.' })
  subjectId!: string;
  @Field(() => String, { nullable: true, description: 'The request it came with, as answers and logs name it.' })
  requestId!: string | null;
  row!: AuditEntryRow;
}

export const AuditEntryConnection = connectionTypes('AuditEntry', 'entries of the audit log', () => AuditEntryObject);

function auditEntry(row: AuditEntryRow): AuditEntryObject {
  const { id, recordedAt, actor, role, action, subjectId, requestId } = row;
  return { row, id, recordedAt, actor, role, action, subjectId, requestId };
}

@Resolver(() => AuditEntryObject)
export class AuditResolver {
  @Query(() => AuditEntryConnection, {
    description: 'What people and programs changed, newest first where no order is given: of a seller’s own account, or for staff of everything.',
  })
  async auditLog(
    @Arg('first', () => Int, { nullable: true, description: '1 to 100; 25 where absent.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'A cursor of this list.' }) after: string | null,
    @Arg('accountId', () => ID, { nullable: true, description: 'Only what is this account’s.' }) accountId: string | null,
    @Arg('actor', () => ID, { nullable: true, description: 'Only by this person or API key.' }) actor: string | null,
    @Arg('subjectId', () => ID, { nullable: true, description: 'Only changes of what has this id.' }) subjectId: string | null,
    @Arg('search', () => String, { nullable: true, description: 'A whole id: of what was changed, or of who changed it.' }) search: string | null,
    @Arg('from', () => DateTime, { nullable: true, description: 'Only changes made then or later.' }) from: Date | null,
    @Arg('until', () => DateTime, { nullable: true, description: 'Only changes made before then.' }) until: Date | null,
    @Arg('order', () => TimeOrderName, { nullable: true, description: 'NEWEST where absent.' }) order: TimeOrder | null,
    @Ctx() { work, viewer }: Context,
  ): Promise<Connection<AuditEntryObject>> {
    const filter = { accountId, actor: actor ?? null, subjectId: subjectId ?? null, search, from, until, order };
    return connectionOf(await listAuditLog(work, viewer, filter, pageRequest({ first, after })), auditEntry);
  }

  @FieldResolver(() => String, { nullable: true, description: 'What the person or key is called; null for staff, where a seller reads it.' })
  actorName(@Root() { row }: AuditEntryObject, @Ctx() { loaders, viewer }: Context): Promise<string | null> | null {
    return isStaffs(row) && !isAllowed(viewer, 'AuditEntry.address', null) ? null : loaders.actorName.load(row.actor);
  }

  @FieldResolver(() => AccountObject, { nullable: true, description: 'Whose it is; null for what is no account’s.' })
  async account(@Root() { row }: AuditEntryObject, @Ctx() { loaders }: Context): Promise<AccountObject | null> {
    return row.accountId === null ? null : accountNode(await loaders.account.load(row.accountId));
  }

  @FieldResolver(() => [AuditChangeObject], { description: 'What changed, by name.' })
  changes(@Root() { row }: AuditEntryObject): AuditChangeObject[] {
    const { before, after } = row;
    const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
    return names.map((field) => ({ field, before: told(before?.[field]), after: told(after?.[field]) }));
  }

  @FieldResolver(() => String, { nullable: true, description: 'The network address it came from; null for staff’s, where a seller reads it.' })
  address(@Root() { row }: AuditEntryObject, @Ctx() { viewer }: Context): string | null {
    return isStaffs(row) && !isAllowed(viewer, 'AuditEntry.address', null) ? null : row.address;
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is sealed into the chain of hashes, which happens within a minute.' })
  sealed(@Root() { id }: AuditEntryObject, @Ctx() { loaders }: Context): Promise<boolean> {
    return loaders.sealed.load(id);
  }
}

function isStaffs({ role }: AuditEntryRow): boolean {
  return role !== 'SELLER' && role !== 'PARTNER';
}

function told(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
