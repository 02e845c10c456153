import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { unexplained, unexplainedJournal, type Unexplained } from '../audit/unexplained.ts';
import { isSamePerson, personName } from './people.ts';
import { statement } from './sql.ts';
import { getClearing, record, transaction, type Db } from './state.ts';

/** What does not add up stops the next making. Where two people have seen that the money is right all the same, they let it go
 *  on: for the findings they saw, and no others. */

/** How an error begins that people must see to: trying again changes nothing. */
export const NOT_MADE = 'Orders are not made:';
const NAMED = 3;

/** @returns what stops the making of a day: nothing, also where two people let exactly these findings pass */
export async function unexplainedOf(db: Db, day: string): Promise<Unexplained[]> {
  const findings = await findingsOf(db, day);
  if (findings.length === 0) return [];
  const { rows } = await db.query<{ proposed_by: string; decided_by: string }>(
    `select proposed_by, decided_by from clearing_waivers
      where business_day = $1 and findings = $2 and verdict = 'approved' limit 1`,
    [day, digestOf(findings)],
  );
  const waived = rows[0];
  if (waived === undefined) return findings;
  await record(db, day, waived.decided_by, 'went on unexplained', { findings: findings.length, ...waived });
  return [];
}

/** Keeps what stopped a making, for the people who must see to it. */
export async function notMade(pool: Pool, day: string, findings: readonly Unexplained[]): Promise<GatewayError> {
  await pool.query('update clearings set findings = $2 where business_day = $1', [day, JSON.stringify(findings)]);
  const more = findings.length > NAMED ? `; and ${findings.length - NAMED} more` : '';
  return new GatewayError(
    'clearing.unexplained',
    `${NOT_MADE} ${findings.slice(0, NAMED).map(findingText).join('; ')}${more}. ` +
      `Mend it, or let two people go on: kalabarg settlement accept ${day}.`,
  );
}

export function findingText({ day, merchant, rials, reason }: Unexplained): string {
  return `${day}${merchant === null ? '' : ` ${merchant}`}: ${rials} rials: ${reason}`;
}

/** What of a day, of the day before, of days whose orders still wait for the bank, and of those whose carries it takes up does
 *  not add up. */
async function findingsOf(db: Db, day: string): Promise<Unexplained[]> {
  const { rows } = await db.query<{ days: string[] }>(
    `select array_agg(distinct business_day::text) as days from (
       select business_day from clearings where business_day <= $1 and state <> 'settled'
       union all select max(business_day) from business_days where business_day < $1
       union all select created_day from payable_carries where consumed_day = $1
       union all select $1::date) d where business_day is not null`,
    [day],
  );
  const days = rows[0]?.days ?? [];
  const found = [
    ...(await unexplainedJournal(db, day)),
    ...(await unexplained(db, days[0] ?? day, '9999-12-31', days)),
  ];
  return found.sort((one, other) => (findingText(one) < findingText(other) ? -1 : 1));
}

/** A second look, once a day is made: at the postings that its nets were made of, and at its orders.
 *  @throws GatewayError `clearing.changed` */
export async function demandUnchanged(db: Db, day: string): Promise<void> {
  const { rows } = await db.query<{ what: string }>(statement('changed'), [day]);
  if (rows.length === 0) return;
  throw new GatewayError('clearing.changed', `${day}: ${rows.map(({ what }) => what).join('; ')}. Nothing leaves.`);
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
export async function proposeWaiver(pool: Pool, day: string, { reason, by }: Waiver): Promise<void> {
  const findings = await findingsOfDay(pool, day);
  if (findings.length === 0)
    throw new GatewayError('waiver.none', `Nothing keeps the orders of ${day} from being made.`);
  const name = personName(by);
  await transaction(pool, async (db) => {
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
  });
}

/** A second person's word. An approval counts for what was proposed: another finding since stops the making again.
 *  @throws GatewayError `waiver.none`, `waiver.same-person`, `person.name` */
export async function decideWaiver(
  pool: Pool,
  day: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<void> {
  const name = personName(by);
  await transaction(pool, async (db) => {
    const { rows } = await db.query<{ id: string; proposed_by: string }>(
      `select waiver_id as id, proposed_by from clearing_waivers where business_day = $1 and verdict is null for update`,
      [day],
    );
    const [found] = rows;
    if (found === undefined) throw new GatewayError('waiver.none', `Nothing is proposed for ${day}.`);
    if (verdict === 'approved' && isSamePerson(found.proposed_by, name)) {
      throw new GatewayError('waiver.same-person', `${by} proposed this: another person approves it.`);
    }
    await db.query(
      'update clearing_waivers set verdict = $2, decided_by = $3, decided_at = now() where waiver_id = $1',
      [found.id, verdict, name],
    );
    await record(db, day, name, verdict);
  });
}
