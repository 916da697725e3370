import 'reflect-metadata';
import { assertInterfaceType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AccountResolver } from './account.js';
import { ApiKeyResolver } from './api-key.js';
import { AttentionResolver } from './attention.js';
import { AuditResolver } from './audit.js';
import { BulkRetryResolver } from './bulk-retry.js';
import { CheckoutResolver } from './checkout.js';
import { CommissionPlanResolver } from './commission-plan.js';
import { MoneyResolver } from './common.js';
import { DisputeResolver, PaymentDisputesResolver } from './dispute.js';
import { StripeEventResolver } from './event.js';
import { EventStreamResolver } from './event-stream.js';
import { ExplorerResolver } from './explorer.js';
import { guard } from './guarding.js';
import { KeptViewResolver } from './kept-view.js';
import { MembershipResolver } from './membership.js';
import { MoneyAuditResolver } from './money-audit.js';
import { OfferingResolver, PublicOfferingResolver } from './offering.js';
import { OwnSessionResolver } from './own-session.js';
import { PaymentResolver } from './payment.js';
import { PeopleResolver } from './people.js';
import { PublicAccountResolver } from './public-account.js';
import { ReconciliationResolver, ResidualRowResolver } from './reconciliation.js';
import { ScenarioResolver } from './scenario.js';
import { SecondFactorResolver } from './second-factor.js';
import { SettingResolver } from './setting.js';
import { SettlementResolver } from './settlement.js';
import { AccountEdgesResolver, OfferingEdgesResolver, PaymentEdgesResolver } from './settlement-edges.js';
import { StatisticsResolver } from './statistics.js';
import { ViewerResolver } from './viewer.js';
import { WebhookDeliveryResolver } from './webhook-delivery.js';
import { WebhookEndpointResolver } from './webhook-endpoint.js';

let kept: GraphQLSchema | null = null;

/** The whole API, its private fields guarded: the same for all servers of a process, and built once. */
export function apiSchema(): GraphQLSchema {
  kept ??= build();
  return kept;
}

function build(): GraphQLSchema {
  return withTypesAtHand(
    guard(
      buildSchemaSync({
        resolvers: [
          ViewerResolver,
          AccountResolver,
          AccountEdgesResolver,
          CommissionPlanResolver,
          PublicAccountResolver,
          PaymentResolver,
          PaymentEdgesResolver,
          MembershipResolver,
          CheckoutResolver,
          OfferingResolver,
          OfferingEdgesResolver,
          PublicOfferingResolver,
          SettlementResolver,
          BulkRetryResolver,
          ApiKeyResolver,
          AuditResolver,
          PeopleResolver,
          OwnSessionResolver,
          SecondFactorResolver,
          MoneyAuditResolver,
          AttentionResolver,
          StatisticsResolver,
          KeptViewResolver,
          ScenarioResolver,
          SettingResolver,
          ReconciliationResolver,
          ResidualRowResolver,
          DisputeResolver,
          PaymentDisputesResolver,
          StripeEventResolver,
          EventStreamResolver,
          WebhookEndpointResolver,
          WebhookDeliveryResolver,
          ExplorerResolver,
          MoneyResolver,
        ],
        validate: false,
      }),
    ),
  );
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}

/** TypeGraphQL tells a node's type by a promise, for which compiled documents do not wait; every node carries its own. */
function withTypesAtHand(schema: GraphQLSchema): GraphQLSchema {
  describe(schema.getQueryType(), 'What can be read. Changes nothing.');
  describe(schema.getMutationType(), 'What can be done: each takes one input and answers its payload; expected refusals are in its userErrors.');
  assertInterfaceType(schema.getType('Node')).resolveType = ({ nodeType }: { nodeType: string }) => nodeType;
  return schema;
}
