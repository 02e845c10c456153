import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { openGuard } from '../handlers/guard/index.ts';
import { createPipeline } from '../handlers/index.ts';
import { softwareHsm } from '../hsm/index.ts';
import { goodsList, openLedger } from '../ledger/index.ts';
import { openTerminalDirectory } from '../merchants/index.ts';
import { DAY_MS, type Clock } from '../ops/clock.ts';
import { openClient, openPool } from '../ops/database.ts';
import { GatewayError, messageOf } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { createMetrics } from '../ops/metrics.ts';
import type { Random } from '../ops/random.ts';
import { NATIVE, openProfiles } from '../profiles/index.ts';
import type { LessonCode } from '../training/index.ts';
import { bringBooks, renewBooks } from './books.ts';
import { Device, type Act, type Send, type Shown } from './device.ts';
import { practiceIssuer } from './issuer.ts';
import type { PracticeKeys } from './keys.ts';
import { TASK } from './lessons.ts';
import { PIN } from './people.ts';
import {
  beginLesson,
  claimSeat,
  findSeat,
  leaveSeat,
  noteFinished,
  readFacts,
  releaseSeat,
  takeSeat,
  type Seat,
} from './seats.ts';
import { checkTask, isDone, type Checked } from './tasks.ts';

export interface PracticeOptions {
  /** Of a database that has nothing else in it; its role owns the tables. */
  readonly databaseUrl: string;
  readonly keys: PracticeKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What somebody sees who comes back to a drawn terminal. */
export interface AtTerminal {
  readonly seat: Seat;
  readonly checked: Checked;
  readonly done: boolean;
  /** Of the last sale of this lesson; empty: none. */
  readonly rrn: string;
}

/** The drawn terminals: each on its own household, all on books that are nobody's money. */
export interface Practice {
  /** Takes a terminal for whoever shows this token from now on. @returns false: all are taken */
  enter(token: string, staffId: string | undefined): Promise<boolean>;
  leave(token: string): Promise<void>;
  /** @returns undefined: nobody, or too long ago */
  find(token: string): Promise<Seat | undefined>;
  begin(seat: Seat, lesson: LessonCode): Promise<void>;
  /** @param seat as whoever acts saw it: what was done meanwhile makes it `busy`
   *  @returns what became of the task; `finished`: with this act */
  act(seat: Seat, act: Act): Promise<'busy' | 'spent' | { readonly finished: boolean }>;
  look(seat: Seat): Promise<AtTerminal>;
  close(): Promise<void>;
}

const POOL_SIZE = 4;
/** Acts under way at once, in this process. */
const MOST_ACTS = 16;
const RENEW_EVERY_MS = 600_000;

/** Opens a small gateway of its own: pipeline, ledger, HSM and issuer, on the practice database. It listens nowhere.
 *  @throws GatewayError `practice.database`, `practice.key`, `database.*` */
export async function openPractice(options: PracticeOptions): Promise<Practice> {
  const { databaseUrl, keys, clock, random } = options;
  const log = options.log.child({ part: 'practice' });
  const pool = openPool(databaseUrl, POOL_SIZE);
  pool.on('error', (error) => {
    log.error({ error: error.message }, 'an idle database connection was lost');
  });
  const hsm = softwareHsm({ lmk: keys.lmk, clock, random: random.bytes });
  try {
    await bringBooks(pool, databaseUrl, keys, hsm);
    const directory = await openTerminalDirectory(pool, () => openClient(databaseUrl), clock);
    const ledger = openLedger({ pool, clock, random: random.bytes });
    const zpk = await hsm.formKey({ usage: 'P0', algorithm: 'AES', bits: 128 }, [keys.zpk, Buffer.alloc(16)]);
    const metrics = createMetrics(); // of its own, which nobody reads: practice is in no statistics
    const profiles = openProfiles();
    const codec = profiles.get(NATIVE)?.codec;
    if (codec === undefined) throw new GatewayError('practice.database', 'the native profile is missing');
    const pipeline = createPipeline(
      {
        profiles,
        ledger,
        bank: practiceIssuer(hsm, zpk, keys.zpk),
        hsm,
        directory,
        goods: goodsList(pool),
        clock,
        log,
        metrics,
        guard: openGuard({
          rules: [],
          block: () => Promise.resolve(false),
          refusals: metrics.guardRefusals,
          blocks: metrics.terminalBlocks,
          log,
        }),
        hashPan: (pan) => createHmac('sha256', keys.pan).update(pan).digest(),
        bankTimeoutMs: 15_000,
        clockWindow: { requestMs: DAY_MS, lookBackMs: 7 * DAY_MS },
      },
      keys.content,
    );
    const send: Send = async (terminal, request) => {
      const result = await pipeline(request, { terminal, remote: 'practice' });
      return result.kind === 'answer' ? result.body : undefined;
    };
    const renewing = clock.every(RENEW_EVERY_MS, () => renewBooks(pool, clock.now()).then(() => undefined), {
      onError: (error) => {
        log.error({ error: messageOf(error) }, 'practice books could not be renewed; it is tried again');
      },
    });
    const terminal = (seat: Seat, firstStan: number): Promise<Device> =>
      Device.open({ seat: seat.seat, codec, tmk: keys.tmk, firstStan, clock, send });
    return {
      ...served({ pool, clock, terminal }),
      close: async () => {
        await renewing.stop();
        await ledger.close();
        await directory.close();
        await hsm.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

interface Parts {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly terminal: (seat: Seat, firstStan: number) => Promise<Device>;
}

function served({ pool, clock, terminal }: Parts): Omit<Practice, 'close'> {
  let underWay = 0;
  const look = async (seat: Seat): Promise<AtTerminal> => {
    const { rrn, ...facts } = await readFacts(pool, seat);
    const checked = seat.lesson === undefined ? { steps: [] } : checkTask(seat.lesson, facts);
    return { seat, checked, done: seat.lesson !== undefined && isDone(checked), rrn };
  };
  const act: Practice['act'] = async (seat, wanted) => {
    if (underWay >= MOST_ACTS) return 'busy';
    underWay++;
    try {
      const claim = await claimSeat(pool, seat.seat, seat.acts, clock.now());
      if (typeof claim === 'string') return claim;
      let after: Parameters<typeof releaseSeat>[2] = { isOn: seat.isOn, cut: seat.cut };
      try {
        after = await performed(await terminal(seat, claim.stan), seat, wanted, clock.now(), () =>
          cutsLine(pool, seat),
        );
      } finally {
        await releaseSeat(pool, seat.seat, after);
      }
    } finally {
      underWay--;
    }
    const { done } = await look(seat);
    if (!done || seat.lesson === undefined) return { finished: false };
    await noteFinished(pool, seat.seat, seat.lesson);
    return { finished: true };
  };
  return {
    enter: (token, staffId) => takeSeat(pool, token, staffId, clock.now()),
    leave: (token) => leaveSeat(pool, token),
    find: (token) => findSeat(pool, token, clock.now()),
    begin: async (seat, lesson) => {
      const begun = await beginLesson(pool, seat, lesson, clock.now());
      if (lesson !== 'close') return;
      // what the customer bought before, and has the slip of
      const sale = { do: 'voucher', goods: [], rials: TASK.soldRials, rest: 'card', pin: PIN } as const;
      await act(begun, sale);
    },
    act,
    look,
  };
}

/** In the lesson of the line that is cut: the first sale's answer is lost. */
async function cutsLine(pool: pg.Pool, seat: Seat): Promise<boolean> {
  if (seat.lesson !== 'line') return false;
  const { deeds } = await readFacts(pool, seat);
  return !deeds.some(({ kind }) => kind === 'purchase');
}

/** What the keys of a terminal do. Switched on, it takes back first what is in doubt. */
async function performed(
  device: Device,
  seat: Seat,
  act: Act,
  now: number,
  cutsLine: () => Promise<boolean>,
): Promise<Parameters<typeof releaseSeat>[2]> {
  if (act.do !== 'sign-on' && !seat.isOn)
    return { shown: { act: act.do, kind: 'off', at: now }, isOn: false, cut: seat.cut };
  await device.signOn();
  const tookBack = seat.cut !== undefined && (await device.takeBack(seat.cut));
  const due = tookBack ? undefined : seat.cut;
  const told = (shown: Shown): Shown => (tookBack ? { ...shown, tookBack } : shown);
  if (act.do === 'sign-on') return { shown: told({ act: act.do, kind: 'approved', at: now }), isOn: true, cut: due };
  const { shown, cut } = await device.perform(act, act.do === 'voucher' && (await cutsLine()));
  return { shown: told(shown), isOn: true, cut: cut ?? due };
}
