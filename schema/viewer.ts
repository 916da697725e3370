import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { readApiKey } from '../src/access/keys/issuing.js';
import { actionsOf } from '../src/access/permissions.js';
import { readAccount } from '../src/accounts/reading.js';
import { notFound } from '../src/base/errors.js';
import { nounOf } from '../src/base/ids.js';
import { readDispute } from '../src/disputes/reading.js';
import { readOffering } from '../src/offerings/reading.js';
import { readMembership, readPayment, readSnapshot } from '../src/payments/reading.js';
import { readSettlement } from '../src/settlements/reading.js';
import { AccountObject, accountNode } from './account.js';
import { apiKeyNode } from './api-key.js';
import { enumOf, NodeObject } from './common.js';
import type { Context } from './context.js';
import { disputeNode } from './dispute.js';
import { membershipNode } from './membership.js';
import { offeringNode } from './offering.js';
import { paymentNode, snapshotNode } from './payment.js';
import { settlementNode } from './settlement.js';

type RoleName = 'SELLER' | 'VIEWER' | 'OPERATOR' | 'ADMIN' | 'PARTNER';
export const Role = enumOf('Role', 'What a caller may do.', {
  SELLER: 'A seller: everything of their own account.',
  VIEWER: 'Staff who look.',
  OPERATOR: 'Staff who look and act.',
  ADMIN: 'Staff who also decide: commissions, rights, disconnections.',
  PARTNER: 'A program with an API key.',
} satisfies Record<RoleName, string>);

@ObjectType('Viewer', { description: 'Who is asking.', simpleResolvers: true })
export class ViewerObject {
  @Field(() => String, { nullable: true, description: 'The signed-in person’s address; null for a program.' })
  email!: string | null;
  @Field(() => Role, { description: 'What they may do.' })
  role!: RoleName;
  @Field(() => AccountObject, {
    nullable: true,
    description: 'The account that is the seller’s own, or that the key is for; null for staff and for keys of the platform.',
  })
  account!: AccountObject | null;
  @Field(() => Boolean, { description: 'Whether they sign in with one-time codes; false for a program.' })
  secondFactor!: boolean;
  @Field(() => [String], { description: 'The operations they may use, by name; some only on what is their own.' })
  may!: string[];
}

@Resolver()
export class ViewerResolver {
  @Query(() => ViewerObject, { nullable: true, description: 'Who is asking; null for a stranger.' })
  async viewer(@Ctx() { viewer, loaders }: Context): Promise<ViewerObject | null> {
    if (viewer.kind === 'ANONYMOUS') return null;
    const account = viewer.accountId ? accountNode(await loaders.account.load(viewer.accountId)) : null;
    const { email, secondFactor } =
      viewer.kind === 'PERSON' ? { email: viewer.email, secondFactor: viewer.hasSecondFactor === true } : { email: null, secondFactor: false };
    return { email, role: viewer.role, account, secondFactor, may: actionsOf(viewer) };
  }

  @Query(() => NodeObject, { nullable: true, description: 'Any object by its id, for its seller and for staff. NOT_FOUND for any other.' })
  async node(
    @Arg('id', () => ID, { description: 'An id of ours: acc_…, pay_…, mem_…, off_…, stl_…, dsp_…, com_… or key_….' }) id: string,
    @Ctx() { work, viewer }: Context,
  ): Promise<NodeObject> {
    switch (nounOf(id)) {
      case 'account':
        return accountNode(await readAccount(work, viewer, id));
      case 'payment':
        return paymentNode(await readPayment(work, viewer, id));
      case 'membership':
        return membershipNode(await readMembership(work, viewer, id));
      case 'offering':
        return offeringNode(await readOffering(work, viewer, id));
      case 'settlement':
        return settlementNode(await readSettlement(work, viewer, id));
      case 'dispute':
        return disputeNode(await readDispute(work, viewer, id));
      case 'apiKey':
        return apiKeyNode(await readApiKey(work, viewer, id));
      case 'commissionSnapshot':
        return snapshotNode(await readSnapshot(work, viewer, id));
      default:
        throw notFound('object', id);
    }
  }
}
