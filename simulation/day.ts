import { inspect } from './checks/inspect.ts';
import { FINE } from './hsm.ts';
import { type Weather, FAIR, FOUL } from './sockets.ts';
import { NEAR } from './store/store.ts';
import type { World } from './world.ts';
import type { FaultRule } from '../src/simulators/bank/index.ts';

const MINUTE = 60_000;
/** What may be open once nobody asks any more is over by then: time-outs, leases, back-offs. */
const REST_MS = 30 * MINUTE;
const LOOK_MS = 5_000;

/** Some customers at once, under some weather; then calm, until nothing is open any more. */
export async function burst(world: World, errands: number): Promise<void> {
  const chance = world.chance.stream(`burst ${world.scheduler.steps}`);
  world.untroubled = chance.happens(0.2);
  if (!world.untroubled) makeWeather(world);
  else await world.scheduler.pass(5_000); // lines that were idle too long are closed first
  const plan = world.untroubled ? [] : crashes(world);
  const busy = world.tills.map((till) => till.serve(chance.between(1, Math.max(1, errands))));
  if (!world.without.has('thieves') && chance.happens(0.6)) busy.push(world.thief.work(chance.between(1, 6)));
  await goOn(world, Promise.all(busy), plan);
  world.untroubled = false;
  await settleDown(world, world.without.has('nights') || chance.happens(0.25));
}

/** Customers around midnight, while the day closes. @param midnight ms of this run's clock at which work goes on */
export async function sellLate(world: World, errands: number, midnight: number): Promise<void> {
  const busy = world.tills.slice(0, 3).map((till) => till.serve(errands));
  await world.clock.sleep(Math.max(0, midnight - world.scheduler.now) + 1);
  await Promise.all(busy);
}

/** Until nothing is open any more; then everything is looked at.
 *  @param audited with `ledger verify`, whose cost grows with all that was ever sold */
export async function settleDown(world: World, audited: boolean): Promise<void> {
  calm(world);
  await rest(world, audited);
  await inspect(world, audited);
}

function makeWeather(world: World): void {
  const chance = world.chance.stream(`weather ${world.scheduler.steps}`);
  const foul = chance.happens(0.6);
  const weather: Weather = foul ? FOUL : FAIR;
  world.network.weather = world.without.has('network') ? FAIR : weather;
  world.store.weather = {
    latencyMs: chance.happens(0.2) ? [0, 300] : [0, 3],
    losses: chance.happens(0.4) && !world.without.has('losses') ? 0.01 : 0,
  };
  const hsmIsOff = chance.happens(0.15) && !world.without.has('hsm');
  world.hsmWeather = hsmIsOff
    ? {
        slow: chance.pick([0, 0.2]),
        slowMs: chance.between(500, 20_000),
        away: chance.pick([0, 0.05]),
        wrongKey: chance.pick([0, 0.02]),
      }
    : FINE;
  const faults: FaultRule[] = [];
  const kinds = ['lost', 'close', 'decline', 'silence', 'delay', 'late', 'wrong-mac', 'duplicate', 'reorder', 'half-frame', 'close-mid-frame'] as const; // prettier-ignore
  if (chance.happens(0.8))
    for (const fault of kinds)
      if (chance.happens(0.4))
        faults.push({
          fault,
          probability: chance.pick([0.05, 0.1, 0.3]),
          ...(fault === 'delay' ? { ms: chance.between(100, 14_000) } : {}),
          ...(fault === 'late' ? { ms: chance.between(15_000, 60_000) } : {}),
          ...(fault === 'decline' ? { rc: chance.pick(['51', '05', '91', '61', '96', '06']) } : {}),
        });
  // A bank that takes what it is asked, and loses what takes it back.
  if (chance.happens(0.35)) faults.unshift({ fault: chance.pick(['lost', 'close']), mti: '0420', probability: 0.5 });
  world.bank.faults.replace(world.without.has('bank') ? [] : faults);
  world.note(
    `weather ${foul ? 'foul' : 'fair'} ${JSON.stringify(faults.map(({ fault, probability }) => [fault, probability]))}`,
  );
}

