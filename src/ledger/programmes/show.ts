import type pg from 'pg';
import type { Basket, ChargeRule, ProgrammeEntry, ProgrammeFile } from './file.ts';

type Reader = Pick<pg.Pool, 'query'>;
type Rule = NonNullable<ProgrammeEntry['rules']>[number];

/** All programmes, or one, as a file that `applyProgrammes` takes and finds nothing new in.
 *  @returns with no programmes where the one that is asked for is not known */
export async function showProgrammes(db: Reader, programme?: string): Promise<ProgrammeFile> {
  const { rows } = await db.query<{ programme_id: string; spend_order: number }>(
    'select programme_id, spend_order from programmes where $1::text is null or programme_id = $1 order by 1',
    [programme ?? null],
  );
  const programmes: ProgrammeEntry[] = [];
  for (const { programme_id: id, spend_order: order } of rows) {
    const [rules, charges, entitlements] = [await rulesOf(db, id), await chargesOf(db, id), await entitledOf(db, id)];
    const baskets = await basketsOf(db, id);
    programmes.push({
      programme: id,
      ...(order !== 100 && { order }),
      ...{ rules, charges, entitlements },
      ...(baskets.length > 0 && { baskets }),
    });
  }
  const guilds = await db.query<{ guild: string; categories: string[] }>(
    'select guild, array_agg(category order by category) as categories from guild_goods group by 1 order by 1',
  );
  return { programmes, guilds: Object.fromEntries(guilds.rows.map(({ guild, categories }) => [guild, categories])) };
}

interface RuleRow {
  valid_from: string;
  pin_check: Rule['pinCheck'];
  pin_check_from_rials: string | null;
  min_card_rials: string;
  min_card_as: Rule['minCardAs'];
  confirmation: Rule['confirmation'];
  confirm_within_ms: string;
  max_purchase_rials: string | null;
  max_day_rials: string | null;
  max_day_purchases: number | null;
  max_period_rials: string | null;
  min_software_version: string | null;
  carry_over: boolean;
}

async function rulesOf(db: Reader, programme: string): Promise<Rule[]> {
  const { rows } = await db.query<RuleRow>(
    `select valid_from::text, pin_check, pin_check_from_rials, min_card_rials, min_card_as, confirmation, confirm_within_ms,
            max_purchase_rials, max_day_rials, max_day_purchases, max_period_rials, min_software_version, carry_over
       from programme_rules where programme_id = $1 order by valid_from`,
    [programme],
  );
  return rows.map((row) => ({
    from: row.valid_from,
    pinCheck: row.pin_check,
    ...(row.pin_check_from_rials !== null && { pinCheckFromRials: Number(row.pin_check_from_rials) }),
    minCardRials: Number(row.min_card_rials),
    minCardAs: row.min_card_as,
    confirmation: row.confirmation,
    confirmWithinMs: Number(row.confirm_within_ms),
    ...(row.max_purchase_rials !== null && { maxPurchaseRials: Number(row.max_purchase_rials) }),
    ...(row.max_day_rials !== null && { maxDayRials: Number(row.max_day_rials) }),
    ...(row.max_day_purchases !== null && { maxDayPurchases: row.max_day_purchases }),
    ...(row.max_period_rials !== null && { maxPeriodRials: Number(row.max_period_rials) }),
    ...(row.min_software_version !== null && { minSoftwareVersion: row.min_software_version }),
    carryOver: row.carry_over,
  }));
}

interface ChargeRow {
  valid_from: string;
  cohort: ChargeRule['cohort'];
  valid_months: number;
  requires: string[];
  rials_per_person: string[];
  charge_days: number[];
}

async function chargesOf(db: Reader, programme: string): Promise<ChargeRule[]> {
  const { rows } = await db.query<ChargeRow>(
    `select valid_from::text, cohort, valid_months, requires, rials_per_person, charge_days
       from programme_charges where programme_id = $1 order by valid_from`,
    [programme],
  );
  return rows.map((row) => ({
    from: row.valid_from,
    cohort: row.cohort,
    validMonths: row.valid_months,
    requires: row.requires,
    amounts: grouped(row.rials_per_person.map(Number)).map(([rialsPerPerson, deciles]) => ({
      deciles,
      rialsPerPerson,
    })),
    days: grouped(row.charge_days).map(([day, cohorts]) => ({ cohorts, day })),
  }));
}

/** Which places of an array have the same value; 0 is none. */
function grouped(values: readonly number[]): [value: number, places: number[]][] {
  const groups = new Map<number, number[]>();
  for (const [place, value] of values.entries()) {
    if (value > 0) groups.set(value, [...(groups.get(value) ?? []), place]);
  }
  return [...groups];
}

async function entitledOf(db: Reader, programme: string): Promise<NonNullable<ProgrammeEntry['entitlements']>> {
  const { rows } = await db.query<{ period: string; category: string; quantity_per_member: string }>(
    'select period, category, quantity_per_member from entitlements where programme_id = $1 order by 1, 2',
    [programme],
  );
  return rows.map(({ period, category, quantity_per_member: quantity }) => {
    return { period, category, perPerson: Number(quantity) };
  });
}

/** The baskets that hold or will, as a programme file has them. */
async function basketsOf(db: Reader, programme: string): Promise<Basket[]> {
  const { rows } = await db.query<{ basket: Basket }>(
    `select p.basket from programme_baskets b join basket_proposals p on p.proposal_id = b.basket_id
      where b.programme_id = $1 order by b.valid_from`,
    [programme],
  );
  return rows.map(({ basket }) => basket);
}
