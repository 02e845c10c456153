import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { ITEM_CODES, type ItemCode } from './item.ts';

/** What the scheme asks of a shop, from a day on: rows of shop_rules, never code (people.md 4). */
const Rules = Type.Object({
  guilds: Type.Array(Type.Object({ code: Type.String(), fa: Type.String(), en: Type.String() })),
  items: Type.Array(Type.String({ enum: [...ITEM_CODES] })),
  /** The version of the terms that are consented to. */
  terms: Type.String(),
  draftDays: Type.Integer({ minimum: 1 }),
  answerDays: Type.Integer({ minimum: 1 }),
  reviewHours: Type.Integer({ minimum: 1 }),
  /** How long an appeal against a refusal is heard, and after how long one may apply again. */
  appealDays: Type.Optional(Type.Integer({ minimum: 1 })),
  reapplyDays: Type.Optional(Type.Integer({ minimum: 0 })),
  /** What an item needs besides what is typed; rules of before there were papers ask for none. */
  papers: Type.Optional(
    Type.Array(
      Type.Object({
        item: Type.String({ enum: [...ITEM_CODES] }),
        kind: Type.String({ pattern: '^[a-z_]{1,40}$' }),
        fa: Type.String(),
        en: Type.String(),
      }),
    ),
  ),
  /** How long papers are kept after the end of their case. */
  keepDays: Type.Optional(
    Type.Object({
      APPROVED: Type.Integer({ minimum: 1 }),
      REFUSED: Type.Integer({ minimum: 1 }),
      LAPSED: Type.Integer({ minimum: 1 }),
      WITHDRAWN: Type.Integer({ minimum: 1 }),
    }),
  ),
});

export interface NeededPaper {
  readonly item: ItemCode;
  readonly kind: string;
  readonly fa: string;
  readonly en: string;
}

export interface ShopRules extends Omit<Static<typeof Rules>, 'items' | 'papers'> {
  readonly version: string;
  readonly items: readonly ItemCode[];
  readonly papers: readonly NeededPaper[];
}

/** @param key a version, or the day for which they are wanted (ISO, Tehran)
 *  @throws GatewayError `shops.rules`: there are none, or they are not what this version of the gateway reads */
export async function shopRules(db: Pool | PoolClient, key: { version: string } | { day: string }): Promise<ShopRules> {
  const { rows } = await db.query<{ version: string; rules: unknown }>(
    'version' in key
      ? 'select version, rules from shop_rules where version = $1'
      : 'select version, rules from shop_rules where valid_from <= $1 order by valid_from desc limit 1',
    ['version' in key ? key.version : key.day],
  );
  const [row] = rows;
  if (row === undefined || !Value.Check(Rules, row.rules)) {
    const which = 'version' in key ? `version ${key.version}` : key.day;
    throw new GatewayError('shops.rules', `There are no rules for shops of ${which} that this gateway can read.`);
  }
  const { items, papers = [], ...rules } = row.rules;
  return { version: row.version, ...rules, items: items as ItemCode[], papers: papers as NeededPaper[] };
}
