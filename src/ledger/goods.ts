import type pg from 'pg';
import { tehran } from '../ops/clock.ts';

/** A good that the voucher pays. */
export interface GoodsRow {
  readonly code: string;
  readonly category: string;
  readonly nameFa: string;
  readonly unit: '00' | '01' | '02' | undefined;
  readonly capRials: bigint | undefined;
}

/** Devices ask page by page: pages of one list must fit each other, and the table is asked once for all of them. */
const KEPT_MS = 60_000;

/** The goods of a day, in the order of their codes. */
export function goodsList(pool: pg.Pool): (now: number) => Promise<readonly GoodsRow[]> {
  let kept: { readonly at: number; readonly day: string; readonly list: Promise<readonly GoodsRow[]> } | undefined;
  return (now) => {
    const day = tehran(now).isoDate;
    if (kept?.day === day && Math.abs(now - kept.at) < KEPT_MS) return kept.list;
    const list = read(pool, day);
    kept = { at: now, day, list };
    list.catch(() => {
      kept = undefined; // the next device asks again
    });
    return list;
  };
}

async function read(pool: pg.Pool, day: string): Promise<readonly GoodsRow[]> {
  const { rows } = await pool.query<{
    code: string;
    category: string;
    name_fa: string;
    unit: GoodsRow['unit'] | null;
    price_cap_rials: string | null;
  }>({
    name: 'goods-of-day',
    text: `select distinct on (code) code, category, name_fa, unit, price_cap_rials from goods
            where valid_from <= $1 and valid_to >= $1 order by code, valid_from desc`,
    values: [day],
  });
  return rows.map(({ code, category, name_fa: nameFa, unit, price_cap_rials: cap }) => {
    return { code, category, nameFa, unit: unit ?? undefined, capRials: cap === null ? undefined : BigInt(cap) };
  });
}