function calm(world: World): void {
  world.network.weather = FAIR;
  world.store.weather = NEAR;
  world.bank.faults.replace([]);
  world.hsmWeather = FINE;
  for (const [index, copy] of world.copies.entries()) if (!copy.alive) world.start(index);
}

interface Crash {
  /** At the next step; just when the bank has decided; just when a transaction is committed, before anybody hears of it; or the power of the
   *  database goes, inside of a transaction where one is open. */
  readonly moment: 'step' | 'bank' | 'commit' | 'power';
  /** Not before this step. */
  readonly step: number;
  readonly copy: number;
  readonly backAfterMs: number;
}

/** Steps at which copies die, of those that come next. */
function crashes(world: World): Crash[] {
  const chance = world.chance.stream(`crashes ${world.scheduler.steps}`);
  if (chance.happens(0.4) || world.without.has('crashes')) return [];
  return Array.from({ length: chance.between(1, 4) }, () => ({
    moment: chance.weighted({ step: 4, bank: 4, commit: 3, power: world.without.has('power') ? 0 : 1 }),
    step: world.scheduler.steps + chance.between(1, 3_000),
    copy: chance.between(0, world.copies.length - 1),
    backAfterMs: chance.between(100, 20_000),
  })).sort((a, b) => a.step - b.step);
}

/** Lets the world go on until `work` is done, with copies dying at their steps. */
async function goOn(world: World, work: Promise<unknown>, plan: Crash[]): Promise<void> {
  const state = { over: false };
  const done = work.finally(() => (state.over = true));
  done.catch(() => undefined);
  for (const { moment, step, copy, backAfterMs } of plan) {
    await world.scheduler.run(() => state.over || world.scheduler.steps >= step);
    const { journal } = world.bank;
    const [decided, committed] = [journal.length, world.store.commits];
    const comes = {
      step: () => true,
      bank: () => journal.length > decided,
      commit: () => world.store.commits > committed,
      power: () => world.store.busy,
    };
    await world.scheduler.run(() => state.over || comes[moment]());
    if (state.over) break;
    if (moment === 'power') {
      world.note('the database loses its power');
      world.counts.powerCuts++;
      await world.store.losePower();
      continue;
    }
    world.kill(copy);
    world.scheduler.after({ name: 'operator', alive: true }, backAfterMs, 'start again', () => {
      if (world.copies[copy]?.alive === false) world.start(copy);
    });
  }
  await world.scheduler.until(done, 'what the tills do');
}

/** Until nothing is open; a fault when something stays so.
 *  @param kept until the housekeeping has had its turn since, too */
async function rest(world: World, kept: boolean): Promise<void> {
  let turns = kept ? 1 : 0;
  for (let waited = 0; waited < REST_MS; waited += LOOK_MS) {
    await world.scheduler.pass(LOOK_MS);
    const [open] = await world.look<{ held: string; corrections: string; advices: string; quotes: string }>(
      `select (select count(*) from transactions where state = 'held') as held,
              (select count(*) from transactions where corrected_rials is not null and state = 'approved') as corrections,
              (select count(*) from bank_advices where done_at is null) as advices,
              (select count(*) from quotes where state = 'held') as quotes`,
    );
    const isIdle = open?.held === '0' && open.advices === '0' && world.copies.every((copy) => copy.ready);
    if (isIdle && open.quotes === '0' && open.corrections === '0' && turns-- === 0) return;
    // What is left ends by time alone: nothing happens until then.
    if (isIdle) world.scheduler.jump(MINUTE);
  }
  const [open] = await world.look<{ open: string }>(
    `select concat_ws(', ',
       (select 'held: ' || string_agg(rrn, ' ') from transactions where state = 'held'),
       (select 'advices: ' || string_agg(rrn || ' ' || attempts || ' ' || coalesce(last_error, ''), ' ') from bank_advices where done_at is null),
       (select 'quotes: ' || string_agg(quote_ref, ' ') from quotes where state = 'held')) as open`,
  );
  world.fault(
    `open after half an hour of rest: ${open?.open ?? ''} ${world.copies.map(({ name, ready }) => `${name} ${ready ? 'ready' : 'not ready'}`).join(', ')}`,
  );
}
