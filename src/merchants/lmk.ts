import type pg from 'pg';
import { HsmError, type KeyRef, type PaymentHsm } from '../hsm/index.ts';
import { factOf, noteFact } from '../ledger/index.ts';
import { GatewayError } from '../ops/errors.ts';

/** Whether keys of this database lie under an LMK already: then none may be made in its place. */
export async function hasTokens(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ filled: boolean }>(
    `select exists (select 1 from installation where name = 'lmk') or exists (select 1 from hsm_keys)
         or exists (select 1 from terminal_keys where tmk is not null) as filled`,
  );
  return rows[0]?.filled === true;
}

/** Refuses an HSM under whose master key this database's keys do not lie. An HSM that cannot be asked now is not refused: it is
 *  not ready, and says so.
 *  @param place where a person finds that master key: a file, a setting, a token
 *  @throws GatewayError `secrets.other` */
export async function assertLmk(pool: pg.Pool, hsm: PaymentHsm, place: string): Promise<void> {
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
  }
}

function refused(place: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'secrets.other',
    `${place} is not the master key that this database's keys lie under: no PIN and no MAC could be checked. Put the right one there.`,
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
