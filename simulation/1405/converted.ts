import type pg from 'pg';
import { RIAL, type MoneyUnit } from '../../src/field/money-unit.ts';
import { DECISIONS } from '../../src/ops/function-set.ts';
import { decideRules, proposeRules, showRules, type RulesFile } from '../../src/settlement/rules/index.ts';
import { WORTH, type Successor } from './switch.ts';

/** The product's side of the end of the rial: a row of two persons, and its own duty until nothing is left to do. */

const CODE = { unit: 'new-rial', alpha: 'XXX', numeric: '999', nameFa: 'ریال نو', nameEn: 'new rial' };

export const moneyUnitOf = ({ exponent, stepRials }: Successor): MoneyUnit => ({
  ...CODE,
  exponent,
  rials: BigInt(WORTH),
  stepRials: BigInt(stepRials),
});

/** One person proposes that terminals, payment files and books are in the successor from its day on; another approves. */
export async function approveUnit(pool: pg.Pool, { day, exponent }: Successor, now: number): Promise<void> {
  const db = await pool.connect();
  try {
    const { units } = await showRules(db);
    const from = day.iso;
    const use = { from, in: CODE.unit };
    const file: RulesFile = {
      units: [...units, { ...CODE, from, exponent, rials: WORTH, lawful: true }],
      terminalUnits: [{ profile: '*', ...use }],
      paymentUnits: [use],
      bookUnits: [use],
    };
    await db.query('begin');
    const { id } = await proposeRules(db, file, { reason: `the end of the ${RIAL.unit}`, by: 'maker', now });
    await db.query('commit; begin');
    await decideRules(db, id, { verdict: 'approved', by: 'checker', now });
    await db.query('commit');
  } finally {
    db.release();
  }
}

interface Page {
  readonly more: boolean;
  readonly to: string;
  readonly last_household: string;
  readonly last_bucket: string;
}

const LEFT = `
  select household_id, sum(amount_rials - spent_rials - held_rials - expired_rials)::bigint as "left",
         coalesce(sum(apart), 0)::bigint as apart
    from buckets b left join (select household_id, bucket_id, sum(programme_fund)::bigint as apart from postings
                               where kind = 'conversion' and business_day >= (select min(valid_from) from book_units) group by 1, 2) c
           using (household_id, bucket_id)
   where not swept group by 1`;

/** Sets apart what is below one step, as the gateway does by itself.
 *  @returns what was lost: old balances that are not new ones and what stands apart, and buckets that keep less than a step */
export async function convert(pool: pg.Pool, at: number, iso: string, step: number, page: number): Promise<string[]> {
  const db = await pool.connect();
  try {
    await db.query(`create temporary table before_conversion as ${LEFT}`);
    let after: string[] | undefined = ['-infinity', '', '0'];
    while (after !== undefined) {
      const { rows }: pg.QueryResult<Page> = await db.query<Page>(
        `select more, last_to::text as "to", last_household, last_bucket from ${DECISIONS}.convert_credit($1, $2, $3, $4, $5, $6)`,
        [at, iso, page, ...after],
      );
      const found: Page | undefined = rows[0];
      after = found?.more === true ? [found.to, found.last_household, found.last_bucket] : undefined;
    }
    const { rows } = await db.query<{ lost: string; below: string }>(
      `select count(*) filter (where b."left" + b.apart is distinct from a."left" + a.apart) as lost, count(*) filter (where a."left" % $1 <> 0) as below
         from before_conversion b full join (${LEFT}) a using (household_id)`,
      [step],
    );
    const { lost = '0', below = '0' } = rows[0] ?? {};
    return [
      ...(lost === '0' ? [] : [`the switch of the rial: ${lost} households have not what they had`]),
      ...(below === '0' ? [] : [`the switch of the rial: ${below} households keep less than one step`]),
    ];
  } finally {
    await db.query('drop table if exists before_conversion');
    db.release();
  }
}
