import { Migration } from '@mikro-orm/migrations';

/** What sellers deliver later, and charges on the platform's own account that pay for it. */
export class Migration20261121000300_offerings extends Migration {
  override up(): void {
    this.addSql(`
      create table offering (
        id text primary key,
        tenant_id text not null,
        account_id text not null,
        title text not null constraint a_title_is_bounded check (length(title) between 1 and 200),
        unit_price_minor bigint not null constraint an_offering_has_a_price check (unit_price_minor > 0),
        currency text not null constraint an_offered_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        delivers_at timestamptz not null,
        refundable_until timestamptz not null,
        created_at timestamptz not null,
        constraint an_offering_is_of_one_tenant unique (tenant_id, id),
        constraint an_offering_is_of_its_account foreign key (tenant_id, account_id) references account (tenant_id, id),
        constraint refunds_end_after_delivery check (refundable_until >= delivers_at)
      );
      create index offering_by_account on offering (account_id, id desc);

      alter table purchase_session
        alter connected_account_id drop not null,
        add offering_id text,
        add constraint a_purchase_is_of_its_offering foreign key (tenant_id, offering_id) references offering (tenant_id, id),
        add constraint a_direct_purchase_is_on_a_connected_account check ((charge_model = 'DIRECT') = (connected_account_id is not null)),
        add constraint an_offering_purchase_names_it check ((kind = 'OFFERING') = (offering_id is not null)),
        drop constraint a_known_purchase_kind,
        add constraint a_known_purchase_kind check (kind in ('ONE_TIME', 'MEMBERSHIP', 'OFFERING'));

      alter table payment
        alter connected_account_id drop not null,
        add offering_id text,
        add processing_fee_minor bigint,
        add available_on timestamptz,
        add refunded_seller_minor bigint not null default 0,
        add constraint a_sellers_part_of_refunds_is_a_part check (refunded_seller_minor between 0 and refunded_minor),
        add constraint a_payment_is_of_its_offering foreign key (tenant_id, offering_id) references offering (tenant_id, id),
        add constraint a_direct_payment_is_on_a_connected_account check ((charge_model = 'DIRECT') = (connected_account_id is not null)),
        add constraint an_offering_payment_names_it check ((kind = 'OFFERING') = (offering_id is not null));
      create index payment_by_offering on payment (offering_id) where offering_id is not null;

      grant select, insert, update on offering to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      alter table payment drop constraint a_direct_payment_is_on_a_connected_account, drop column offering_id, drop column processing_fee_minor, drop column available_on, drop column refunded_seller_minor,
        alter connected_account_id set not null;
      alter table purchase_session drop constraint a_direct_purchase_is_on_a_connected_account, drop column offering_id, alter connected_account_id set not null,
        drop constraint a_known_purchase_kind, add constraint a_known_purchase_kind check (kind in ('ONE_TIME', 'MEMBERSHIP'));
      drop table offering;
    `);
  }
}
