import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../db/database.js';
import type { FailureCode } from '../stripe/result.js';

export const settlementStatuses = ['PENDING', 'SETTLING', 'SETTLED', 'FAILED', 'REVERSED', 'CANCELED'] as const;
export type SettlementStatus = (typeof settlementStatuses)[number];

/** Why a settlement failed, or what it waits for, as the row keeps it. */
export interface SettlementFailure {
  code: FailureCode;
  message: string;
  stripeCode: string | null;
  stripeRequestId: string | null;
}

/** The promise to pay a seller for what buyers paid for one offering. Collects purchases until it is first claimed. */
export const SettlementEntity = defineEntity({
  name: 'Settlement',
  tableName: 'settlement',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    offeringId: p.string(),
    currency: p.string(),
    status: p.string().$type<SettlementStatus>(),
    /** After delivery, after the refund window, and when the money of every purchase in it is available. */
    dueAt: p.datetime(),
    /** When it may be claimed next: `dueAt` at first, later after a wait. */
    nextAttemptAt: p.datetime(),
    /** Since when no purchase joins it any more; null while it collects. */
    closedAt: p.datetime().nullable(),
    claimToken: p.string().nullable(),
    claimedAt: p.datetime().nullable(),
    startedAt: p.datetime().nullable(),
    /** What is transferred, frozen with the transfer's key; null while it collects. */
    amountMinor: p.bigint('number').nullable(),
    /** What of the sellers' debts was kept back from it, frozen likewise. */
    deductedMinor: p.bigint('number'),
    reversedMinor: p.bigint('number'),
    /** The Stripe account that was paid, or was tried last. */
    connectedAccountId: p.string().nullable(),
    operationId: p.string().nullable(),
    stripeTransferId: p.string().nullable(),
    settledAt: p.datetime().nullable(),
    failureCode: p.string().$type<FailureCode>().nullable(),
    failure: p.json().$type<SettlementFailure>().nullable(),
    waitsForFundsCount: p.integer(),
    createdAt: p.datetime(),
  },
});
export type SettlementRow = ColumnsOf<typeof SettlementEntity>;

/** One purchase in a settlement: what it holds for the seller, and what became of that. */
export const SettlementLineEntity = defineEntity({
  name: 'SettlementLine',
  tableName: 'settlement_line',
  properties: {
    paymentId: p.string().primary(),
    tenantId: p.string(),
    settlementId: p.string(),
    grossMinor: p.bigint('number'),
    /** The seller's share of what was refunded before it was settled. */
    refundedMinor: p.bigint('number'),
    /** What a lost dispute took before it was settled. */
    lostMinor: p.bigint('number'),
    /** Since when a dispute holds it back. */
    heldSince: p.datetime().nullable(),
    /** What of it was settled. */
    paidMinor: p.bigint('number').nullable(),
    reversedMinor: p.bigint('number'),
    /** What was transferred again after a dispute was won. */
    retransferredMinor: p.bigint('number'),
  },
});
export type SettlementLineRow = ColumnsOf<typeof SettlementLineEntity>;

/** What a seller owes because a transfer could not be taken back. Each cent is recovered once: reserved for a settlement, then recovered by it. */
export const SellerDebtEntity = defineEntity({
  name: 'SellerDebt',
  tableName: 'seller_debt',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    accountId: p.string(),
    currency: p.string(),
    causeKind: p.string().$type<ReversalCause>(),
    causeId: p.string(),
    paymentId: p.string(),
    amountMinor: p.bigint('number'),
    reservedMinor: p.bigint('number'),
    recoveredMinor: p.bigint('number'),
    forgivenMinor: p.bigint('number'),
    createdAt: p.datetime(),
  },
});
export type SellerDebtRow = ColumnsOf<typeof SellerDebtEntity>;

/** What one settlement keeps back of one debt. */
export const DebtDeductionEntity = defineEntity({
  name: 'DebtDeduction',
  tableName: 'debt_deduction',
  properties: {
    debtId: p.string().primary(),
    settlementId: p.string().primary(),
    tenantId: p.string(),
    amountMinor: p.bigint('number'),
  },
});

export type ReversalCause = 'REFUND' | 'DISPUTE';
export type ReversalStatus = 'REQUESTED' | 'SUCCEEDED' | 'OWED' | 'WITHDRAWN';

/** Taking back from a seller what was settled: for a refund, or for a dispute. What cannot be taken back is a debt. */
export const TransferReversalEntity = defineEntity({
  name: 'TransferReversal',
  tableName: 'transfer_reversal',
  properties: {
    id: p.string().primary(),
    tenantId: p.string(),
    settlementId: p.string(),
    paymentId: p.string(),
    causeKind: p.string().$type<ReversalCause>(),
    causeId: p.string(),
    currency: p.string(),
    askedMinor: p.bigint('number'),
    reversedMinor: p.bigint('number'),
    /** Transferred again, where a dispute was won after all. */
    returnedMinor: p.bigint('number'),
    status: p.string().$type<ReversalStatus>(),
    stripeReversalId: p.string().nullable(),
    /** Since when it is to be given back: the dispute it was taken for was won. */
    returnWantedAt: p.datetime().nullable(),
    nextAttemptAt: p.datetime(),
    retransferId: p.string().nullable(),
    createdAt: p.datetime(),
    concludedAt: p.datetime().nullable(),
  },
});
export type TransferReversalRow = ColumnsOf<typeof TransferReversalEntity>;

declare module '../db/database.js' {
  interface Tables {
    settlement: SettlementRow;
    settlementLine: SettlementLineRow;
    sellerDebt: SellerDebtRow;
    debtDeduction: ColumnsOf<typeof DebtDeductionEntity>;
    transferReversal: TransferReversalRow;
  }
}
