import type { Pool, PoolClient } from 'pg';
import { GatewayError } from '../../ops/errors.ts';
import { checkSheba } from '../../field/sheba.ts';
import { isSamePerson, personName } from '../../ops/person-name.ts';
import { transaction } from '../../ops/database.ts';
import type { Db } from './state.ts';

/** Money that came back because its Sheba was at fault (AC01, AC04) waits, blocked. Once the shop's Sheba was corrected one
 *  person says so, another approves, and it goes with the next clearing. */

export interface BlockedCarry {
  readonly merchant: string;
  readonly carryId: string;
  /** Of the order that came back. */
  readonly day: string;
  readonly rials: string;
  readonly reason: string;
  /** To which the bank refused to pay. */
  readonly refusedSheba: string;
  /** The shop's now. */
  readonly sheba: string;
  readonly proposedBy: string | null;
}

const BLOCKED = `
  select c.merchant_id as merchant, c.carry_id::text as "carryId", c.created_day::text as day, c.rials::text, c.reason,
         coalesce(case o.state when 'returned' then o.sheba end, '') as "refusedSheba", coalesce(m.sheba, '') as sheba, u.proposed_by as "proposedBy"
    from payable_carries c
    left join payment_orders o on c.source = 'order ' || o.instruction_id and o.merchant_id = c.merchant_id
    left join merchants m on m.merchant_id = c.merchant_id
    left join carry_unblocks u on u.merchant_id = c.merchant_id and u.carry_id = c.carry_id and u.verdict is null
   where c.consumed_day is null and c.blocked`;

/** Everything that waits, the oldest first; at most 1,000. */
export async function blockedCarries(db: Db): Promise<BlockedCarry[]> {
  return (await db.query<BlockedCarry>(`${BLOCKED} order by c.created_day, c.carry_id limit 1000`)).rows;
}

/** How many, of how many rials. */
interface Carries {
  readonly count: number;
  readonly rials: bigint;
}

export interface UnblockProposal {
  readonly reason: string;
  readonly by: string;
  /** The Sheba is the refused one, and right: the bank erred, or the account is open again. */
  readonly sameSheba: boolean;
}

/** Says that what a shop has blocked may go to its Sheba as it is now.
 *  @returns how many carries, of how many rials
 *  @throws GatewayError `unblock.none`, `unblock.sheba`, `unblock.state` */
export async function proposeUnblock(pool: Pool, merchant: string, proposal: UnblockProposal): Promise<Carries> {
  return transaction(pool, (db) => proposeUnblockIn(db, merchant, proposal));
}

/** The same in a transaction that is under way. */
export async function proposeUnblockIn(
  db: PoolClient,
  merchant: string,
  { reason, by, sameSheba }: UnblockProposal,
): Promise<Carries> {
  const carries = await blockedOf(db, merchant);
  const [first] = carries;
  if (first === undefined) throw new GatewayError('unblock.none', `Nothing of merchant ${merchant} is blocked.`);
  const proposed = carries.find((each) => each.proposedBy !== null);
  if (proposed !== undefined) {
    throw new GatewayError(
      'unblock.state',
      `${proposed.proposedBy ?? ''} proposed it already: approve or reject that.`,
    );
  }
  demandPayable(first.sheba, carries, sameSheba);
  await db.query(
    `insert into carry_unblocks (merchant_id, carry_id, sheba, reason, proposed_by)
       select $1, unnest($2::bigint[]), $3, $4, $5`,
    [merchant, carries.map((each) => each.carryId), first.sheba, reason, personName(by)],
  );
  return totalOf(carries);
}

function demandPayable(sheba: string, carries: readonly BlockedCarry[], sameSheba: boolean): void {
  const checked = checkSheba(sheba);
  if (!checked.ok) throw new GatewayError('unblock.sheba', `The shop's Sheba cannot be paid to: it ${checked.reason}.`);
  if (sameSheba || carries.every((each) => each.refusedSheba !== sheba)) return;
  throw new GatewayError(
    'unblock.sheba',
    `${sheba} is the Sheba that the bank refused. Correct it first, or say --same-sheba when the bank erred.`,
  );
}

/** A second person's word on what was proposed for a shop.
 *  @returns how many carries, of how many rials
 *  @throws GatewayError `unblock.none`, `unblock.same-person`, `unblock.sheba` when it is another by now */
export async function decideUnblock(
  pool: Pool,
  merchant: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<Carries> {
  return transaction(pool, (db) => decideUnblockIn(db, merchant, verdict, by));
}

/** The same in a transaction that is under way. */
export async function decideUnblockIn(
  db: PoolClient,
  merchant: string,
  verdict: 'approved' | 'rejected',
  by: string,
): Promise<Carries> {
  const carries = (await blockedOf(db, merchant)).filter((each) => each.proposedBy !== null);
  const [first] = carries;
  if (first === undefined) throw new GatewayError('unblock.none', `Nothing is proposed for merchant ${merchant}.`);
  if (verdict === 'approved') await checkApproval(db, first, by);
  const ids = carries.map((each) => each.carryId);
  await db.query(
    `update carry_unblocks set verdict = $3, decided_by = $4, decided_at = now()
        where merchant_id = $1 and carry_id = any ($2) and verdict is null`,
    [merchant, ids, verdict, personName(by)],
  );
  if (verdict === 'approved') {
    await db.query('update payable_carries set blocked = false where merchant_id = $1 and carry_id = any ($2)', [
      merchant,
      ids,
    ]);
  }
  return totalOf(carries);
}

async function checkApproval(db: PoolClient, { merchant, sheba, proposedBy }: BlockedCarry, by: string): Promise<void> {
  if (isSamePerson(proposedBy ?? '', by)) {
    throw new GatewayError('unblock.same-person', `${by} proposed this: another person must approve it.`);
  }
  const { rowCount } = await db.query(
    'select 1 from carry_unblocks where merchant_id = $1 and verdict is null and sheba <> $2',
    [merchant, sheba],
  );
  if (rowCount === 0) return;
  throw new GatewayError(
    'unblock.sheba',
    `The Sheba of ${merchant} changed since the proposal: reject it, and propose again.`,
  );
}

/** Holds what is blocked of a shop until the transaction ends. */
async function blockedOf(db: PoolClient, merchant: string): Promise<BlockedCarry[]> {
  const { rows } = await db.query<BlockedCarry>(
    `${BLOCKED} and c.merchant_id = $1 order by c.carry_id for update of c`,
    [merchant],
  );
  return rows;
}

function totalOf(carries: readonly BlockedCarry[]): Carries {
  return { count: carries.length, rials: carries.reduce((sum, each) => sum + BigInt(each.rials), 0n) };
}
