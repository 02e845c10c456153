import type pg from 'pg';
import { HsmError, type KeyRef, type PaymentHsm } from '../hsm/index.ts';
import { factOf, noteFact } from '../ledger/index.ts';
import type { Clock } from '../ops/clock.ts';
import { GatewayError } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';

/** Whether keys of this database lie under an LMK already: then none may be made in its place. */
export async function hasTokens(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ filled: boolean }>(
    `select exists (select 1 from installation where name = 'lmk') or exists (select 1 from hsm_keys) or exists (select 1 from paper_keys)
         or exists (select 1 from terminal_keys where tmk is not null) as filled`,
  );
  return rows[0]?.filled === true;
}

/** Refuses an HSM under whose master key this database's keys do not lie.
 *  @param place where a person finds that master key: a file, a setting, a token
 *  @returns why the HSM cannot be asked now, so that nothing is known of its master key; undefined: it is the right one
 *  @throws GatewayError `secrets.other` */
export async function assertLmk(pool: pg.Pool, hsm: PaymentHsm, place: string): Promise<string | undefined> {
  try {
    const known = (await probe(pool)) ?? (await anyTmk(pool));
    if (known !== undefined && (await hsm.kcv(known)) !== known.kcv) throw refused(place);
    if ((await probe(pool)) === undefined) {
      const key = await hsm.generateKey({ usage: 'M3', algorithm: 'TDES', bits: 128 });
      const stands = JSON.parse(await noteFact(pool, 'lmk', JSON.stringify(key))) as KeyRef; // another copy may have been first
      if ((await hsm.kcv(stands)) !== stands.kcv) throw refused(place);
    }
  } catch (error) {
    if (!(error instanceof HsmError)) throw error;
    if (!error.code.startsWith('hsm.')) throw refused(place, error);
    return error.message;
  }
  return undefined;
}

/** Whether an HSM that answers has another master key than this database's keys lie under. Nothing is noted. */
export async function lmkFault(pool: pg.Pool, hsm: PaymentHsm): Promise<boolean> {
  const known = (await probe(pool)) ?? (await anyTmk(pool));
  if (known === undefined) return false;
  try {
    return (await hsm.kcv(known)) !== known.kcv;
  } catch (error) {
    if (error instanceof HsmError && !error.code.startsWith('hsm.')) return true;
    throw error;
  }
}

export interface LmkWait {
  readonly pool: pg.Pool;
  readonly hsm: PaymentHsm;
  readonly place: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly stopping: AbortSignal;
  /** What keeps the gateway from being ready, while it waits. */
  readonly onWait: (why: string) => void;
  readonly everyMs?: number;
}

/** Every so many tries it is said that it still waits. */
const SAID_EVERY = 15;

/** Waits until an HSM that is down can be asked for its master key. Until then nothing may be served: under another one no MAC holds,
 *  and terminals that send good ones would be blocked for it.
 *  @throws GatewayError `secrets.other` once it answers and is the wrong one; `stopped` */
export async function checkedLmk(wait: LmkWait): Promise<void> {
  const { pool, hsm, place, clock, log, stopping, onWait, everyMs = 1_000 } = wait;
  for (let tries = 0; ; tries++) {
    const why = await assertLmk(pool, hsm, place);
    if (why === undefined) {
      if (tries > 0) log.info({ tries }, 'the HSM answers, and its master key is the right one');
      return;
    }
    onWait(`HSM: its master key is not checked yet: ${why}`);
    if (tries % SAID_EVERY === 0) {
      log.error(
        { why },
        'ALARM the HSM cannot be asked, and its master key is not checked: no terminal is served until it is',
      );
    }
    await clock.sleep(everyMs, stopping);
    if (stopping.aborted)
      throw new GatewayError('stopped', 'Stopped before the HSM could be asked for its master key.');
  }
}

function refused(place: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'secrets.other',
    `${place} is not the master key that encrypts this database's keys: no PIN and no MAC could be checked. Put the right one there.`,
    { cause },
  );
}

async function probe(pool: pg.Pool): Promise<KeyRef | undefined> {
  const text = await factOf(pool, 'lmk');
  return text === undefined ? undefined : (JSON.parse(text) as KeyRef);
}

/** Of a database that was filled before there was a probe. */
async function anyTmk(pool: pg.Pool): Promise<KeyRef | undefined> {
  const { rows } = await pool.query<{ tmk: KeyRef }>(
    'select tmk from terminal_keys where tmk is not null order by terminal_id limit 1',
  );
  return rows[0]?.tmk;
}
