import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { maskPan } from '../field/pan.ts';
import type { Hsm } from '../hsm/index.ts';
import { factOf, migrate, noteFact } from '../ledger/index.ts';
import { tehran } from '../ops/clock.ts';
import { assertServer, openClient, transaction } from '../ops/database.ts';
import { GatewayError, sqlStateOf } from '../ops/errors.ts';
import { sqlIn } from '../ops/sql.ts';
import type { PracticeKeys } from './keys.ts';
import { GOODS } from './lessons.ts';
import { householdOf, MERCHANT, panOf, PROGRAMME, SEATS, terminalOf } from './people.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** Whether people sit at a drawn terminal still: after so long without a key pressed its place is free. */
export const IDLE_MS = 30 * 60_000;

/** Brings a database to practise on: its tables, its mark, its shop, households and terminals. Never one that has other books.
 *  @throws GatewayError `practice.database`, `practice.key`, `database.*` */
export async function bringBooks(pool: pg.Pool, url: string, keys: PracticeKeys, hsm: Hsm): Promise<void> {
  await assertServer(pool, url);
  await assertOurs(pool);
  await migrate(pool);
  if ((await noteFact(pool, 'practice', keys.checkValue)) !== keys.checkValue) {
    throw new GatewayError(
      'practice.key',
      'secrets/practice.key is not the key that this practice database was made with. Put the right one there, or use an empty database.',
    );
  }
  const tmk = await hsm.formKey({ usage: 'K1', algorithm: 'AES', bits: 128 }, [keys.tmk, Buffer.alloc(16)]);
  const seats = Array.from({ length: SEATS }, (_, index) => index + 1);
  const pans = seats.map(panOf);
  const hashed = (pan: string): Buffer => createHmac('sha256', keys.pan).update(pan).digest();
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(8583, 2)'); // one copy at a time
    await tx.query('insert into programmes values ($1) on conflict do nothing', [PROGRAMME]);
    await tx.query(
      `insert into programme_rules (programme_id, valid_from) values ($1, '2020-03-20') on conflict do nothing`,
      [PROGRAMME],
    );
    // no Sheba, and nothing that a pay-out could go by
    await tx.query(
      `insert into merchants (merchant_id, name, guild, sheba, status)
       values ($1, 'فروشگاه تمرینی', 'supermarket', '', 'approved') on conflict do nothing`,
      [MERCHANT],
    );
    await tx.query('update merchants set payout_from = 0, payout_until = 0 where merchant_id = $1', [MERCHANT]);
    await tx.query(
      'insert into terminals (terminal_id, merchant_id) select t, $2 from unnest($1::text[]) t on conflict do nothing',
      [seats.map(terminalOf), MERCHANT],
    );
    await tx.query(
      `insert into terminal_keys (terminal_id, tmk, tmk_at) select t, $2, now() from unnest($1::text[]) t on conflict do nothing`,
      [seats.map(terminalOf), tmk],
    );
    await tx.query(
      'insert into households (household_id, members) select h, 1 from unnest($1::text[]) h on conflict do nothing',
      [seats.map(householdOf)],
    );
    await tx.query(
      'insert into cards select * from unnest($1::bytea[], $2::text[], $3::text[]) on conflict do nothing',
      [pans.map(hashed), pans.map(maskPan), seats.map(householdOf)],
    );
    for (const { code, category, fa } of Object.values(GOODS)) {
      if (category === undefined) continue;
      await tx.query(
        `insert into goods (code, category, name_fa, valid_from) values ($1, $2, $3, '2020-03-20') on conflict do nothing`,
        [code, category, fa],
      );
      await tx.query(`insert into guild_goods values ('supermarket', $1) on conflict do nothing`, [category]);
    }
    await tx.query('insert into practice_seats (seat) select unnest($1::int[]) on conflict do nothing', [seats]);
  });
}

/** Looks before anything is written.
 *  @throws GatewayError `practice.database` */
async function assertOurs(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ made: boolean }>(`select to_regclass('public.installation') is not null as made`);
  if (rows[0]?.made !== true || (await factOf(pool, 'practice')) !== undefined) return;
  const filled = await pool.query<{ filled: boolean }>(
    'select exists (select 1 from installation) or exists (select 1 from merchants) or exists (select 1 from households) as filled',
  );
  if (filled.rows[0]?.filled !== true) return;
  throw new GatewayError(
    'practice.database',
    'KALABARG_PRACTICE_DATABASE_URL names a database that has books of shops and households. Practice needs an empty one of its own.',
  );
}

/** Throws a past day's practice away, when nobody is at a terminal: the books stay as small as a day of it.
 *  @returns whether it did */
export async function renewBooks(pool: pg.Pool, now: number): Promise<boolean> {
  return transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(8583, 2)');
    const { rows } = await tx.query<{ old: boolean }>(sql('old'), [tehran(now).isoDate, now - IDLE_MS]);
    if (rows[0]?.old !== true) return false;
    await tx.query(sql('renew'));
    return true;
  });
}

/** In the demo: a database of its own beside the demo's, on the same server.
 *  @returns its URL */
export async function makePracticeDatabase(ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  url.pathname = '/kalabarg_practice';
  const client = await openClient(ownerUrl);
  try {
    await client.query('create database kalabarg_practice template template0');
  } catch (error) {
    if (sqlStateOf(error) !== '42P04' && sqlStateOf(error) !== '23505') throw error; // it is there
  } finally {
    await client.end();
  }
  return url.href;
}
