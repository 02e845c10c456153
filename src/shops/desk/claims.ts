import type { PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { audit, type By } from '../../people/index.ts';
import { isoInstant } from '../../ops/sql.ts';

/** Who has a case in hand, so that two reviewers do not do the same work. A claim ends by itself. */

const CLAIM_MS = 2 * 3_600_000;

export interface Claim {
  readonly person: string;
  readonly name: string;
  readonly until: string;
}

/** @returns undefined: nobody has it */
export async function claimOf(db: PoolClient, caseId: string, now: number): Promise<Claim | undefined> {
  const { rows } = await db.query<Claim>(
    `select h.person_id::text as person, p.login as name, ${isoInstant('h.until')} as until
       from case_claims h join persons p using (person_id) where h.case_id = $1 and h.until > $2`,
    [caseId, new Date(now)],
  );
  return rows[0];
}

/** Takes a case in hand, or gives it to another reviewer.
 *  @param person left out: whoever acts
 *  @throws GatewayError `shops.claimed`, `shops.unknown`, `shops.refused` */
export async function claimCase(
  db: PoolClient,
  caseId: string,
  person: string | undefined,
  by: By,
  now: number,
): Promise<Claim> {
  const to = person ?? by.actor.id;
  await demandOpen(db, caseId);
  const held = await claimOf(db, caseId, now);
  if (held !== undefined && held.person !== by.actor.id) throw claimed(held);
  const { rows } = await db.query<{ fits: boolean }>(
    `select p.state = 'active' and 'reviewer' = any (p.roles) and c.clerk is distinct from p.person_id
            and not exists (select 1 from shop_reviews r where r.case_id = c.case_id and r.round = c.round and r.person_id = p.person_id) as fits
       from persons p, shop_cases c where p.person_id = $1 and c.case_id = $2`,
    [to, caseId],
  );
  if (rows[0]?.fits !== true)
    throw new GatewayError('shops.refused', 'Whoever takes the case is a reviewer who neither typed nor signed it.');
  await db.query(
    `insert into case_claims (case_id, person_id, claimed_by, until) values ($1, $2, $3, $4)
     on conflict (case_id) do update set person_id = excluded.person_id, claimed_by = excluded.claimed_by, until = excluded.until`,
    [caseId, to, by.actor.id, new Date(now + CLAIM_MS)],
  );
  await audit(db, by, { act: 'case.claimed', object: `case:${caseId}`, after: { person: to } });
  const claim = await claimOf(db, caseId, now);
  if (claim === undefined) throw new GatewayError('shops.unknown', `There is no case ${caseId}.`);
  return claim;
}

/** @throws GatewayError `shops.unknown`; two at once wait for each other here */
async function demandOpen(db: PoolClient, caseId: string): Promise<void> {
  const { rowCount } = await db.query('select from shop_cases where case_id = $1 for update', [caseId]);
  if (rowCount === 0) throw new GatewayError('shops.unknown', `There is no case ${caseId}.`);
}

/** Puts a case down again; another's only once it has ended.
 *  @throws GatewayError `shops.claimed`, `shops.unknown` */
export async function releaseCase(db: PoolClient, caseId: string, by: By, now: number): Promise<void> {
  await demandOpen(db, caseId);
  const held = await claimOf(db, caseId, now);
  if (held !== undefined && held.person !== by.actor.id) throw claimed(held);
  await endClaim(db, caseId);
  await audit(db, by, { act: 'case.put-down', object: `case:${caseId}` });
}

/** Of a case that was signed: the next reviewer is another. */
export async function endClaim(db: PoolClient, caseId: string): Promise<void> {
  await db.query('delete from case_claims where case_id = $1', [caseId]);
}

/** @throws GatewayError `shops.claimed` where another has it in hand */
export async function demandHand(db: PoolClient, caseId: string, by: By, now: number): Promise<void> {
  const held = await claimOf(db, caseId, now);
  if (held !== undefined && held.person !== by.actor.id) throw claimed(held);
}

function claimed({ name, until }: Claim): GatewayError {
  return new GatewayError('shops.claimed', `${name} has the case in hand until ${until}.`);
}
