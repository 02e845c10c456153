import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { DAY_MS } from '../../ops/clock.ts';

/** What violations weigh, and what they add up to: rows of shop_sanctions, dated and published (people.md 4.4). */
const Table = Type.Object({
  /** A violation counts for so long. */
  countsForDays: Type.Integer({ minimum: 1 }),
  kinds: Type.Array(
    Type.Object({ code: Type.String(), points: Type.Integer({ minimum: 1 }), fa: Type.String(), en: Type.String() }),
  ),
  /** By rising points: so many and more mean this, for so many days (absent: for good). */
  sanctions: Type.Array(
    Type.Object({
      points: Type.Integer({ minimum: 1 }),
      state: Type.Union([Type.Literal('RESTRICTED'), Type.Literal('DISQUALIFIED')]),
      days: Type.Optional(Type.Integer({ minimum: 1 })),
      fa: Type.String(),
      en: Type.String(),
    }),
  ),
});

export interface SanctionTable extends Static<typeof Table> {
  readonly version: string;
  /** ISO day from which on it holds. */
  readonly from: string;
}
export type Sanction = SanctionTable['sanctions'][number];

/** A violation that was found and not struck out. */
export interface Violation {
  readonly kind: string;
  /** ms since the epoch: when it happened. */
  readonly at: number;
}

/** What the violations of a shop add up to: each by the table of its day, the sanction by today's.
 *  @param tables by rising `from`
 *  @returns the points, and the hardest row that they reach */
export function sanctionFor(
  violations: readonly Violation[],
  tables: readonly SanctionTable[],
  now: number,
): { readonly points: number; readonly sanction?: Sanction; readonly version: string } {
  const tableOf = (at: number): SanctionTable | undefined =>
    tables.findLast(({ from }) => Date.parse(`${from}T00:00:00Z`) - TEHRAN_MS <= at) ?? tables[0];
  const today = tableOf(now);
  if (today === undefined) throw new GatewayError('shops.rules', 'There is no table of sanctions.');
  const points = violations.reduce((sum, { kind, at }) => {
    const table = tableOf(at) ?? today;
    const counts = at <= now && now - at < table.countsForDays * DAY_MS;
    return sum + (counts ? (table.kinds.find(({ code }) => code === kind)?.points ?? 0) : 0);
  }, 0);
  const sanction = today.sanctions.findLast((row) => row.points <= points);
  return { points, version: today.version, ...(sanction === undefined ? {} : { sanction }) };
}

/** Days begin at midnight in Tehran, UTC+3:30 all year. */
const TEHRAN_MS = 3.5 * 3_600_000;

/** Every table, by rising `from`.
 *  @throws GatewayError `shops.rules`: one is not what this version of the gateway reads */
export async function sanctionTables(db: Pool | PoolClient): Promise<SanctionTable[]> {
  const { rows } = await db.query<{ version: string; from: string; rules: unknown }>(
    'select version, valid_from::text as from, rules from shop_sanctions order by valid_from',
  );
  return rows.map(({ version, from, rules }) => {
    if (!Value.Check(Table, rules))
      throw new GatewayError('shops.rules', `Table of sanctions ${version} is not one that this gateway can read.`);
    return { version, from, ...rules };
  });
}
