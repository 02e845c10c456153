import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { findingText, unexplained, unexplainedJournal, type Unexplained } from '../audit/unexplained.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { concerned, type Concerned, type Look } from './questions.ts';
import { sql } from './sql.ts';
import { transaction } from '../../ops/database.ts';
import { getClearing, record, type Db } from './state.ts';

/** What does not add up holds the shops that it names (questions.ts), and stops the making where it names none. Where two people
 *  have seen that the money is right all the same, they let it go on: for the findings they saw, and no others. */

/** How an error begins that people must see to: trying again changes nothing. */
export const NOT_MADE = 'Orders are not made:';
const NAMED = 3;

/** Looks at a day whose orders are made but not committed. Of findings that concern everybody: nothing where two people let exactly
 *  these pass. */
export async function lookAt(db: Db, day: string): Promise<Look> {
  const days = await daysOf(db, day);
  const found = await findingsOf(db, day, days);
  const { shops, everybody } = concerned(found);
  const waived = everybody.length > 0 && (await isWaived(db, day, everybody));
  return { days, found, shops, everybody: waived ? [] : everybody };
}

async function isWaived(db: Db, day: string, findings: readonly Unexplained[]): Promise<boolean> {
  const { rows } = await db.query<{ proposed_by: string; decided_by: string }>(
    `select proposed_by, decided_by from clearing_waivers
      where business_day = $1 and findings = $2 and verdict = 'approved' limit 1`,
    [day, digestOf(findings)],
  );
  const waived = rows[0];
  if (waived === undefined) return false;
  await record(db, day, waived.decided_by, 'went on unexplained', { findings: findings.length, ...waived });
  return true;
}

/** Keeps what stopped a making, for the people who must see to it. */
export async function notMade(pool: Pool, day: string, findings: readonly Unexplained[]): Promise<GatewayError> {
  await pool.query('update clearings set findings = $2 where business_day = $1', [day, JSON.stringify(findings)]);
  const more = findings.length > NAMED ? `; and ${findings.length - NAMED} more` : '';
  return new GatewayError(
    'clearing.unexplained',
    `${NOT_MADE} ${findings.slice(0, NAMED).map(findingText).join('; ')}${more}. ` +
      `Correct it, or let two people go on: kalabarg settlement accept ${day}.`,
  );
}

/** The day, the one before, those whose orders still wait for the bank, those whose carries it takes up, and those of which
 *  something is still asked. */
async function daysOf(db: Db, day: string): Promise<string[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct business_day::text as day from (
       select business_day from clearings where business_day <= $1 and state <> 'settled'
       union all select max(business_day) from business_days where business_day < $1
       union all select created_day from payable_carries where consumed_day = $1
       union all select business_day from breaks where class = 'UNEXPLAINED' and state = 'open' and business_day <= $1
       union all select $1::date) d where business_day is not null order by 1`,
    [day],
  );
  return rows.map((row) => row.day);
}

/** The journal of the day against its transactions, and the equations of all days. A question about an earlier journal is asked again. */
async function findingsOf(db: Db, day: string, days: readonly string[]): Promise<Unexplained[]> {
  const { rows } = await db.query<{ day: string }>(
    `select distinct business_day::text as day from breaks where class = 'UNEXPLAINED' and state = 'open' and business_day < $1`,
    [day],
  );
  const found = await unexplained(db, days[0] ?? day, '9999-12-31', days);
  for (const each of [day, ...rows.map((row) => row.day)]) found.push(...(await unexplainedJournal(db, each)));
  return found.sort((one, other) => (findingText(one) < findingText(other) ? -1 : 1));
}

/** A second look, once a day is made: at the postings that each net was made of, and at the orders. */
export async function changedSince(db: Db, day: string): Promise<Concerned> {
  return concerned((await db.query<Unexplained>(sql('changed'), [day])).rows);
}

function digestOf(findings: readonly Unexplained[]): string {
  return createHash('sha256').update(findings.map(findingText).join('\n')).digest('hex');
}

export interface Waiver {
  readonly reason: string;
  readonly by: string;
}

/** What stopped a day's making when it was tried last. */
export async function findingsOfDay(db: Db, day: string): Promise<Unexplained[]> {
  await getClearing(db, day);
  const { rows } = await db.query<{ findings: Unexplained[] | null }>(
    `select findings from clearings where business_day = $1 and state = 'netted'`,
    [day],
  );
  return rows[0]?.findings ?? [];
}

/** One person's word that a day may be made although what stopped it stands.
 *  @throws GatewayError `waiver.none`, `waiver.state`, `person.name` */
export async function proposeWaiver(pool: Pool, day: string, waiver: Waiver): Promise<void> {
  await transaction(pool, (db) => proposeWaiverIn(db, day, waiver));
}

/** The same in a transaction that is under way. */
export async function proposeWaiverIn(db: PoolClient, day: string, { reason, by }: Waiver): Promise<void> {
  const findings = await findingsOfDay(db, day);
  if (findings.length === 0)
    throw new GatewayError('waiver.none', `Nothing keeps the orders of ${day} from being made.`);
  const name = personName(by);
  await getClearing(db, day, true);
  const { rowCount } = await db.query(
    `insert into clearing_waivers (business_day, findings, detail, reason, proposed_by) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
    [day, digestOf(findings), JSON.stringify(findings), reason, name],
  );
  if (rowCount === 0) {
    throw new GatewayError('waiver.state', `Going on with ${day} is proposed already: approve or reject that.`);
  }
  await record(db, day, name, 'proposed to go on', { reason, findings: findings.length });
}

/** A second person's word. An approval counts for what was proposed: another finding since stops the making again.
 *  @throws GatewayError `waiver.none`, `waiver.same-person`, `person.name` */
export async function decideWaiver(
  pool: Pool,
  day: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<void> {
  await transaction(pool, (db) => decideWaiverIn(db, day, verdict, by));
}

/** The same in a transaction that is under way. */
export async function decideWaiverIn(
  db: PoolClient,
  day: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<void> {
  const name = personName(by);
  const { rows } = await db.query<{ id: string; proposed_by: string }>(
    `select waiver_id as id, proposed_by from clearing_waivers where business_day = $1 and verdict is null for update`,
    [day],
  );
  const [found] = rows;
  if (found === undefined) throw new GatewayError('waiver.none', `Nothing is proposed for ${day}.`);
  if (verdict === 'approved' && isSamePerson(found.proposed_by, name)) {
    throw new GatewayError('waiver.same-person', `${by} proposed this: another person must approve it.`);
  }
  await db.query('update clearing_waivers set verdict = $2, decided_by = $3, decided_at = now() where waiver_id = $1', [
    found.id,
    verdict,
    name,
  ]);
  await record(db, day, name, verdict);
}

export interface ProposedWaiver {
  readonly reason: string;
  readonly proposedBy: string;
  readonly at: Date;
}

/** What one person proposed of a day, and nobody has decided. */
export async function openWaiver(db: Db, day: string): Promise<ProposedWaiver | undefined> {
  const { rows } = await db.query<ProposedWaiver>(
    'select reason, proposed_by as "proposedBy", proposed_at as at from clearing_waivers where business_day = $1 and verdict is null',
    [day],
  );
  return rows[0];
}
