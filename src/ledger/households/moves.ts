import type { Pool, PoolClient } from 'pg';
import { DECISIONS } from '../../ops/function-set.ts';
import { tehran } from '../../ops/clock.ts';
import { within } from '../../ops/database.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { databaseNow } from '../clock.ts';

/** Households that merge, split, or let a person go to another (decision 86): one person proposes, another approves, and with the approval cards,
 *  members and credit move in one transaction (functions/household_moves.sql). */

type Db = Pool | PoolClient;

export interface MoveProposal {
  /** `merge`: all of `from` goes up in `to`. `split`: some persons of `from` are a household of their own, `to`, which a file brought and
   *  which has had no credit yet. `card`: a card goes to another household, with its persons (who may be none). */
  readonly kind: 'merge' | 'split' | 'card';
  readonly from: string;
  readonly to: string;
  /** Keyed hashes of PANs; of a merge: none, as all of them go. */
  readonly cards: readonly Buffer[];
  /** Who go; of a merge: undefined, everybody. */
  readonly persons?: number | undefined;
  /** `marriage`, `divorce`, `deceased`, `mistake`: a word for lists. */
  readonly cause: string;
  readonly reason: string;
  readonly by: string;
}

export interface HouseholdMove {
  readonly id: string;
  readonly kind: MoveProposal['kind'];
  readonly from: string;
  readonly to: string;
  readonly cards: number;
  readonly persons: number;
  /** Members of each before. */
  readonly fromMembers: number;
  readonly toMembers: number;
  readonly cause: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly state: 'proposed' | 'approved' | 'rejected';
  /** Rials that went. */
  readonly movedRials: string;
}

const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const COLUMNS = `move_id::text as id, kind, from_household as "from", to_household as "to", cardinality(cards) as cards, persons,
  from_members as "fromMembers", to_members as "toMembers", cause, reason, proposed_by as "proposedBy", decided_by as "decidedBy",
  ${iso('proposed_at')} as "proposedAt", ${iso('decided_at')} as "decidedAt",
  coalesce(verdict, 'proposed') as state, moved_rials::text as "movedRials"`;

/** Why a move is refused, by the codes of `move_refusal`. */
const REFUSALS: Readonly<Record<string, (options: ErrorOptions) => GatewayError>> = {
  'move.blocked': (o) =>
    new GatewayError('move.blocked', 'The household is blocked: its credit stays where it is until it is free.', o),
  'move.ended': (o) => new GatewayError('move.ended', 'The household is over, and what it had went where it went.', o),
  'move.to-inactive': (o) => new GatewayError('move.to-inactive', 'The household that would get it is not active.', o),
  'move.changed': (o) =>
    new GatewayError(
      'move.changed',
      'The members of one of the households are others than when this was proposed. Reject it, and propose it again.',
      o,
    ),
  'move.card': (o) =>
    new GatewayError('move.card', 'Not all of these cards are of the household that they would leave.', o),
  'move.months-twice': (o) =>
    new GatewayError(
      'move.months-twice',
      'The new household has credit of this month already, which its persons have also had in the old one. Propose that a card goes, with no person.',
      o,
    ),
  'move.state': (o) => new GatewayError('move.state', 'This was decided before.', o),
};

/** Moves, the newest first.
 *  @param before a move's id: older ones */
export async function listMoves(
  db: Db,
  wanted: {
    readonly household?: string | undefined;
    readonly state?: HouseholdMove['state'] | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  },
): Promise<HouseholdMove[]> {
  const { household, state, before, limit } = wanted;
  const { rows } = await db.query<HouseholdMove>(
    `select ${COLUMNS} from household_moves
      where ($1::text is null or $1 in (from_household, to_household)) and ($2::text is null or coalesce(verdict, 'proposed') = $2)
        and ($3::bigint is null or move_id < $3) order by move_id desc limit $4`,
    [household ?? null, state ?? null, before ?? null, limit],
  );
  return rows;
}

/** @throws GatewayError `move.unknown` */
export async function moveOf(db: Db, id: string): Promise<HouseholdMove> {
  const { rows } = await db.query<HouseholdMove>(`select ${COLUMNS} from household_moves where move_id = $1`, [id]);
  return only(rows, id);
}

/** Cards of a household by first six, stars, last four, as a receipt shows them: nobody types a whole number here.
 *  @returns their keyed hashes; @throws GatewayError `move.card` where it has none that looks so, or two */
export async function cardsThatLook(db: Db, household: string, looks: readonly string[]): Promise<Buffer[]> {
  const hashes: Buffer[] = [];
  for (const masked of looks) {
    const { rows } = await db.query<{ hash: Buffer }>(
      'select pan_hash as hash from cards where household_id = $1 and masked = $2',
      [household, masked],
    );
    const [found, another] = rows;
    if (found === undefined || another !== undefined)
      throw new GatewayError('move.card', `${household} has ${found === undefined ? 'no card' : 'two cards'} that look like ${masked}.`); // prettier-ignore
    hashes.push(found.hash);
  }
  return hashes;
}

