import { Migration } from '@mikro-orm/migrations';

const mine = '(select app.sees_all()) or tenant_id = any ((select app.tenants())::text[])';
const platform = '(select app.sees_all())';
const parent = (table: string, key: string) => `${platform} or exists (select from ${table} where ${table}.id = ${key})`;

/** Which rows a transaction sees and writes, by the tenants it says it is for. What is visible of a parent is visible of its child. */
const policies: Record<string, string> = {
  tenant: mine.replace('tenant_id', 'id'),
  ...Object.fromEntries(
    [
      ...['seat', 'account', 'connected_account', 'commission_plan', 'operation', 'purchase_session', 'membership', 'payment', 'commission_snapshot'],
      ...['refund', 'offering', 'settlement', 'settlement_line', 'seller_debt', 'debt_deduction', 'transfer_reversal', 'dispute', 'outbox_event'],
      ...['ledger_transaction', 'api_key', 'audit_entry', 'webhook_endpoint'],
    ].map((table) => [table, mine]),
  ),
  operation_attempt: parent('operation', 'operation_id'),
  posting: parent('ledger_transaction', 'transaction_id'),
  ledger_balance: parent('account', 'account_id'),
  ledger_balance_change: parent('account', 'account_id'),
  person: `${platform} or exists (select from seat where seat.person_id = person.id)`,
  sign_in_session: parent('person', 'person_id'),
  balance_transaction: `${platform} or exists (select from payment where payment.charge_id in (balance_transaction.charge_id, source_id))
    or exists (select from operation where operation.stripe_id = source_id) or exists (select from refund where refund.stripe_refund_id = source_id)
    or exists (select from dispute where dispute.stripe_dispute_id = source_id)`,
  webhook_secret: parent('webhook_endpoint', 'endpoint_id'),
  webhook_delivery: parent('webhook_endpoint', 'endpoint_id'),
  webhook_attempt: parent('webhook_delivery', 'delivery_id'),
  inbox_event: platform,
};

/** Which rows it may write, where that is told otherwise: the sides of a movement are written in one statement with it. */
const written: Record<string, string> = { posting: `account_id is null or ${parent('account', 'account_id')}` };

/** What the owner's functions read and write for whoever's transaction calls them: balances, the audit log, and what partners are told. */
const keptByFunctions = ['ledger_balance', 'ledger_balance_change', 'audit_entry', 'account', 'person', 'webhook_endpoint', 'webhook_delivery'];

/** No transaction sees or writes a row of a tenant it is not for. It says for which by app.tenants; one that says nothing sees nothing. */
export class Migration20261121001320_row_security extends Migration {
  override up(): void {
    this.addSql(`
      create function app.tenants() returns text[] language sql stable as $$ select string_to_array(coalesce(current_setting('app.tenants', true), ''), ',') $$;
      create function app.sees_all() returns boolean language sql stable as $$ select coalesce(current_setting('app.tenants', true), '') = '*' $$;

      -- Whose a movement of the books is: told by the id of what caused it. Null for what is the platform's alone.
      create function app.tenant_of(id text) returns text language sql stable as $$
        select case left($1, 4)
          when 'pay_' then (select tenant_id from payment where payment.id = $1)
          when 'rfd_' then (select tenant_id from refund where refund.id = $1)
          when 'dsp_' then (select tenant_id from dispute where dispute.id = $1)
          when 'stl_' then (select tenant_id from settlement where settlement.id = $1)
          when 'trv_' then (select tenant_id from transfer_reversal where transfer_reversal.id = $1)
          when 'dbt_' then (select tenant_id from seller_debt where seller_debt.id = $1)
        end
      $$;
      create function app.say_whose() returns trigger language plpgsql as $$
      begin
        new.tenant_id := app.tenant_of(split_part(new.cause_id, ':', 1));
        return new;
      end $$;
      alter table ledger_transaction add tenant_id text constraint a_movement_is_of_its_tenant references tenant (id);
      alter table ledger_transaction disable trigger a_ledger_transaction_never_changes;
      update ledger_transaction set tenant_id = app.tenant_of(split_part(cause_id, ':', 1));
      alter table ledger_transaction enable trigger a_ledger_transaction_never_changes;
      create trigger a_movement_says_whose_it_is before insert on ledger_transaction for each row execute function app.say_whose();

      alter table operation add constraint an_operation_is_of_one_tenant unique (tenant_id, id);
      alter table seller_debt add constraint a_debt_is_of_one_tenant unique (tenant_id, id);
      alter table settlement add constraint a_settlement_is_paid_by_its_own_operation foreign key (tenant_id, operation_id) references operation (tenant_id, id);
      alter table debt_deduction add tenant_id text;
      update debt_deduction set tenant_id = (select tenant_id from settlement where settlement.id = settlement_id);
      alter table debt_deduction alter tenant_id set not null,
        add constraint a_deduction_is_of_its_debt foreign key (tenant_id, debt_id) references seller_debt (tenant_id, id),
        add constraint a_deduction_is_of_its_settlement foreign key (tenant_id, settlement_id) references settlement (tenant_id, id);

      ${Object.entries(policies)
        .map(
          ([table, rows]) => `
      alter table ${table} enable row level security, force row level security;
      create policy rows_of_its_tenants on ${table} using (${rows}) with check (${written[table] ?? rows});
      create policy everything_to_look_at on ${table} for select to holdfast_read using (true);`,
        )
        .join('')}
      ${keptByFunctions.map((table) => `create policy what_functions_of_the_owner_keep on ${table} to holdfast_owner using (true) with check (true);`).join('\n')}

      create view check_movements_are_of_one_tenant with (security_invoker) as
        select movement.id, 'is of ' || coalesce(movement.tenant_id, 'the platform') || ' and moves money of ' || account.tenant_id as detail
        from posting join ledger_transaction movement on movement.id = posting.transaction_id join account on account.id = posting.account_id
        where account.tenant_id is distinct from movement.tenant_id;
      grant select on check_movements_are_of_one_tenant to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      drop view check_movements_are_of_one_tenant;
      ${keptByFunctions.map((table) => `drop policy what_functions_of_the_owner_keep on ${table};`).join('\n')}
      ${Object.keys(policies)
        .map(
          (table) =>
            `drop policy rows_of_its_tenants on ${table}; drop policy everything_to_look_at on ${table}; alter table ${table} no force row level security, disable row level security;`,
        )
        .join('\n')}
      alter table debt_deduction drop column tenant_id;
      alter table settlement drop constraint a_settlement_is_paid_by_its_own_operation;
      alter table seller_debt drop constraint a_debt_is_of_one_tenant;
      alter table operation drop constraint an_operation_is_of_one_tenant;
      drop trigger a_movement_says_whose_it_is on ledger_transaction;
      alter table ledger_transaction drop column tenant_id;
      drop function app.say_whose(), app.tenant_of(text), app.sees_all(), app.tenants();
    `);
  }
}
