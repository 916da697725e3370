import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { type Action, isAllowed, permissions } from '../src/access/permissions.js';
import type { Viewer } from '../src/access/viewer.js';
import { Denied } from '../src/base/errors.js';
import type { Context } from './context.js';

interface Guarded {
  /** What it takes to read the fields that are not named below. */
  action: Action;
  /** Which fields anybody may read who was given the object. */
  open: string[];
  /** Fields that take something else. */
  others?: Record<string, Action>;
  ownerOf(root: never): string;
}

const ofRow = ({ row }: { row: { accountId: string } }) => row.accountId;

/** Which fields of objects are for their owner, for staff, and for programs with the scope. */
const guarded: Record<string, Guarded> = {
  Account: {
    action: 'Account.private',
    open: ['id', 'displayName', 'membershipEnabled', 'oneTimeEnabled', 'membershipPrice', 'membershipInterval', 'oneTimePrice', 'payUrl'],
    others: { revenue: 'payments', balance: 'settlements' },
    ownerOf: ({ id }: { id: string }) => id,
  },
  Payment: {
    action: 'Payment.private',
    open: [
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
    ownerOf: ofRow,
  },
  Membership: {
    action: 'Membership.private',
    open: [
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
    ownerOf: ofRow,
  },
  Offering: { action: 'offering', open: ['id'], ownerOf: ofRow },
  Settlement: { action: 'settlement', open: ['id'], ownerOf: ofRow },
  Dispute: { action: 'disputes', open: ['id'], ownerOf: ofRow },
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
  for (const [typeName, { action, open, others, ownerOf }] of Object.entries(guarded)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`The type ${typeName} is guarded but does not exist.`);
    for (const field of Object.values(type.getFields())) {
      if (open.includes(field.name)) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      const needed = others?.[field.name] ?? action;
      field.resolve = (root, args, context: Context, info) => {
        if (!isAllowed(context.viewer, needed, { accountId: ownerOf(root as never) })) throw refused(context.viewer, `${typeName}.${field.name}`);
        return resolve(root, args, context, info);
      };
    }
  }
  return schema;
}

function refused(viewer: Viewer, field: string): Denied {
  if (viewer.kind === 'ANONYMOUS') return new Denied('UNAUTHENTICATED', `Sign in to read ${field}.`);
  return new Denied('FORBIDDEN', `${field} is for the seller, for staff, and for API keys with its scope.`);
}

/** Whether a viewer reads buyers' addresses in full: the seller of the purchase, staff who act, and programs with that scope. */
export function seesEmails(viewer: Viewer, owner: { accountId: string }): boolean {
  return isAllowed(viewer, 'Payment.email', owner);
}
