import { AuditEntryEntity, AuditLinkEntity } from './access/audit/audit-entry.js';
import { RequestCountEntity } from './access/counting.js';
import { IdempotentRequestEntity } from './access/idempotent-request.js';
import { ApiKeyEntity } from './access/keys/api-key.js';
import { LetterEntity } from './access/mail/letter.js';
import { MailedLinkEntity } from './access/mail/mailed-link.js';
import { PersonEntity, SeatEntity, SignInSessionEntity, TenantEntity } from './access/people.js';
import { InvitationEntity } from './access/seats/invitation.js';
import { RecoveryCodeEntity, SecondFactorEntity } from './access/second-factor/second-factor.js';
import { AccountEntity } from './accounts/account.js';
import { CommissionPlanEntity } from './accounts/commission-plan.js';
import { ConnectedAccountEntity } from './accounts/connected-account.js';
import { KeptViewEntity } from './attention/views/kept-view.js';
import { DisputeEntity } from './disputes/dispute.js';
import { InboxEventEntity } from './events/inbox-event.js';
import { OutboxEventEntity } from './events/outbox-event.js';
import { WebhookAttemptEntity, WebhookDeliveryEntity } from './events/outgoing/webhook-delivery.js';
import { WebhookEndpointEntity, WebhookSecretEntity } from './events/outgoing/webhook-endpoint.js';
import { EventStreamEntity } from './events/streams/event-stream.js';
import { JobTickEntity } from './jobs/job-tick.js';
import { LedgerLinkEntity } from './ledger/chain.js';
import { LedgerTransactionEntity, PostingEntity } from './ledger/ledger.js';
import { OfferingEntity } from './offerings/offering.js';
import { HaltEntity } from './operations/halt.js';
import { OperationAttemptEntity, OperationEntity } from './operations/operation.js';
import { CommissionSnapshotEntity } from './payments/commission-snapshot.js';
import { MembershipEntity } from './payments/membership.js';
import { PaymentEntity } from './payments/payment.js';
import { PurchaseSessionEntity } from './payments/purchase-session.js';
import { RefundEntity } from './payments/refund.js';
import { BalanceCursorEntity, BalanceTransactionEntity } from './reconciliation/balance-transaction.js';
import { BookCheckEntity } from './reconciliation/book-check.js';
import { BulkRetryEntity, BulkRetryItemEntity } from './settlements/bulk/bulk-retry.js';
import { DebtDeductionEntity, SellerDebtEntity, SettlementEntity, SettlementLineEntity, TransferReversalEntity } from './settlements/settlement.js';

/** Every table that the product reads and writes by its columns. */
export const entities = [
  TenantEntity,
  PersonEntity,
  SeatEntity,
  SignInSessionEntity,
  SecondFactorEntity,
  RecoveryCodeEntity,
  IdempotentRequestEntity,
  ApiKeyEntity,
  AuditEntryEntity,
  AuditLinkEntity,
  InvitationEntity,
  RequestCountEntity,
  LetterEntity,
  MailedLinkEntity,
  AccountEntity,
  ConnectedAccountEntity,
  CommissionPlanEntity,
  LedgerTransactionEntity,
  PostingEntity,
  LedgerLinkEntity,
  OperationEntity,
  OperationAttemptEntity,
  HaltEntity,
  OfferingEntity,
  SettlementEntity,
  SettlementLineEntity,
  SellerDebtEntity,
  DebtDeductionEntity,
  TransferReversalEntity,
  BulkRetryEntity,
  BulkRetryItemEntity,
  PurchaseSessionEntity,
  PaymentEntity,
  CommissionSnapshotEntity,
  MembershipEntity,
  RefundEntity,
  DisputeEntity,
  BalanceTransactionEntity,
  BalanceCursorEntity,
  BookCheckEntity,
  InboxEventEntity,
  EventStreamEntity,
  OutboxEventEntity,
  WebhookEndpointEntity,
  WebhookSecretEntity,
  WebhookDeliveryEntity,
  WebhookAttemptEntity,
  JobTickEntity,
  KeptViewEntity,
];
