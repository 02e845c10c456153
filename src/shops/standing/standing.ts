import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { isoInstant } from '../../ops/sql.ts';

/** How a shop stands with the scheme, whatever its papers say (people.md 4.4). */
export const STANDING_STATES = ['ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'] as const;
export type StandingState = (typeof STANDING_STATES)[number];

/** From state to the states that a decision may put a shop in. */
const MOVES: Readonly<Record<StandingState, readonly StandingState[]>> = {
  ACTIVE: ['RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'],
  RESTRICTED: ['ACTIVE', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'],
  SUSPENDED: ['ACTIVE', 'RESTRICTED', 'SUSPENDED', 'DISQUALIFIED', 'CLOSED'], // to itself: renewed
  DISQUALIFIED: ['ACTIVE', 'CLOSED'],
  CLOSED: [],
};

export function mayBecome(from: StandingState, to: StandingState): boolean {
  return MOVES[from].includes(to);
}

export interface Decision {
  readonly id: string;
  readonly state: StandingState;
  readonly at: string;
  readonly until: string | null;
  readonly rule: string | null;
  readonly reason: string;
  readonly evidence: readonly string[];
  readonly decidedBy: string;
  readonly confirmedBy: string | null;
}

export interface ShopStanding {
  readonly merchant: string;
  readonly name: string;
  readonly guild: string;
  readonly standing: StandingState;
  /** What a decision may make of it now. */
  readonly canBecome: readonly StandingState[];
  /** When the decision in force ends by itself. */
  readonly until: string | null;
  /** Whether it takes vouchers now. */
  readonly sells: boolean;
  readonly decisions: readonly Decision[];
}

/** @throws GatewayError `shops.unknown` */
export async function shopStanding(db: Pool | PoolClient, merchant: string): Promise<ShopStanding> {
  const { rows } = await db.query<Omit<ShopStanding, 'decisions' | 'canBecome'>>(
    `select m.merchant_id as merchant, m.name, m.guild, database_clock() >= m.voucher_from and database_clock() < m.voucher_until as sells, ${isoInstant('s.until')} as until,
            coalesce(s.state, 'ACTIVE') as standing
       from merchants m left join shop_standing s using (merchant_id) where m.merchant_id = $1`,
    [merchant],
  );
  const [row] = rows;
  if (row === undefined) throw new GatewayError('shops.unknown', `There is no shop ${merchant}.`);
  const decisions = await db.query<Decision>(
    `select decision_id::text as id, state, ${isoInstant('at')} as at, ${isoInstant('until')} as until, rule, reason, evidence,
            decided_by::text as "decidedBy", confirmed_by::text as "confirmedBy"
       from shop_decisions where merchant_id = $1 order by decision_id`,
    [merchant],
  );
  return { ...row, canBecome: MOVES[row.standing], decisions: decisions.rows };
}

export interface NewDecision {
  readonly state: StandingState;
  /** ISO instant. */
  readonly until?: string | undefined;
  readonly rule?: string | undefined;
  readonly reason: string;
  /** The transactions: their RRNs. */
  readonly evidence?: readonly string[] | undefined;
}

/** A suspension is in force at once, and ends within ten days; every other decision waits for a second person.
 *  @throws GatewayError `shops.unknown`, `shops.refused` */
export async function decide(
  db: PoolClient,
  merchant: string,
  decision: NewDecision,
  by: By,
  now: number,
): Promise<ShopStanding> {
  const { standing } = await locked(db, merchant);
  const { state, until, rule, reason, evidence = [] } = decision;
  if (!mayBecome(standing, state))
    throw new GatewayError('shops.refused', `A shop that is ${standing} cannot become ${state}.`);
  const ends = until === undefined ? undefined : Date.parse(until);
  if (ends !== undefined && ends <= now)
    throw new GatewayError('shops.refused', 'The end is in the past: give one in the future.');
  if (state === 'SUSPENDED' && (ends === undefined || ends > now + TEN_DAYS_MS))
    throw new GatewayError(
      'shops.refused',
      'A suspension ends by itself: give its end, within ten days. It can be renewed.',
    );
  await db.query(
    `insert into shop_decisions (merchant_id, state, at, until, rule, reason, evidence, decided_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      merchant,
      state,
      new Date(now),
      ends === undefined ? null : new Date(ends),
      rule ?? null,
      reason,
      JSON.stringify(evidence),
      by.actor.id,
    ],
  );
  await applyStandings(db);
  await audit(db, by, { act: 'shop.decided', object: `merchant:${merchant}`, before: { standing }, after: decision });
  return shopStanding(db, merchant);
}

const TEN_DAYS_MS = 10 * 86_400_000;

/** The second person, who is another.
 *  @throws GatewayError `shops.unknown`, `shops.refused` */
export async function confirmDecision(
  db: PoolClient,
  { merchant, id }: { merchant: string; id: string },
  by: By,
  now: number,
): Promise<ShopStanding> {
  const { standing, decisions } = await locked(db, merchant);
  const decision = decisions.find((each) => each.id === id);
  if (decision === undefined) throw new GatewayError('shops.unknown', `Shop ${merchant} has no decision ${id}.`);
  if (decision.confirmedBy !== null) throw new GatewayError('shops.refused', 'It is confirmed already.');
  if (decision.decidedBy === by.actor.id)
    throw new GatewayError('shops.refused', 'You decided it: another person must confirm it.');
  if (decision.state !== 'SUSPENDED' && !mayBecome(standing, decision.state))
    throw new GatewayError('shops.refused', `The shop is ${standing} now, and cannot become ${decision.state}.`);
  await db.query('update shop_decisions set confirmed_by = $2, confirmed_at = $3 where decision_id = $1', [
    id,
    by.actor.id,
    new Date(now),
  ]);
  await applyStandings(db);
  await audit(db, by, { act: 'shop.confirmed', object: `merchant:${merchant}`, before: { standing }, after: { decision: id, state: decision.state } }); // prettier-ignore
  return shopStanding(db, merchant);
}

async function locked(db: PoolClient, merchant: string): Promise<ShopStanding> {
  await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [merchant]); // one decision about a shop at a time
  return shopStanding(db, merchant);
}

/** Puts every shop where the decisions in force put it: also when one has ended.
 *  @returns how many shops that changed */
export async function applyStandings(db: Pool | PoolClient): Promise<number> {
  const { rows } = await db.query<{ changed: number }>('select apply_standings() as changed');
  return rows[0]?.changed ?? 0;
}
