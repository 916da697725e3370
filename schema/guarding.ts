import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { type Action, isAllowed, permissions } from '../src/access/permissions.js';
import type { Viewer } from '../src/access/viewer.js';
import { Denied } from '../src/base/errors.js';
import type { Context } from './context.js';

/** Which fields of objects anybody may read who was given the object. All others are for the owner and for staff. */
const publicFields: Record<string, { action: Action; fields: string[]; ownerOf(root: never): string }> = {
  Account: {
    action: 'Account.private',
    fields: ['id', 'displayName', 'membershipEnabled', 'oneTimeEnabled', 'membershipPrice', 'membershipInterval', 'oneTimePrice', 'payUrl'],
    ownerOf: ({ id }: { id: string }) => id,
  },
  Payment: {
    action: 'Payment.private',
    fields: [
      'id',
      'account',
      'kind',
      'chargeModel',
      'status',
      'buyerEmail',
      'quantity',
      'amount',
      'amountRefunded',
      'stripeCheckoutSessionId',
      'paidAt',
    ],
    ownerOf: ({ row }: { row: { accountId: string } }) => row.accountId,
  },
  Membership: {
    action: 'Membership.private',
    fields: [
      'id',
      'account',
      'status',
      'active',
      'buyerEmail',
      'price',
      'interval',
      'currentPeriodEnd',
      'cancelAtPeriodEnd',
      'canceledAt',
      'createdAt',
    ],
    ownerOf: ({ row }: { row: { accountId: string } }) => row.accountId,
  },
};

/**
 * Puts the permission table before every private field, so that no way through the graph leads around it,
 * and says that every operation has its row: one without does not start.
 */
export function guard(schema: GraphQLSchema): GraphQLSchema {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const name of Object.keys(root?.getFields() ?? {}))
      if (!(name in permissions)) throw new Error(`The operation ${name} has no row in the permission table.`);
  }
  for (const [typeName, { action, fields, ownerOf }] of Object.entries(publicFields)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`The type ${typeName} is guarded but does not exist.`);
    for (const field of Object.values(type.getFields())) {
      if (fields.includes(field.name)) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (root, args, context: Context, info) => {
        if (!isAllowed(context.viewer, action, { accountId: ownerOf(root as never) })) throw refused(context.viewer, `${typeName}.${field.name}`);
        return resolve(root, args, context, info);
      };
    }
  }
  return schema;
}

function refused(viewer: Viewer, field: string): Denied {
  if (viewer.kind === 'ANONYMOUS') return new Denied('UNAUTHENTICATED', `Sign in to read ${field}.`);
  return new Denied('FORBIDDEN', `${field} is for the seller and for staff.`);
}

/** Whether a viewer reads buyers' addresses in full: the seller of the purchase, and staff who act. */
export function seesEmails(viewer: Viewer, owner: { accountId: string }): boolean {
  if (viewer.kind === 'ANONYMOUS') return false;
  return viewer.role === 'SELLER' ? viewer.accountId === owner.accountId : viewer.role !== 'VIEWER';
}
