import { isDeepStrictEqual } from 'node:util';
import type { Pool, PoolClient } from 'pg';
import { databaseNow } from '../clock.ts';
import { tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { parseProgrammes, refused, type Basket, type ProgrammeFile } from './file.ts';
import { showProgrammes } from './show.ts';

/** What goods the credit of a programme pays, from a day on: proposed by one person from a programme file, approved by another
 *  (migrations/0845_baskets.sql, decision 92). */

type Db = Pool | PoolClient;

export interface BasketProposal {
  readonly id: string;
  readonly programme: string;
  /** ISO day. */
  readonly from: string;
  /** null: what was to begin on that day is withdrawn. */
  readonly basket: Basket | null;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  /** `replaced`: approved, and a later proposal of the same day was too. */
  readonly state: 'proposed' | 'rejected' | 'coming' | 'in-force' | 'ended' | 'replaced';
}

/** $1 is today. */
const PROPOSALS = `
  select p.proposal_id::text as id, p.programme_id as programme, p.valid_from::text as "from", p.basket, p.reason,
         p.proposed_by as "proposedBy", to_char(p.proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "proposedAt",
         p.decided_by as "decidedBy", to_char(p.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "decidedAt",
         case when p.verdict is null then 'proposed' when p.verdict = 'rejected' then 'rejected'
              when b.basket_id is null then 'replaced' when p.valid_from > $1 then 'coming'
              when exists (select from programme_baskets later where later.programme_id = p.programme_id
                              and later.valid_from > p.valid_from and later.valid_from <= $1) then 'ended'
              else 'in-force' end as state
    from basket_proposals p left join programme_baskets b on b.basket_id = p.proposal_id`;

/** Every proposal, the newest first; at most 1,000. */
export async function listBaskets(db: Db, programme?: string): Promise<BasketProposal[]> {
  const { rows } = await db.query<BasketProposal>(
    `${PROPOSALS} where $2::text is null or p.programme_id = $2 order by p.proposal_id desc limit 1000`,
    [await todayIn(db), programme ?? null],
  );
  return rows;
}

/** What the baskets of a file would change: a row for each day, null where a coming one is withdrawn.
 *  @throws GatewayError `programme.file` where it would change what has begun */
export function basketChanges(
  before: ProgrammeFile,
  file: ProgrammeFile,
  today: string,
): { readonly programme: string; readonly from: string; readonly basket: Basket | null }[] {
  const faults: string[] = [];
  const changes = file.programmes.flatMap(({ programme, baskets }, p) => {
    if (baskets === undefined) return [];
    const old = before.programmes.find((each) => each.programme === programme)?.baskets ?? [];
    const had = new Map(old.map((basket) => [basket.from, written(basket)]));
    const changed = baskets.map(written).filter((basket) => !isDeepStrictEqual(had.get(basket.from), basket));
    for (const { from } of changed) {
      const place = baskets.findIndex((basket) => basket.from === from);
      if (from <= today)
        faults.push(`programmes[${p}].baskets[${place}]: ${from} has begun; what holds is changed from tomorrow on`);
    }
    const gone = old.filter(({ from }) => from > today && !baskets.some((basket) => basket.from === from));
    return [
      ...changed.map((basket) => ({ programme, from: basket.from, basket })),
      ...gone.map(({ from }) => ({ programme, from, basket: null })),
    ];
  });
  if (faults.length > 0) throw refused(faults);
  return changes;
}

/** In one way of writing, so that equal baskets look equal. */
function written({ from, method, withoutList, observePrices, items, guilds }: Basket): Basket {
  return {
    ...{ from, method, withoutList, observePrices },
    items: sorted(
      items.map((row) => ({
        ...row,
        goods: sorted(row.goods, ({ good }) => good),
        categories: row.categories.toSorted(),
      })),
      ({ item }) => item,
    ),
    ...(guilds !== undefined && {
      guilds: Object.fromEntries(
        Object.entries(guilds).map(([guild, codes]) => [guild, (codes ?? []).toSorted()] as const),
      ),
    }),
  };
}

function sorted<Row>(rows: readonly Row[], name: (row: Row) => string): Row[] {
  return rows.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Proposes the baskets of a programme file; its other sections are left alone.
 *  @throws GatewayError `programme.file`, `programme.unknown`, `basket.same` (nothing would change), `basket.waiting`, `basket.reason`, `person.name` */
export async function proposeBaskets(
  pool: Pool,
  text: string,
  { reason, by }: { readonly reason: string; readonly by: string },
): Promise<BasketProposal[]> {
  const name = personName(by);
  const { length } = reason.trim();
  if (length < 5 || length > 1_000) throw new GatewayError('basket.reason', 'The reason has 5 to 1,000 characters.');
  const file = parseProgrammes(text);
  return transaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock(8583, 4)'); // one at a time, as programme files are applied
    const before = await showProgrammes(db);
    for (const { programme, baskets } of file.programmes) {
      if (baskets !== undefined && !before.programmes.some((each) => each.programme === programme))
        throw new GatewayError('programme.unknown', `There is no programme ${programme}: apply the file first.`);
    }
    const today = await todayIn(db);
    const changes = basketChanges(before, file, today);
    if (changes.length === 0)
      throw new GatewayError('basket.same', 'Nothing would change: the baskets are as the file says.');
    const proposed: string[] = [];
    for (const { programme, from, basket } of changes) {
      const waits = await db.query<{ id: string }>(
        'select proposal_id::text as id from basket_proposals where programme_id = $1 and valid_from = $2 and verdict is null',
        [programme, from],
      );
      if (waits.rows[0] !== undefined)
        throw new GatewayError(
          'basket.waiting',
          `Number ${waits.rows[0].id} about ${programme} from ${from} waits for a second person: approve or reject it first.`,
        );
      const { rows } = await db.query<{ id: string }>(
        `insert into basket_proposals (programme_id, valid_from, basket, reason, proposed_by, proposed_at)
         values ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0)) returning proposal_id::text as id`,
        [programme, from, basket === null ? null : JSON.stringify(basket), reason.trim(), name, await databaseNow(db)],
      );
      proposed.push(rows[0]?.id ?? '');
    }
    const all = await db.query<BasketProposal>(`${PROPOSALS} where p.proposal_id = any ($2) order by 1`, [
      today,
      proposed,
    ]);
    return all.rows;
  });
}

