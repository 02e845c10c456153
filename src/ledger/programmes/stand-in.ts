import type { Pool, PoolClient } from 'pg';
import { within } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { databaseNow } from '../clock.ts';

/** Up to which amounts credit is granted for an authority, or without the check of a PIN for a bank, that cannot be reached: dated rows that
 *  two persons make (migrations/0837_stand_in.sql, 0880_bank_stand_in.sql, docs/counterparts.md). */

type Db = Pool | PoolClient;
export type StandsFor = 'authority' | 'bank';

export interface StandInProposal {
  readonly programme: string;
  /** ISO day; it never counts before its approval. */
  readonly from: string;
  /** Of a household's card, and of a shop, in a day. Both nothing: no more from then on. */
  readonly householdRials: bigint;
  readonly shopRials: bigint;
  /** Of whom (default: the authority). */
  readonly standsFor?: StandsFor;
  /** Of a bank: also where a PIN was entered that nobody could check (default: only without one). */
  readonly uncheckedPin?: boolean;
  readonly reason: string;
  readonly by: string;
}

export interface StandInRule {
  readonly id: string;
  readonly programme: string;
  readonly from: string;
  /** Whole rials as text. */
  readonly householdRials: string;
  readonly shopRials: string;
  readonly standsFor: StandsFor;
  readonly uncheckedPin: boolean;
  readonly reason: string;
  readonly proposedBy: string;
  /** ISO 8601 UTC. */
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly state: 'proposed' | 'rejected' | 'approved';
}

const utc = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const COLUMNS = `rule_id::text as id, programme_id as programme, valid_from::text as "from", household_rials::text as "householdRials",
  shop_rials::text as "shopRials", stands_for as "standsFor", unchecked_pin as "uncheckedPin", reason, proposed_by as "proposedBy",
  ${utc('proposed_at')} as "proposedAt", decided_by as "decidedBy", ${utc('decided_at')} as "decidedAt", coalesce(verdict, 'proposed') as state`;

/** Rules, the newest first.
 *  @param before a rule's id: older ones */
export async function listStandIns(
  db: Db,
  { before, limit = 1_000 }: { readonly before?: string | undefined; readonly limit?: number } = {},
): Promise<StandInRule[]> {
  const { rows } = await db.query<StandInRule>(
    `select ${COLUMNS} from stand_in_rules where $1::bigint is null or rule_id < $1 order by rule_id desc limit $2`,
    [before ?? null, limit],
  );
  return rows;
}

/** Numbers of the rules that hold on a day: of each programme the last, unless it grants nothing. */
export async function standInInForce(db: Db, day: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select rule_id::text as id from (
       select distinct on (programme_id, stands_for) rule_id, shop_rials from stand_in_rules where verdict = 'approved' and valid_from <= $1
        order by programme_id, stands_for, valid_from desc, rule_id desc) x where shop_rials > 0`,
    [day],
  );
  return rows.map(({ id }) => id);
}

/** @throws GatewayError `stand-in.invalid`, `programme.unknown`, `person.name` */
export async function proposeStandIn(db: Db, wanted: StandInProposal): Promise<StandInRule> {
  const by = personName(wanted.by);
  const { length } = wanted.reason.trim();
  if (length < 5 || length > 1_000) throw new GatewayError('stand-in.invalid', 'The reason has 5 to 1,000 characters.');
  if ((wanted.householdRials === 0n) !== (wanted.shopRials === 0n))
    throw new GatewayError('stand-in.invalid', 'Both amounts are above nothing, or both are nothing, which ends it.');
  const { standsFor = 'authority', uncheckedPin = false } = wanted;
  if (uncheckedPin && standsFor !== 'bank')
    throw new GatewayError(
      'stand-in.invalid',
      'Only for a bank can a PIN be left unchecked: an authority checks none.',
    );
  return within(db, async (tx) => {
    const known = await tx.query('select from programmes where programme_id = $1', [wanted.programme]);
    if (known.rowCount === 0) throw new GatewayError('programme.unknown', 'There is no such programme.');
    const { rows } = await tx.query<StandInRule>(
      `insert into stand_in_rules (programme_id, valid_from, household_rials, shop_rials, reason, proposed_by, proposed_at, stands_for, unchecked_pin)
       values ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), $8, $9) returning ${COLUMNS}`,
      [
        wanted.programme,
        wanted.from,
        wanted.householdRials,
        wanted.shopRials,
        wanted.reason.trim(),
        by,
        await databaseNow(tx),
        standsFor,
        uncheckedPin,
      ],
    );
    return only(rows);
  });
}

/** A second person's word.
 *  @throws GatewayError `stand-in.unknown`, `stand-in.state`, `stand-in.same-person`, `person.name` */
export async function decideStandIn(
  db: Db,
  id: string,
  verdict: 'approved' | 'rejected',
  name: string,
): Promise<StandInRule> {
  const by = personName(name);
  return within(db, async (tx) => {
    const { rows } = await tx.query<StandInRule>(
      `select ${COLUMNS} from stand_in_rules where rule_id = $1 for update`,
      [id],
    );
    const [found] = rows;
    if (found === undefined) throw new GatewayError('stand-in.unknown', `Nobody proposed a number ${id}.`);
    if (found.state !== 'proposed')
      throw new GatewayError('stand-in.state', `Number ${id} was ${found.state} by ${found.decidedBy ?? ''} before.`);
    if (verdict === 'approved' && isSamePerson(found.proposedBy, by))
      throw new GatewayError('stand-in.same-person', `${by} proposed this: another person must approve it.`);
    const decided = await tx.query<StandInRule>(
      `update stand_in_rules set verdict = $2, decided_by = $3, decided_at = to_timestamp($4 / 1000.0)
        where rule_id = $1 returning ${COLUMNS}`,
      [id, verdict, by, await databaseNow(tx)],
    );
    return only(decided.rows);
  });
}

function only<T>([row]: readonly T[]): T {
  if (row === undefined) throw new Error('the row that was written did not come back');
  return row;
}
