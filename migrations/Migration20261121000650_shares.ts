import { Migration } from '@mikro-orm/migrations';

/** Who bore what of a payment that was refunded or disputed, so that what leaves it later completes its split to the cent. */
export class Migration20261121000650_shares extends Migration {
  override up(): void {
    this.addSql(`
      alter table payment
        add refunded_vat_minor bigint not null default 0,
        add disputed_seller_minor bigint not null default 0 constraint a_disputed_part_is_not_negative check (disputed_seller_minor >= 0),
        add disputed_fee_minor bigint not null default 0,
        add disputed_vat_minor bigint not null default 0,
        add constraint refunded_tax_is_in_its_fee check (refunded_vat_minor between 0 and refunded_minor - refunded_seller_minor),
        add constraint disputed_tax_is_in_its_fee check (disputed_vat_minor between 0 and disputed_fee_minor);

      update payment set refunded_vat_minor = (2 * vat_minor * (refunded_minor - refunded_seller_minor) + platform_fee_minor) / (2 * platform_fee_minor)
        from commission_snapshot where payment_id = payment.id and charge_model = 'SEPARATE' and refunded_minor > refunded_seller_minor and platform_fee_minor > 0;
      update payment set disputed_seller_minor = seller_minor, disputed_fee_minor = platform_fee_minor, disputed_vat_minor = vat_minor
        from (select payment_id, sum(seller_minor) as seller_minor, sum(platform_fee_minor) as platform_fee_minor, sum(vat_minor) as vat_minor
          from dispute where status not in ('WON', 'CLOSED') group by payment_id) as kept where kept.payment_id = payment.id;
    `);
  }

  override down(): void {
    this.addSql(`
      alter table payment
        drop column refunded_vat_minor, drop column disputed_seller_minor, drop column disputed_fee_minor, drop column disputed_vat_minor;
    `);
  }
}
