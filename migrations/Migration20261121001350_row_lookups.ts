import { Migration } from '@mikro-orm/migrations';

const all = '(select app.sees_all())';
const exists = (table: string, key: string, column = 'id') => `${all} or exists (select from ${table} where ${table}.${column} = ${key})`;
const lookUp = (table: string, key: string, column = 'id') => `${all} or (select true from ${table} where ${table}.${column} = ${key} limit 1)`;

/** The tables whose rows are seen where another row is: the other table, the key, and where that is not its id its column. */
const children: Record<string, [table: string, key: string, column?: string]> = {
  operation_attempt: ['operation', 'operation_id'],
  posting: ['ledger_transaction', 'transaction_id'],
  ledger_balance: ['account', 'account_id'],
  ledger_balance_change: ['account', 'account_id'],
  person: ['seat', 'person.id', 'person_id'],
  sign_in_session: ['person', 'person_id'],
  webhook_secret: ['webhook_endpoint', 'endpoint_id'],
  webhook_delivery: ['webhook_endpoint', 'endpoint_id'],
  webhook_attempt: ['webhook_delivery', 'delivery_id'],
};
const causes: [table: string, key: string, column: string][] = [
  ['payment', 'balance_transaction.charge_id', 'charge_id'],
  ['payment', 'balance_transaction.source_id', 'charge_id'],
  ['operation', 'balance_transaction.source_id', 'stripe_id'],
  ['refund', 'balance_transaction.source_id', 'stripe_refund_id'],
  ['dispute', 'balance_transaction.source_id', 'stripe_dispute_id'],
];

const unlessPlatforms = (rows: string) => `account_id is null or ${rows}`;
const policy = (table: string, rows: string, written = rows) =>
  `alter policy rows_of_its_tenants on ${table} using (${rows}) with check (${written});`;

/**
 * Whether a row is seen because another is, is looked up for that row. Asked by EXISTS, the planner may read the whole other table at once instead:
 * for one seller's three movements, every movement there ever was.
 */
export class Migration20261121001350_row_lookups extends Migration {
  override up(): void {
    this.change(lookUp);
    this.addSql(`create index operation_by_stripe_id on operation (stripe_id) where stripe_id is not null;`);
  }

  override down(): void {
    this.addSql('drop index operation_by_stripe_id;');
    this.change(exists);
  }

  private change(seen: typeof lookUp): void {
    for (const [table, [other, key, column]] of Object.entries(children)) {
      const rows = seen(other, key, column);
      this.addSql(policy(table, rows, table === 'posting' ? unlessPlatforms(seen('account', 'account_id')) : rows));
    }
    this.addSql(policy('balance_transaction', causes.map(([other, key, column]) => seen(other, key, column)).join(' or ')));
  }
}
