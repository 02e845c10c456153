import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { keepFolder, systemDisk, type Disk } from '../../ops/disk.ts';
import { GatewayError } from '../../ops/errors.ts';
import type { HeadStore, JournalHead } from './heads.ts';
import { linesOf, NOTHING_BEFORE, sha256 } from './lines.ts';
import { verifyJournal } from './verify.ts';
import { transaction } from '../../ops/database.ts';

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

/** Writes `journal-<day>.jsonl.gz` (files.md, Journal export): each line carries the SHA-256 of the line before, the first that of
 *  the last line of the day before; that of the last one is kept in the database and, once and for all, in a second place. Closed
 *  days before it that were never written are written first. The same day gives the same bytes, however often it is written.
 *  @param day a closed business day, YYYY-MM-DD
 *  @throws GatewayError `journal.open` while the day can still change, `journal.changed` when it is not what it was when it was
 *  first written, `journal.heads` when the second place cannot be used */
export async function exportJournal(
  pool: pg.Pool,
  day: string,
  folder: string,
  now: number,
  heads?: HeadStore,
  disk = systemDisk,
): Promise<JournalExport> {
  for (const earlier of await unwritten(pool, day)) await exportDay(pool, earlier, folder, now, heads, disk);
  return exportDay(pool, day, folder, now, heads, disk);
}

/** Closed days whose journal was never written, up to a day, the oldest first.
 *  @param before leaves the day itself out, and those after it; undefined: all */
export async function unwritten(pool: pg.Pool, before?: string): Promise<string[]> {
  const { rows } = await pool.query<{ day: string }>(
    `select business_day::text as day from business_days b
      where closed_at is not null and business_day < coalesce($1::date, 'infinity')
        and not exists (select 1 from journal_exports e where e.business_day = b.business_day) order by 1`,
    [before ?? null],
  );
  return rows.map((row) => row.day);
}

