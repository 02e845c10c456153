import type { Pool } from 'pg';
import type { Text } from '../../field/language.ts';
import { tehran } from '../../ops/clock.ts';
import type { ItemCode, ReasonCode } from './item.ts';
import type { KeptItem } from '../case/store.ts';

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

/** Why an item does not hold, and what helps, as the shop reads it. */
export interface ReasonWords {
  readonly why: Text;
  readonly remedy: Text;
}

/** The words for each item that has a reason, as they held on the day on which it got it: those that the reviewer saw. A text that changes
 *  later changes nothing of what somebody was told, and perhaps appeals against. */
export async function reasonWords(db: Pool, items: readonly KeptItem[]): Promise<ReadonlyMap<ItemCode, ReasonWords>> {
  const said = items.filter(({ reason }) => reason !== undefined);
  if (said.length === 0) return new Map();
  const { rows } = await db.query<ReasonTemplate & { item: ItemCode }>(
    `select i.item, t.* from unnest($1::text[], $2::text[], $3::date[]) as i (item, reason, day)
      cross join lateral (
        select code, valid_from::text as since, fa, en, remedy_fa as "remedyFa", remedy_en as "remedyEn"
          from reason_templates where code = i.reason and valid_from <= i.day order by valid_from desc limit 1) t`,
    [said.map(({ code }) => code), said.map(({ reason }) => reason), said.map(({ since }) => tehran(since).isoDate)],
  );
  return new Map(
    rows.map(({ item, fa, en, remedyFa, remedyEn }) => [
      item,
      { why: { fa, en }, remedy: { fa: remedyFa, en: remedyEn } },
    ]),
  );
}
