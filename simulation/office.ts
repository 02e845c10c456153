import type { Pool } from 'pg';
import { block, lift } from '../src/handlers/guard/index.ts';
import { addDays, jalaliMonth } from '../src/field/jalali.ts';
import { applyProgrammes, decideWindow, proposeWindow, showProgrammes } from '../src/ledger/index.ts';
import { GatewayError } from '../src/ops/errors.ts';
import { tehran } from '../src/ops/clock.ts';
import { takeDown } from './checks/inspect.ts';
import type { Process } from './scheduler.ts';
import { PIN_FROM_RIALS, type World } from './world.ts';

const MAKER = 'mina';
const CHECKER = 'babak';

/** A morning of those who make and those who check: rules of tomorrow, credit that is good for longer, the least that is paid out, a
 *  terminal that was stolen. Whoever made something may not be who lets it go. */
export async function office(world: World): Promise<void> {
  const chance = world.chance.stream(`office ${world.scheduler.steps}`);
  const owner: Process = { name: 'office', alive: true };
  const pool = world.store.pool(owner, 2);
  const today = tehran(world.scheduler.now).isoDate;
  const acts = async (): Promise<void> => {
    if (!world.pinless && chance.happens(0.35)) await changeRules(world, pool, today);
    if (chance.happens(0.4)) await raiseLeastPayout(world, pool, today, chance.pick([1, 2_000_000, 40_000_000]));
    const endsSoon = jalaliMonth(addDays(today, 2)).period !== jalaliMonth(today).period;
    if (endsSoon && !world.prolonged && chance.happens(0.5)) await prolong(world, pool, today, chance.between(1, 4));
    if (world.thief.blocked && chance.happens(0.5)) {
      await lift(pool, world.thief.terminal, CHECKER, 'it was found again');
      world.thief.blocked = false;
    } else if (!world.thief.blocked && chance.happens(0.2)) {
      await block(pool, world.thief.terminal, 'stolen', 'its shop says so');
      world.thief.blocked = true;
    }
  };
  await world.scheduler.until(acts(), 'the morning of the office');
  await world.scheduler.until(pool.end(), 'the end of a pool');
  await world.scheduler.pass(10_000); // what changed is told to every copy
  await takeDown(world);
}

/** From tomorrow on small purchases need no word of the issuer on their PIN. */
async function changeRules(world: World, pool: Pool, today: string): Promise<void> {
  const file = await showProgrammes(pool);
  const programmes = file.programmes.map((programme) => {
    const { rules = [] } = programme;
    const last = rules.at(-1);
    if (last === undefined) return programme;
    const from = addDays(today, 1);
    return {
      ...programme,
      rules: [...rules, { ...last, from, pinCheck: 'none', pinCheckFromRials: Number(PIN_FROM_RIALS) }],
    };
  });
  const changed = await applyProgrammes(pool, JSON.stringify({ ...file, programmes }), {
    name: `rules of ${today}`,
    now: world.scheduler.now,
  });
  world.pinless = true;
  world.note(`office: ${changed.join('; ')}`);
}

async function raiseLeastPayout(world: World, pool: Pool, today: string, rials: number): Promise<void> {
  await pool.query(
    `insert into settlement_terms (valid_from, settle_card_part, min_payout_rials, fee_fixed_rials, fee_basis_points, owing_alarm_days)
     select $1, settle_card_part, $2, fee_fixed_rials, fee_basis_points, owing_alarm_days
       from settlement_terms order by valid_from desc limit 1 on conflict do nothing`,
    [addDays(today, 1), rials],
  );
  world.note(`office: from tomorrow on at least ${rials} are paid out`);
}

async function prolong(world: World, pool: Pool, today: string, days: number): Promise<void> {
  const { period, last } = jalaliMonth(today);
  const { id } = await proposeWindow(pool, {
    programme: 'demo',
    period,
    cohort: 'all',
    cohorts: [],
    to: addDays(last, days),
    reason: 'the shops were closed for the holidays',
    by: MAKER,
  });
  await demandRefusal(world, 'window.same-person', () => decideWindow(pool, id, 'approved', MAKER));
  await decideWindow(pool, id, 'approved', CHECKER);
  world.prolonged = true;
  world.note(`office: credit of ${period} is good for ${days} days more`);
}

/** The same person tries the second signature too. */
export async function demandRefusal(world: World, code: string, work: () => Promise<unknown>): Promise<void> {
  const refused = await work().then(
    () => 'done',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  );
  if (refused !== code) world.fault(`who made it lets it go too: ${refused}, not ${code}`);
}
