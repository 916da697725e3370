import { Migration } from '@mikro-orm/migrations';

const quoted = { purchase_session: 'a_quote', commission_snapshot: 'a_snapshot' };

// halves up, as the code rounds: whole numbers divide downwards, and none of these is negative
const taxInside = '(2 * platform_fee_minor * vat_bps + 10000 + vat_bps) / (2 * (10000 + vat_bps))';

/** Commission by currency and date, with a least and a most: one plan at a time, whose terms never change. */
export class Migration20261121000200_commission extends Migration {
  override up(): void {
    this.addSql(`
      -- A range of one key overlaps only its equal. So the constraint below needs no extension, which not every server has.
      create type app.key_range as range (subtype = text, collation = "C");

      alter table commission_plan
        drop constraint one_current_commission_plan_per_account,
        add currency text constraint a_plans_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
        add fee_floor_minor bigint constraint a_fee_floor_is_not_negative check (fee_floor_minor >= 0),
        add fee_cap_minor bigint constraint a_fee_cap_is_not_negative check (fee_cap_minor >= 0),
        add constraint a_fee_floor_is_not_above_its_cap check (fee_floor_minor <= fee_cap_minor),
        add constraint a_bounded_fee_has_its_currency check (currency is not null or (fee_floor_minor is null and fee_cap_minor is null)),
        add constraint a_plan_does_not_end_before_it_begins check (valid_from <= valid_until),
        add constraint one_commission_plan_at_a_time exclude using gist (
          app.key_range(account_id || ' ' || coalesce(currency, ''), account_id || ' ' || coalesce(currency, ''), '[]') with &&,
          tstzrange(valid_from, valid_until) with &&
        );
      create index commission_plan_by_account on commission_plan (account_id, valid_until);

      create function app.refuse_other_terms() returns trigger language plpgsql as $$
      begin
        if new.valid_until > old.valid_until or to_jsonb(new) - 'valid_until' <> to_jsonb(old) - 'valid_until' then
          raise exception 'The plan % is not changed: it can only end, and no later than it did', old.id using errcode = 'restrict_violation';
        end if;
        return new;
      end $$;
      create trigger a_plans_terms_never_change before update on commission_plan
        for each row execute function app.refuse_other_terms();
      create trigger a_plan_is_never_deleted before delete or truncate on commission_plan
        for each statement execute function app.refuse_change();
      ${Object.entries(quoted)
        .map(
          ([table, name]) => `
      alter table ${table}
        add fee_floor_minor bigint,
        add fee_cap_minor bigint,
        add constraint ${name}_fee_keeps_to_its_bounds check (platform_fee_minor >= fee_floor_minor and platform_fee_minor <= fee_cap_minor),
        add constraint ${name}_tax_is_what_its_fee_contains check (vat_minor = ${taxInside});`,
        )
        .join('')}

      revoke update on commission_plan from holdfast_app, holdfast_worker;
      grant update (valid_until) on commission_plan to holdfast_app, holdfast_worker;
    `);
  }

  override down(): void {
    this.addSql(`
      grant update on commission_plan to holdfast_app, holdfast_worker;
      ${Object.entries(quoted)
        .map(
          ([table, name]) =>
            `alter table ${table} drop constraint ${name}_tax_is_what_its_fee_contains, drop column fee_floor_minor, drop column fee_cap_minor;`,
        )
        .join('\n      ')}
      drop trigger a_plan_is_never_deleted on commission_plan;
      drop trigger a_plans_terms_never_change on commission_plan;
      drop function app.refuse_other_terms();
      drop index commission_plan_by_account;
      alter table commission_plan
        drop constraint one_commission_plan_at_a_time,
        drop constraint a_plan_does_not_end_before_it_begins,
        drop column currency,
        drop column fee_floor_minor,
        drop column fee_cap_minor,
        add constraint one_current_commission_plan_per_account unique (account_id, valid_until);
      drop type app.key_range;
    `);
  }
}
