import type { Pool } from 'pg';
import type { ReasonCode } from './item.ts';

/** The words with which an item is returned, as they hold on a day: rows of reason_templates. */
export interface ReasonTemplate {
  readonly code: ReasonCode;
  readonly since: string;
  readonly fa: string;
  readonly en: string;
  readonly remedyFa: string;
  readonly remedyEn: string;
}

/** @param day ISO, Tehran */
export async function reasonTemplates(db: Pool, day: string): Promise<ReasonTemplate[]> {
  const { rows } = await db.query<ReasonTemplate>(
    `select distinct on (code) code, valid_from::text as since, fa, en, remedy_fa as "remedyFa", remedy_en as "remedyEn"
       from reason_templates where valid_from <= $1 order by code, valid_from desc`,
    [day],
  );
  return rows;
}
