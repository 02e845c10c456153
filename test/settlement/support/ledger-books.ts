import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import type { StepContext } from '../../../src/settlement/jobs/steps.ts';
import { shiftDatabaseClock } from '../../support/clock.ts';
import { createDatabase, temporaryPostgres } from '../../support/postgres.ts';
import { merchantId } from './books.ts';
import { systemClock } from '../../../src/ops/clock.ts';

/** A database with the ledger's own tables, filled as the ledger would fill them: one row a request, one a movement. */
export interface LedgerBooks {
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  /** Another database of the same server: from there a test may copy this one (create database … template books). */
  readonly admin: pg.Pool;
  readonly dataDir: string;
  readonly context: StepContext;
  addShop(n: number, sheba: string, status?: string): Promise<void>;
  openDay(day: string): Promise<void>;
  /** Takes movements in, in one statement a table. */
  add(movements: readonly Movement[]): Promise<void>;
  close(): Promise<void>;
}

export interface Movement {
  readonly id: number;
  readonly kind: 'purchase' | 'return' | 'reversal';
  readonly state?: 'approved' | 'reversed';
  readonly day: string;
  readonly shop: number;
  readonly voucher: number;
  readonly card?: number;
  /** Of the card part, what is a fee and not the shop's. */
  readonly fee?: number;
  /** Due in cash: the purchase has RC 10. */
  readonly cash?: number;
  /** The RRN: of a reversal, its original's. Left out: made of `id`. */
  readonly rrn?: string;
  readonly originalId?: number;
  /** Left out: that of the movement. */
  readonly originalDay?: string;
  /** What each bucket gave of the voucher part: so many postings. Left out: one gave it all. */
  readonly parts?: readonly number[];
  /** Left out: by the number of the original, else of the movement. */
  readonly household?: number;
  /** -1: taken from the shop, 1: given. Left out: of its kind; 1 for the reversal of a return. */
  readonly sign?: 1 | -1;
  readonly quoteRef?: string;
}

export function terminalId(shop: number): string {
  return String(10_000_000 + shop);
}

export function rrnOf(id: number): string {
  return String(id).padStart(12, '6');
}

export function stanOf(id: number): string {
  return String(id % 1_000_000).padStart(6, '0');
}

