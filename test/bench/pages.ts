import { type SignedIn, seller, staff } from './marketplace.js';

type Row = Record<string, string | number | boolean | Date | null>;

/** One page that both ways answer alike: a document, and the statement and the few lines somebody would write for it by hand. */
export interface BenchPage {
  name: string;
  viewer: SignedIn;
  document: string;
  variables: Record<string, unknown>;
  /** Takes the session's hash as $1 and finds nothing where that has ended: the same check, in the same statement. */
  sql: string;
  parameters: unknown[];
  toData(rows: Row[]): object;
  /** What the API may send to the database for it, finding out who asks included. */
  statementsMax: number;
}

const paymentFields = `id status kind buyerEmail quantity paidAt amount { amount currency } amountRefunded { amount currency }
  snapshot { percentageFee feeMode subtotal { amount currency } platformFee { amount currency } sellerTransfer { amount currency } totalCharged { amount currency } }`;

const paymentColumns = `payment.id, payment.kind, payment.email, payment.quantity, payment.paid_at, payment.amount_minor, payment.refunded_minor, payment.currency,
  split.percentage_bps, split.fee_mode, split.subtotal_minor, split.platform_fee_minor, split.seller_transfer_minor, split.total_charged_minor`;

const signedIn = 'exists (select from sign_in_session where token_sha256 = $1 and revoked_at is null and expires_at > now())';

function payment(row: Row): object {
  const currency = row['currency'];
  const money = (column: string) => ({ amount: row[column], currency });
  const refunded = row['refunded_minor'];
  return {
    id: row['id'],
    status: refunded === 0 ? 'PAID' : refunded === row['amount_minor'] ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    kind: row['kind'],
    buyerEmail: row['email'],
    quantity: row['quantity'],
    paidAt: row['paid_at'],
    amount: money('amount_minor'),
    amountRefunded: money('refunded_minor'),
    snapshot: {
      percentageFee: row['percentage_bps'],
      feeMode: row['fee_mode'],
      subtotal: money('subtotal_minor'),
      platformFee: money('platform_fee_minor'),
      sellerTransfer: money('seller_transfer_minor'),
      totalCharged: money('total_charged_minor'),
    },
  };
}

const payments: BenchPage = {
  name: '50 payments, each with its account and its split (staff)',
  viewer: staff,
  document: `query ($first: Int) { payments(first: $first) { nodes { ${paymentFields} account { id displayName } } pageInfo { hasNextPage } } }`,
  variables: { first: 50 },
  sql: `select ${paymentColumns}, account.id as account_id, account.display_name
    from payment join account on account.id = payment.account_id join commission_snapshot split on split.payment_id = payment.id
    where ${signedIn} order by payment.id desc limit $2`,
  parameters: [51],
  toData: (rows) => ({
    payments: {
      nodes: rows.slice(0, 50).map((row) => ({ ...payment(row), account: { id: row['account_id'], displayName: row['display_name'] } })),
      pageInfo: { hasNextPage: rows.length > 50 },
    },
  }),
  statementsMax: 4,
};

const dashboard: BenchPage = {
  name: 'an account with its status and 50 payments, each with its split (seller)',
  viewer: seller,
  document: `query ($id: ID!) { account(id: $id) { id displayName status payments(first: 50) { nodes { ${paymentFields} } } } }`,
  variables: { id: seller.accountId },
  sql: `select account.id as account_id, account.display_name, connected.charges_enabled, ${paymentColumns}
    from account left join connected_account connected on connected.account_id = account.id and connected.active_until = '9999-12-31T23:59:59Z'
      join payment on payment.account_id = account.id join commission_snapshot split on split.payment_id = payment.id
    where account.id = $2 and ${signedIn} order by payment.id desc limit $3`,
  parameters: [seller.accountId, 50],
  toData: (rows) => ({
    account: {
      id: rows[0]?.['account_id'],
      displayName: rows[0]?.['display_name'],
      status: rows[0]?.['charges_enabled'] ? 'READY' : 'RESTRICTED',
      payments: { nodes: rows.map(payment) },
    },
  }),
  statementsMax: 5,
};

const nested: BenchPage = {
  name: '10 accounts, each with 5 payments, each with its split (staff)',
  viewer: staff,
  document: `{ accounts(first: 10) { nodes { id displayName payments(first: 5) { nodes { ${paymentFields} } } } } }`,
  variables: {},
  sql: `select account.id as account_id, account.display_name, ${paymentColumns}
    from (select * from account order by created_at desc, id desc limit $2) account
      cross join lateral (select * from payment where payment.account_id = account.id order by payment.id desc limit $3) payment
      join commission_snapshot split on split.payment_id = payment.id
    where ${signedIn} order by account.created_at desc, account.id desc, payment.id desc`,
  parameters: [10, 5],
  toData: (rows) => ({
    accounts: {
      nodes: [...Map.groupBy(rows, (row) => row['account_id']).values()].map((group) => ({
        id: group[0]?.['account_id'],
        displayName: group[0]?.['display_name'],
        payments: { nodes: group.map(payment) },
      })),
    },
  }),
  statementsMax: 4,
};

export const pages: BenchPage[] = [payments, dashboard, nested];