async function exportDay(
  pool: pg.Pool,
  day: string,
  folder: string,
  now: number,
  heads: HeadStore | undefined,
  disk: Disk,
): Promise<JournalExport> {
  const path = join(folder, `journal-${day}.jsonl.gz`);
  const part = `${path}.${process.pid}.part`;
  const writeAndKeep = async (tx: pg.PoolClient) => {
    await tx.query('select pg_advisory_xact_lock(8583, 5)'); // one copy writes
    await refuseUnlessFinal(tx, day);
    await keepFolder(disk, folder, dirname(folder));
    const previous = await headBefore(tx, day, heads);
    const written = await write(tx, day, previous, part, disk);
    await keep(tx, { businessDay: day, previous, ...written }, now, heads);
    const fault = (await verifyJournal(createReadStream(part), written.last, previous)).fault;
    if (fault !== undefined)
      throw new Error(`what was written reads back otherwise: line ${fault.line}: ${fault.reason}`);
    // Before it is committed that there is one: after it, nobody would write what the next crash takes.
    await disk.rename(part, path);
    await disk.sync(folder);
    return written;
  };
  try {
    const written = await transaction(pool, writeAndKeep, { mode: 'isolation level repeatable read' });
    return { path, ...written };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** What the first line of a day carries: as it was first written, else the head of the day before. */
async function headBefore(tx: pg.PoolClient, day: string, heads: HeadStore | undefined): Promise<string> {
  const own = await keptHead(tx, day);
  if (own !== undefined) return own.previous;
  const { rows } = await tx.query<{ day: string | null }>(
    'select max(business_day)::text as day from business_days where business_day < $1',
    [day],
  );
  const before = rows[0]?.day ?? undefined;
  if (before === undefined) return NOTHING_BEFORE;
  const head = await keptHead(tx, before);
  if (head === undefined) throw new GatewayError('journal.open', `The journal of ${before} is not written yet.`);
  const elsewhere = await heads?.get(before);
  if (elsewhere !== undefined && elsewhere.last !== head.last)
    throw changed(before, 'the second place', elsewhere, head);
  return head.last;
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

/** The lines of a day, chained. @returns what they come to */
async function* chainedLines(
  tx: pg.PoolClient,
  day: string,
  previous: string,
): AsyncGenerator<string, { last: string; lines: number }> {
  await tx.query(`select set_config('kalabarg.journal_day', $1, true)`, [day]);
  let last = previous;
  let lines = 0;
  const counts = { transaction: 0, posting: 0 };
  const chained = (json: string): string => {
    const line = `{"prev":"${last}",${json.slice(1)}`;
    last = sha256(line);
    lines++;
    return `${line}\n`;
  };
  yield chained(JSON.stringify({ line: 'journal', version: 1, business_day: day }));
  for await (const row of linesOf(tx.query(copyTo(LINES)))) {
    const json = row.toString();
    counts[json.startsWith('{"line":"posting"') ? 'posting' : 'transaction']++;
    yield chained(json);
  }
  yield chained(JSON.stringify({ line: 'end', transactions: counts.transaction, postings: counts.posting }));
  return { last, lines };
}

async function write(
  tx: pg.PoolClient,
  day: string,
  previous: string,
  part: string,
  disk: Disk,
): Promise<{ last: string; lines: number }> {
  let written = { last: previous, lines: 0 };
  const file = await disk.create(part, 0o600);
  try {
    await pipeline(
      async function* () {
        written = yield* chainedLines(tx, day, previous);
      },
      createGzip(),
      async (packed: AsyncIterable<Buffer>) => {
        for await (const bytes of packed) await file.write(bytes);
      },
    );
    await file.sync();
  } finally {
    await file.close();
  }
  return written;
}

/** The first writing of a day is the one that counts, in the database and in the second place. */
async function keep(tx: pg.PoolClient, head: JournalHead, now: number, heads: HeadStore | undefined): Promise<void> {
  const { businessDay: day, last, previous, lines } = head;
  await tx.query(
    `insert into journal_exports (business_day, last_sha256, prev_sha256, lines, written_at)
     values ($1, $2, nullif($3, '${NOTHING_BEFORE}'), $4, to_timestamp($5 / 1000.0)) on conflict do nothing`,
    [day, last, previous, lines, now],
  );
  const first = await keptHead(tx, day);
  if (first !== undefined && first.last !== last) throw changed(day, 'the database', first, head);
  const elsewhere = await heads?.put(head);
  if (elsewhere !== undefined && elsewhere.last !== last) throw changed(day, 'the second place', elsewhere, head);
}

function changed(day: string, where: string, first: JournalHead, now: JournalHead): GatewayError {
  return new GatewayError(
    'journal.changed',
    `The journal of ${day} has changed since it was first written: its last line had SHA-256 ${first.last} (${where}), and now has ${now.last}.`,
  );
}

/** The head of a day's journal, as it was first written; undefined: it never was. */
export async function keptHead(db: pg.Pool | pg.PoolClient, day: string): Promise<JournalHead | undefined> {
  const { rows } = await db.query<{ last: string; previous: string | null; lines: string }>(
    'select last_sha256 as last, prev_sha256 as previous, lines from journal_exports where business_day = $1',
    [day],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { businessDay: day, last: row.last, previous: row.previous ?? NOTHING_BEFORE, lines: Number(row.lines) };
}

/** What differs between the database's closed days and their journals as they were first written. Of all days the heads are held
 *  against each other and against the second place; the lines are written again of those that are asked for, since that takes time for
 *  each that was ever written.
 *  @param days of which the lines are written again; left out, of all
 *  @returns a sentence a day; none: all are what they were */
export function verifyDays(
  pool: pg.Pool,
  heads?: HeadStore,
  days: { readonly from: string; readonly to: string } = { from: '', to: '9999' },
): Promise<string[]> {
  const mode = 'isolation level repeatable read read only';
  return transaction(pool, (tx) => dayFaults(tx, heads, days), { mode });
}

async function dayFaults(
  tx: pg.PoolClient,
  heads: HeadStore | undefined,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const faults: string[] = [];
  const { rows } = await tx.query<{ day: string }>(
    'select business_day::text as day from journal_exports order by business_day',
  );
  for (const day of (await heads?.days()) ?? []) {
    if (!rows.some((row) => row.day === day))
      faults.push(`${day}: its head is in the second place, and the database has none`);
  }
  if (from === to && !rows.some(({ day }) => day === from)) faults.push(`${from}: its journal was never written`);
  let before: JournalHead | undefined;
  for (const { day } of rows) {
    const head = (await keptHead(tx, day)) ?? { businessDay: day, last: '', previous: NOTHING_BEFORE, lines: 0 };
    const elsewhere = await heads?.get(day);
    if (elsewhere !== undefined && elsewhere.last !== head.last)
      faults.push(`${day}: its head is ${head.last} in the database, ${elsewhere.last} in the second place`);
    if (before !== undefined && head.previous !== NOTHING_BEFORE && head.previous !== before.last)
      faults.push(`${day}: it carries ${head.previous} for ${before.businessDay}, which has ${before.last}`);
    if (day >= from && day <= to) {
      const now = await lastOf(chainedLines(tx, day, head.previous));
      if (now !== head.last)
        faults.push(`${day}: what the database says of it now has SHA-256 ${now}, it was written with ${head.last}`);
    }
    before = head;
  }
  return faults;
}

async function lastOf(lines: ReturnType<typeof chainedLines>): Promise<string> {
  for (;;) {
    const line = await lines.next();
    if (line.done === true) return line.value.last;
  }
}