export async function openLedgerBooks(): Promise<LedgerBooks> {
  const server = await temporaryPostgres();
  const databaseUrl = await createDatabase(server, 'books', 'postgres');
  const admin = new pg.Pool({ connectionString: server.url, max: 2 });
  admin.on('error', () => undefined);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 12 });
  pool.on('error', () => undefined);
  await shiftDatabaseClock(pool, Date.parse('2026-12-30T08:00:00Z') - Date.now());
  const dataDir = mkdtempSync(join(tmpdir(), 'kalabarg-ledger-books-'));
  const clock = { ...systemClock, now: () => Date.parse('2026-12-30T08:00:00Z') };
  return {
    databaseUrl,
    admin,
    pool,
    dataDir,
    context: { pool, dataDir, clock, log: pino({ level: 'silent' }) },
    addShop: async (n, sheba, status = 'approved') => {
      await pool.query(
        `insert into merchants (merchant_id, name, guild, sheba, status) values ($1, $2, 'grocery', $3, $4)`,
        [merchantId(n), `shop ${n}`, sheba, status],
      );
      await pool.query(`insert into terminals (terminal_id, merchant_id) values ($1, $2)`, [
        terminalId(n),
        merchantId(n),
      ]);
    },
    openDay: async (day) => {
      await pool.query('insert into business_days (business_day) values ($1) on conflict do nothing', [day]);
    },
    add: (movements) => addMovements(pool, movements),
    close: async () => {
      if (!pool.ended) await pool.end();
      await admin.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Takes movements in, in one statement a table. */
async function addMovements(pool: pg.Pool, movements: readonly Movement[]): Promise<void> {
  const rows = movements.map((each) => ({
    id: each.id,
    day: each.day,
    kind: each.kind,
    state: each.state ?? 'approved',
    terminal: terminalId(each.shop),
    merchant: merchantId(each.shop),
    stan: stanOf(each.id),
    local: each.day.slice(5).replace('-', ''),
    // a STAN comes again after a million movements, at another time
    local_time: String(113_000 + Math.floor(each.id / 1_000_000)),
    rrn: each.rrn ?? rrnOf(each.id),
    voucher: each.voucher,
    card: each.card ?? 0,
    fee: each.fee ?? 0,
    cash: each.cash ?? 0,
    sign: each.sign ?? (each.kind === 'purchase' ? 1 : -1),
    household: each.household ?? null,
    parts: each.parts ?? (each.voucher === 0 ? [] : [each.voucher]),
    buckets: (each.parts ?? (each.voucher === 0 ? [] : [each.voucher])).map((_, n) => n + 1),
    original: each.originalId ?? null,
    original_day: each.originalId === undefined ? null : (each.originalDay ?? each.day),
    quote: each.quoteRef ?? null,
    at: Date.parse(`${each.day}T08:00:00Z`),
  }));
  const source = `jsonb_to_recordset($1) as r (id bigint, day date, kind text, state text, terminal text, merchant text,
    stan text, local text, local_time text, rrn text, voucher bigint, card bigint, fee bigint, cash bigint, sign int, original bigint, quote text, at bigint,
    original_day date, household int, parts bigint[], buckets bigint[])`;
  const json = JSON.stringify(rows);
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time,
       local_date, merchant_id, masked, at, rc, reason, rrn, total_rials, voucher_rials, card_rials, fee_rials, cash_rials, original_id,
       original_day, quote_ref, bucket_ids, take_rials)
     select 'h' || coalesce(household, coalesce(original, id) % 50), id, day, kind, state, terminal, stan, local_time, local, merchant,
            '603799******0000', at, case cash when 0 then '00' else '10' end, '', rrn, voucher + card + cash, voucher, card,
            fee, cash, original, original_day, quote, buckets, parts from ${source}`,
    [json],
  );
  await pool.query(
    `insert into requests (merchant_id, terminal_id, stan, local_time, local_date, family, business_day, transmission, content_hash,
       household_id, transaction_id)
     select merchant, terminal, stan, local_time, local, case kind when 'reversal' then '04' else '02' end, day, local || '080000', ''::bytea,
            'h' || coalesce(household, coalesce(original, id) % 50), id from ${source}`,
    [json],
  );
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id,
       household_voucher, merchant_payable, card_clearing, merchant_card, fees, cash_note, merchant_cash)
     select 'h' || coalesce(household, coalesce(original, id) % 50), id, coalesce(n, 1), day, at, kind, merchant, bucket, -sign * coalesce(part, 0),
            sign * coalesce(part, 0), -sign * own_card, sign * (own_card - own_fee), sign * own_fee, -sign * own_cash, sign * own_cash
       from ${source}
       left join lateral unnest(buckets, parts) with ordinality as p (bucket, part, n) on true
      cross join lateral (select case when coalesce(n, 1) = 1 then card else 0 end, case when coalesce(n, 1) = 1 then fee else 0 end, case when coalesce(n, 1) = 1 then cash else 0 end)
         as first (own_card, own_fee, own_cash)`,
    [json],
  );
}

/** A line of a KBSF file. */
export interface FileLine {
  readonly kind?: 'SALE' | 'REV' | 'ADJ' | 'CHB';
  readonly shop: number;
  /** Left out: that of the shop. */
  readonly merchant?: string;
  readonly rrn: string;
  readonly stan?: string;
  readonly day: string;
  readonly voucher: number;
  readonly card?: number;
  readonly cash?: number;
  readonly rc?: string;
  readonly trace?: string;
  readonly sheba?: string;
}

/** Writes a KBSF v1 file, and gives its path and name. */
export function writeKbsf(
  folder: string,
  day: string,
  lines: readonly FileLine[],
  cycle = '01',
): { path: string; name: string } {
  const date = day.replaceAll('-', '');
  const name = `KBSF_SDD_${date}_${cycle}_001.txt`;
  let body = `H|KBSF|1|SDD|${date}|${cycle}|001|${date}235959|IRR|Asia/Tehran\n`;
  const sums = { SALE: 0, REV: 0, ADJ: 0, CHB: 0 };
  for (const [index, line] of lines.entries()) {
    const { kind = 'SALE', voucher, card = 0, cash = 0 } = line;
    const total = voucher + card + cash;
    sums[kind] += total;
    const fields = ['D', index + 1, terminalId(line.shop), line.merchant ?? merchantId(line.shop)];
    fields.push(`${line.day.replaceAll('-', '')}113000`, line.stan ?? '999999', line.rrn);
    fields.push(kind === 'SALE' ? '0200' : '0400', '000000', '603799******0000', line.rc ?? '00', kind);
    fields.push(total, voucher, card, line.trace ?? '', date, line.sheba ?? '', 0, 0);
    body += `${fields.join('|')}\n`;
  }
  const hash = createHash('sha256').update(body).digest('hex');
  body += `T|${lines.length}|${sums.SALE}|${sums.REV}|${sums.SALE - sums.REV}|${hash}\n`;
  const path = join(folder, name);
  writeFileSync(path, body);
  return { path, name };
}