/** A second person's word. An approved basket holds from its day on.
 *  @throws GatewayError `basket.unknown`, `basket.state`, `basket.same-person`, `basket.begun`, `person.name` */
export async function decideBasket(
  pool: Pool,
  id: string,
  verdict: 'approved' | 'rejected',
  name: string,
): Promise<BasketProposal> {
  const by = personName(name);
  return transaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock(8583, 4)');
    const today = await todayIn(db);
    const found = await proposalOf(db, id, today);
    if (found.state !== 'proposed')
      throw new GatewayError(
        'basket.state',
        `Number ${id} was ${found.state === 'rejected' ? 'rejected' : 'approved'} by ${found.decidedBy ?? ''} before.`,
      );
    if (verdict === 'approved' && isSamePerson(found.proposedBy, by))
      throw new GatewayError('basket.same-person', `${by} proposed this: another person must approve it.`);
    if (verdict === 'approved' && found.from <= today)
      throw new GatewayError('basket.begun', `It was to begin on ${found.from}, which has begun: propose a later day.`);
    await db.query(
      'update basket_proposals set verdict = $2, decided_by = $3, decided_at = to_timestamp($4 / 1000.0) where proposal_id = $1',
      [id, verdict, by, await databaseNow(db)],
    );
    return proposalOf(db, id, today);
  });
}

async function proposalOf(db: PoolClient, id: string, today: string): Promise<BasketProposal> {
  const { rows } = await db.query<BasketProposal>(`${PROPOSALS} where p.proposal_id = $2`, [today, id]);
  const [found] = rows;
  if (found === undefined) throw new GatewayError('basket.unknown', `Nobody proposed a number ${id}.`);
  return found;
}

async function todayIn(db: Db): Promise<string> {
  return tehran(await databaseNow(db)).isoDate;
}
