import type pg from 'pg';
import { unitsOf, type UnitRows, type Units } from '../field/money-unit.ts';
import type { Clock } from '../ops/clock.ts';
import type { Loop } from '../ops/repeat.ts';

const UNITS = `
  (select coalesce(jsonb_agg(jsonb_build_object('unit', unit, 'from', valid_from, 'alpha', iso_code, 'numeric', iso_number,
     'exponent', exponent, 'rials', rials, 'nameFa', name_fa, 'nameEn', name_en, 'lawful', lawful) order by unit, valid_from), '[]')
     from money_units) as "units"`;
const PAYMENTS = `
  (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'in', unit)), '[]') from payment_units) as "paymentUnits"`;
const READ_READING = `select ${UNITS}, ${PAYMENTS}`;
const READ = `
  select ${UNITS}, ${PAYMENTS},
         (select coalesce(jsonb_agg(jsonb_build_object('profile', profile, 'from', valid_from, 'in', unit)), '[]')
            from terminal_units) as "terminalUnits",
         (select coalesce(jsonb_agg(jsonb_build_object('psp', psp, 'from', valid_from, 'in', unit, 'rounding', rounding)), '[]')
            from acquirer_units) as "acquirerUnits",
         (select coalesce(jsonb_agg(jsonb_build_object('from', valid_from, 'in', unit)), '[]') from book_units) as "bookUnits"`;

/** Which unit of money holds where and when, as two persons approved it. */
export async function readUnits(db: pg.Pool | pg.PoolClient): Promise<Units> {
  const [rows] = (await db.query<UnitRows>(READ)).rows;
  return unitsOf(rows ?? { units: [] });
}

/** In which units people read amounts of a day, first that of the payments: what the role of the public door may ask too. */
export async function readReading(db: pg.Pool | pg.PoolClient): Promise<Units['reading']> {
  const [rows] = (await db.query<Pick<UnitRows, 'units' | 'paymentUnits'>>(READ_READING)).rows;
  const { reading } = unitsOf(rows ?? { units: [] });
  return reading;
}

/** Rows begin on a day after their approval: a copy knows them long before. */
const REREAD_MS = 60_000;

/** The same for a gateway at work: read again and again, answered from memory. */
export async function openUnits(
  pool: pg.Pool,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Pick<Units, 'ofTerminals' | 'ever'> & Loop> {
  let units = await readUnits(pool);
  let byProfile = new Map<string, ReturnType<Units['ofTerminals']>>();
  const loop = clock.every(
    REREAD_MS,
    async () => {
      units = await readUnits(pool);
      byProfile = new Map();
    },
    { onError },
  );
  return {
    ofTerminals(profile) {
      if (!byProfile.has(profile)) byProfile.set(profile, units.ofTerminals(profile));
      return byProfile.get(profile);
    },
    ever: () => units.ever(),
    stop: () => loop.stop(),
  };
}
