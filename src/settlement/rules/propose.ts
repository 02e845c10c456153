import type { Pool, PoolClient } from 'pg';
import { tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { changesOf, firstDayOf, type RuleChange } from './changes.ts';
import { refused, type RulesFile } from './file.ts';
import { digestOf, showRules } from './show.ts';
import { unitFaults } from './units.ts';

type Db = Pool | PoolClient;

/** A change of rules that one person proposes and another approves. */
export interface RulesProposal {
  readonly id: string;
  readonly changes: readonly RuleChange[];
  readonly firstDay: string;
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  readonly state: 'waiting' | 'approved' | 'rejected';
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly note: string | null;
}

const PROPOSALS = `
  select proposal_id::text as id, changes, first_day::text as "firstDay", reason, proposed_by as "proposedBy",
         to_char(proposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "proposedAt", coalesce(verdict, 'waiting') as state,
         decided_by as "decidedBy", to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "decidedAt", note
    from settlement_proposals`;

/** What a file would change now.
 *  @throws GatewayError `rules.file` */
export async function previewRules(db: Db, file: RulesFile, now: number): Promise<RuleChange[]> {
  return soundChanges(db, await showRules(db), file, await begunOn(db, now));
}

/** What a file would change, where what comes of it makes sense as a whole.
 *  @throws GatewayError `rules.file` */
async function soundChanges(
  db: Db,
  before: Required<RulesFile>,
  file: RulesFile,
  begun: string,
): Promise<RuleChange[]> {
  const changes = changesOf(before, file, begun);
  const faults = [...unitFaults({ ...before, ...file }), ...(await programmeFaults(db, file))];
  if (faults.length > 0) throw refused(faults);
  return changes;
}

async function programmeFaults(db: Db, { cardParts = [] }: RulesFile): Promise<string[]> {
  if (cardParts.length === 0) return [];
  const { rows } = await db.query<{ id: string }>('select programme_id as id from programmes');
  const known = new Set(rows.map(({ id }) => id));
  return cardParts.flatMap(({ programme }, place) =>
    known.has(programme) ? [] : [`cardParts[${place}]: there is no programme ${programme}`],
  );
}

/** @returns the proposal that waits for a second person now
 *  @throws GatewayError `rules.file`, `rules.same` (nothing would change), `rules.waiting` (another one waits), `person.name` */
export async function proposeRules(
  db: PoolClient,
  file: RulesFile,
  { reason, by, now }: { readonly reason: string; readonly by: string; readonly now: number },
): Promise<RulesProposal> {
  const name = personName(by);
  if (reason.trim().length < 3) throw new GatewayError('rules.reason', 'A change of rules has a reason, in words.');
  await db.query('select pg_advisory_xact_lock(8583, 791)'); // one at a time
  const waiting = await waitingProposal(db);
  if (waiting !== undefined)
    throw new GatewayError(
      'rules.waiting',
      `${waiting.proposedBy} proposed a change (${waiting.id}) that waits for a second person: approve or reject it first.`,
    );
  const before = await showRules(db);
  const changes = await soundChanges(db, before, file, await begunOn(db, now));
  if (changes.length === 0) throw new GatewayError('rules.same', 'Nothing would change: the rules are as the file says.');
  const { rows } = await db.query<{ id: string }>(
    `insert into settlement_proposals (file, changes, based_on, first_day, reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning proposal_id::text as id`,
    [JSON.stringify(file), JSON.stringify(changes), digestOf(before), firstDayOf(changes), reason.trim(), name, new Date(now)],
  );
  return proposalOf(db, rows[0]?.id ?? '');
} // prettier-ignore

export interface Decision {
  readonly verdict: 'approved' | 'rejected';
  readonly by: string;
  readonly note?: string | undefined;
  readonly now: number;
}

/** The second person's word. What is approved stands in the tables when the transaction ends.
 *  @throws GatewayError `rules.unknown`, `rules.state`, `rules.same-person`, `rules.stale` (the rules are others by now), `rules.late`
 *  (what it changes has begun meanwhile) */
export async function decideRules(
  db: PoolClient,
  id: string,
  { verdict, by, note, now }: Decision,
): Promise<RulesProposal> {
  const name = personName(by);
  const { rows } = await db.query<{ based_on: string; proposed_by: string; verdict: string | null; first_day: string }>(
    'select based_on, proposed_by, verdict, first_day::text from settlement_proposals where proposal_id = $1 for update',
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('rules.unknown', `There is no proposal ${id} of rules.`);
  if (row.verdict !== null) throw new GatewayError('rules.state', `Proposal ${id} is ${row.verdict} already.`);
  if (verdict === 'approved') await demandApprovable(db, { ...row, id }, name, now);
  await db.query(
    'update settlement_proposals set verdict = $2, decided_by = $3, decided_at = $4, note = $5 where proposal_id = $1',
    [id, verdict, name, new Date(now), note === undefined || note.trim() === '' ? null : note.trim()],
  );
  if (verdict === 'approved') await db.query('select apply_settlement_proposal($1)', [id]);
  return proposalOf(db, id);
}

async function demandApprovable(
  db: PoolClient,
  proposal: {
    readonly id: string;
    readonly based_on: string;
    readonly proposed_by: string;
    readonly first_day: string;
  },
  name: string,
  now: number,
): Promise<void> {
  if (isSamePerson(proposal.proposed_by, name))
    throw new GatewayError('rules.same-person', `${name} proposed this: another person must approve it.`);
  const begun = await begunOn(db, now);
  if (proposal.first_day <= begun)
    throw new GatewayError(
      'rules.late',
      `Proposal ${proposal.id} begins on ${proposal.first_day}, which has begun: reject it, and propose it for a later day.`,
    );
  if (digestOf(await showRules(db)) !== proposal.based_on)
    throw new GatewayError(
      'rules.stale',
      `The rules were changed since proposal ${proposal.id} was made: reject it, look at what holds, and propose it again.`,
    );
}

/** The last day whose rules are fixed: today, or the newest business day. */
async function begunOn(db: Db, now: number): Promise<string> {
  const { rows } = await db.query<{ day: string | null }>('select max(business_day)::text as day from business_days');
  const today = tehran(now).isoDate;
  const newest = rows[0]?.day ?? '';
  return newest > today ? newest : today;
}

/** The newest first.
 *  @param before an id: older ones */
export async function listProposals(
  db: Db,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<RulesProposal[]> {
  const { rows } = await db.query<RulesProposal>(
    `${PROPOSALS} where $1::bigint is null or proposal_id < $1 order by proposal_id desc limit $2`,
    [before ?? null, limit],
  );
  return rows;
}

/** @returns undefined: nothing waits */
export async function waitingProposal(db: Db): Promise<RulesProposal | undefined> {
  return (await db.query<RulesProposal>(`${PROPOSALS} where verdict is null`)).rows[0];
}

/** @throws GatewayError `rules.unknown` */
export async function proposalOf(db: Db, id: string): Promise<RulesProposal> {
  const [row] = (await db.query<RulesProposal>(`${PROPOSALS} where proposal_id = $1`, [id])).rows;
  if (row === undefined) throw new GatewayError('rules.unknown', `There is no proposal ${id} of rules.`);
  return row;
}
