import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { GatewayError } from '../../ops/errors.ts';
import { linesOf, NOTHING_BEFORE, sha256 } from './lines.ts';
import { verifyJournal } from './verify.ts';

export interface JournalExport {
  readonly path: string;
  /** SHA-256 of its last line, hexadecimal. */
  readonly last: string;
  readonly lines: number;
}

// What was decided, never what became of it later (that is a transaction of its own), so that a day gives the same lines for ever.
const LINES = `
copy (
  select line from (
    select transaction_id as id, 0 as n, row_to_json(t) as line
      from (select 'transaction' as line, business_day, transaction_id, household_id, kind, merchant_id, terminal_id, stan,
                   local_date, local_time, masked, at, rc, reason, rrn, auth_code, total_rials, voucher_rials, card_rials,
                   cash_rials, left_rials, bucket_ids, take_rials, bank, original_id, original_day
              from transactions where business_day = current_setting('kalabarg.journal_day')::date) t
    union all
    select transaction_id, p.posting, row_to_json(p)
      from (select 'posting' as line, business_day, transaction_id, household_id, line as posting, at, kind, merchant_id, bucket_id,
                   programme_fund, household_voucher, merchant_payable, card_clearing, merchant_card, cash_note, merchant_cash,
                   fees, suspense
              from postings where business_day = current_setting('kalabarg.journal_day')::date) p
  ) lines order by id, n, line ->> 'household_id'
) to stdout with (format csv, delimiter e'\\x01', quote e'\\x02')`;

/** Writes `journal-<day>.jsonl.gz` (files.md, Journal export): each line carries the SHA-256 of the line before; that of the
 *  last one is kept in the database. The same day gives the same bytes, however often it is written.
 *  @param day a closed business day, YYYY-MM-DD
 *  @throws GatewayError `journal.open` while the day can still change, `journal.changed` when it is not what it was when it was
 *  first written */
export async function exportJournal(pool: pg.Pool, day: string, folder: string, now: number): Promise<JournalExport> {
  const path = join(folder, `journal-${day}.jsonl.gz`);
  const part = `${path}.part`;
  const tx = await pool.connect();
  try {
    await tx.query('begin isolation level repeatable read');
    await refuseUnlessFinal(tx, day);
    await tx.query(`select set_config('kalabarg.journal_day', $1, true)`, [day]);
    await mkdir(folder, { recursive: true });
    const written = await write(tx, day, part);
    await keep(tx, day, written, now);
    const fault = (await verifyJournal(createReadStream(part), written.last)).fault;
    if (fault !== undefined)
      throw new Error(`what was written reads back otherwise: line ${fault.line}: ${fault.reason}`);
    await tx.query('commit');
    await rename(part, path);
    return { path, ...written };
  } catch (error) {
    await tx.query('rollback');
    await rm(part, { force: true });
    throw error;
  } finally {
    tx.release();
  }
}

async function refuseUnlessFinal(tx: pg.PoolClient, day: string): Promise<void> {
  const { rows } = await tx.query<{ closed: boolean | null; held: string }>(
    `select (select closed_at is not null from business_days where business_day = $1) as closed,
            (select count(*) from transactions where business_day = $1 and state = 'held') as held`,
    [day],
  );
  const { closed = null, held = '0' } = rows[0] ?? {};
  if (closed !== true)
    throw new GatewayError('journal.open', `Business day ${day} is not closed: it can still change.`);
  if (held !== '0') {
    throw new GatewayError(
      'journal.open',
      `${held} transactions of ${day} are still being decided. Try again in a minute.`,
    );
  }
}

async function write(tx: pg.PoolClient, day: string, part: string): Promise<{ last: string; lines: number }> {
  let last = NOTHING_BEFORE;
  let lines = 0;
  const counts = { transaction: 0, posting: 0 };
  const chained = (json: string): string => {
    const line = `{"prev":"${last}",${json.slice(1)}`;
    last = sha256(line);
    lines++;
    return `${line}\n`;
  };
  await pipeline(
    async function* () {
      yield chained(JSON.stringify({ line: 'journal', version: 1, business_day: day }));
      for await (const row of linesOf(tx.query(copyTo(LINES)))) {
        const json = row.toString();
        counts[json.startsWith('{"line":"posting"') ? 'posting' : 'transaction']++;
        yield chained(json);
      }
      yield chained(JSON.stringify({ line: 'end', transactions: counts.transaction, postings: counts.posting }));
    },
    createGzip(),
    createWriteStream(part, { mode: 0o600 }),
  );
  const file = await open(part, 'r+');
  await file.sync();
  await file.close();
  return { last, lines };
}

/** The first writing of a day is the one that counts. */
async function keep(
  tx: pg.PoolClient,
  day: string,
  written: { last: string; lines: number },
  now: number,
): Promise<void> {
  await tx.query(
    `insert into journal_exports (business_day, last_sha256, lines, written_at) values ($1, $2, $3, to_timestamp($4 / 1000.0))
     on conflict do nothing`,
    [day, written.last, written.lines, now],
  );
  const first = await keptHash(tx, day);
  if (first === written.last) return;
  throw new GatewayError(
    'journal.changed',
    `The journal of ${day} is not what it was when it was first written: its last line had SHA-256 ${first ?? '-'}, it has ${written.last} now.`,
  );
}

/** SHA-256 of the last line of a day's journal, as it was first written; undefined: it never was. */
export async function keptHash(db: pg.Pool | pg.PoolClient, day: string): Promise<string | undefined> {
  const { rows } = await db.query<{ last_sha256: string }>(
    'select last_sha256 from journal_exports where business_day = $1',
    [day],
  );
  return rows[0]?.last_sha256;
}
