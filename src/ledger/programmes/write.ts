import type pg from 'pg';

/** The parts of a programme whose rows are dated. */
export type Section = 'rules' | 'charges' | 'entitlements';

/** Rows come as apply.ts compares them: of a charge, `amounts` and `days` are by decile and cohort. */
const WRITE: Readonly<Record<Section, string>> = {
  rules: `insert into programme_rules (programme_id, valid_from, pin_check, min_card_rials, confirmation, confirm_within_ms,
            max_purchase_rials, max_day_rials, max_day_purchases, max_period_rials, min_software_version, carry_over, pin_check_from_rials, min_card_as)
          select $1, r."from", r."pinCheck", r."minCardRials", r.confirmation, r."confirmWithinMs", r."maxPurchaseRials",
                 r."maxDayRials", r."maxDayPurchases", r."maxPeriodRials", r."minSoftwareVersion", r."carryOver", r."pinCheckFromRials", r."minCardAs"
            from jsonb_to_record($2::jsonb) as r ("from" date, "pinCheck" text, "minCardRials" bigint, confirmation text,
                 "confirmWithinMs" bigint, "maxPurchaseRials" bigint, "maxDayRials" bigint, "maxDayPurchases" int,
                 "maxPeriodRials" bigint, "minSoftwareVersion" text, "carryOver" boolean, "pinCheckFromRials" bigint, "minCardAs" text)`,
  charges: `insert into programme_charges (programme_id, valid_from, cohort, valid_months, requires, rials_per_person, charge_days)
            select $1, c."from", c.cohort, c."validMonths", array(select jsonb_array_elements_text(c.requires)),
                   array(select coalesce((c.amounts ->> n::text)::bigint, 0) from generate_series(0, 10) n order by n),
                   array(select coalesce((c.days ->> n::text)::int, 0)
                           from generate_series(0, case c.cohort when 'all' then 0 when 'digit' then 9 else 10 end) n order by n)
              from jsonb_to_record($2::jsonb) as c ("from" date, cohort text, "validMonths" int, requires jsonb, amounts jsonb, days jsonb)`,
  entitlements: `insert into entitlements (programme_id, period, category, quantity_per_member)
                 select $1, e.period, e.category, e."perPerson"
                   from jsonb_to_record($2::jsonb) as e (period text, category text, "perPerson" bigint)`,
};

const REMOVE: Readonly<Record<Section, string>> = {
  rules: 'delete from programme_rules where programme_id = $1 and valid_from = $2::date',
  charges: 'delete from programme_charges where programme_id = $1 and valid_from = $2::date',
  entitlements: `delete from entitlements where programme_id = $1 and period || ' ' || category = $2`,
};

export async function writeRow(tx: pg.PoolClient, programme: string, section: Section, row: unknown): Promise<void> {
  await tx.query(WRITE[section], [programme, JSON.stringify(row)]);
}

/** @param key the day, or of an entitlement its period and category */
export async function removeRow(tx: pg.PoolClient, programme: string, section: Section, key: string): Promise<void> {
  await tx.query(REMOVE[section], [programme, key]);
}

export async function writeGuild(tx: pg.PoolClient, guild: string, categories: readonly string[]): Promise<void> {
  await tx.query('delete from guild_goods where guild = $1', [guild]);
  await tx.query('insert into guild_goods select $1, unnest($2::text[])', [guild, categories]);
}