/** @throws GatewayError `move.invalid`, `move.household`, a code of REFUSALS, `person.name` */
export async function proposeMove(db: Db, wanted: MoveProposal): Promise<HouseholdMove> {
  const by = personName(wanted.by);
  const { kind, from, to, cards, cause, reason } = wanted;
  return within(db, async (tx) => {
    const now = await databaseNow(tx);
    const [fromMembers, members] = [await membersOf(tx, from), await membersOf(tx, to)];
    const persons = kind === 'merge' ? fromMembers : (wanted.persons ?? 0);
    const faults = faultsOf(wanted, persons, fromMembers);
    if (faults.length > 0) throw new GatewayError('move.invalid', `This cannot be proposed: ${faults.join('; ')}.`);
    const toMembers = kind === 'split' ? 0 : members;
    const { rows } = await tx.query<HouseholdMove>(
      `insert into household_moves (kind, from_household, to_household, cards, persons, from_members, to_members, cause, reason, proposed_by, proposed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, to_timestamp($11 / 1000.0)) returning ${COLUMNS}`,
      [kind, from, to, cards, persons, fromMembers, toMembers, cause, reason.trim(), by, now],
    );
    const move = only(rows);
    const { rows: refused } = await tx.query<{ code: string | null }>(
      `select ${DECISIONS}.move_refusal(m, $2) as code from household_moves m where move_id = $1`,
      [move.id, tehran(now).isoDate],
    );
    const code = refused[0]?.code;
    const refusal = REFUSALS[code ?? ''];
    if (refusal !== undefined) throw refusal({});
    return move;
  });
}

function faultsOf({ kind, from, to, cards, cause, reason }: MoveProposal, persons: number, members: number): string[] {
  const faults: string[] = [];
  if (from === to) faults.push('a household cannot go to itself');
  if (kind === 'merge' && cards.length > 0) faults.push('of a merge all cards go: name none');
  if (kind === 'card' && cards.length === 0) faults.push('name the card');
  if (kind !== 'merge' && !(Number.isInteger(persons) && persons >= (kind === 'split' ? 1 : 0) && persons < members))
    faults.push(
      `of its ${members} members at least one stays, and ${kind === 'split' ? 'at least one goes' : 'some or none go'}`,
    );
  if (!/^[a-z-]{2,40}$/.test(cause))
    faults.push('the cause is one word in small letters, such as marriage or deceased');
  const { length } = reason.trim();
  if (length < 5 || length > 1_000) faults.push('the reason has 5 to 1,000 characters');
  return faults;
}

async function membersOf(db: PoolClient, household: string): Promise<number> {
  const { rows } = await db.query<{ members: number }>('select members from households where household_id = $1', [
    household,
  ]);
  const [found] = rows;
  if (found === undefined) throw new GatewayError('move.household', `There is no household ${household}.`);
  return found.members;
}

/** A second person's word; with an approval everything moves.
 *  @throws GatewayError `move.unknown`, `move.state`, `move.same-person`, a code of REFUSALS, `person.name` */
export async function decideMove(
  db: Db,
  id: string,
  verdict: 'approved' | 'rejected',
  name: string,
): Promise<HouseholdMove> {
  const by = personName(name);
  return within(db, async (tx) => {
    const now = await databaseNow(tx);
    // in the order in which a load and a charge take them, so that none of them waits for another in a circle
    if (verdict === 'approved') await tx.query('select pg_advisory_xact_lock(8583, 4)');
    const { rows } = await tx.query<HouseholdMove>(
      `select ${COLUMNS} from household_moves where move_id = $1 for update`,
      [id],
    );
    const found = only(rows, id);
    if (found.state !== 'proposed')
      throw new GatewayError('move.state', `Number ${id} was ${found.state} by ${found.decidedBy ?? ''} before.`);
    if (verdict === 'approved' && isSamePerson(found.proposedBy, by))
      throw new GatewayError('move.same-person', `${by} proposed this: another person must approve it.`);
    if (verdict === 'approved') await approve(tx, id, by, now);
    else
      await tx.query(
        `update household_moves set verdict = 'rejected', decided_by = $2, decided_at = to_timestamp($3 / 1000.0) where move_id = $1`,
        [id, by, now],
      );
    return moveOf(tx, id);
  });
}

async function approve(tx: PoolClient, id: string, by: string, now: number): Promise<void> {
  try {
    await tx.query(`select ${DECISIONS}.approve_move($1, $2, $3, $4)`, [id, by, now, tehran(now).isoDate]);
  } catch (error) {
    throw REFUSALS[messageOf(error)]?.({ cause: error }) ?? error;
  }
}

function only<T>(rows: readonly T[], id = ''): T {
  const [row] = rows;
  if (row === undefined) throw new GatewayError('move.unknown', `Nobody proposed a number ${id}.`);
  return row;
}
