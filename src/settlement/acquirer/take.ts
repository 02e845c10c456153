import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { readUnits } from '../../ledger/index.ts';
import { tehran } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { assertStill, fileHash, recordTaken, refuseFaults, unlessTaken } from '../files/taken.ts';
import type { AcquirerIdentity, AcquirerLine, AcquirerReader } from './model.ts';
import { breakRules, matchRules, ruleStatement } from './rules.ts';
import { sqlIn } from '../../ops/sql.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** What an acquirer's file came to. */
export interface AcquirerIntake {
  readonly identity: AcquirerIdentity;
  /** The same bytes were taken before: nothing changed. */
  readonly repeated: boolean;
  readonly lines: number;
  readonly matched: number;
  /** New breaks by class. */
  readonly breaks: Readonly<Record<string, number>>;
}

const PIECE_LINES = 2_000;

/** Takes an acquirer's settlement file: whole, in one transaction, or not at all; each line matched or in a break.
 *  @param now ms since the epoch: when breaks are raised
 *  @throws GatewayError `file.refused` with every fault, `file.conflict`, `file.changed` */
export async function takeAcquirerFile(
  pool: Pool,
  path: string,
  name: string,
  reader: AcquirerReader,
  now: number,
): Promise<AcquirerIntake> {
  const sha256 = await fileHash(path);
  const repeated = { identity: reader.identity(), repeated: true, lines: 0, matched: 0, breaks: {} };
  return unlessTaken<AcquirerIntake>(pool, sha256, repeated, () => apply(pool, reader, { path, name, sha256, now }));
}

async function apply(
  pool: Pool,
  reader: AcquirerReader,
  { path, name, sha256, now }: { path: string; name: string; sha256: string; now: number },
): Promise<AcquirerIntake> {
  return transaction(pool, async (db) => {
    await db.query(`set local work_mem = '64MB'`);
    await db.query(sql('stage'));
    const lines = await stage(db, reader);
    await assertStill(path, sha256);
    refuseFaults(name, reader.faults.list);
    const identity = reader.identity();
    const { format, psp, settlementDate, cycle, sequence } = identity;
    const today = tehran(now).isoDate;
    if (settlementDate > today) {
      const reason = `the settlement date ${settlementDate} is not here yet: today is ${today}`;
      refuseFaults(name, [{ line: 1, column: 1, reason }]);
    }
    const called = `${psp} ${settlementDate} ${cycle}/${sequence}`;
    await recordTaken(db, { sha256, kind: format, identity: called, name, lines });
    const matched = await match(db, identity);
    const fileId = await keep(db, { sha256, identity, lines, matched });
    return { identity, repeated: false, lines, matched, breaks: await raise(db, fileId, identity, now) };
  });
}

async function stage(db: PoolClient, reader: AcquirerReader): Promise<number> {
  let count = 0;
  async function* pieces(): AsyncGenerator<string> {
    let piece = '';
    for await (const line of reader.lines()) {
      piece += copyRow(line);
      if (++count % PIECE_LINES !== 0) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  const copy = db.query(copyFrom('copy staged_lines from stdin'));
  await pipeline(Readable.from(pieces(), { objectMode: true, highWaterMark: 2 }), copy);
  await db.query('analyze staged_lines');
  return count;
}

function copyRow(line: AcquirerLine): string {
  const { kind, terminal, merchant, localDate, localTime, stan, rrn, responseCode, trace, sheba } = line;
  const texts = [kind, terminal, merchant, localDate, localTime, stan, rrn, responseCode].map(copyText).join('\t');
  const amounts = `${line.totalRials}\t${line.voucherRials}\t${line.cardRials}`;
  return `${line.line}\t${texts}\t${amounts}\t${copyText(trace)}\t${copyText(sheba)}\t${line.feeRials}\t${line.stepRials ?? 1n}\n`;
}

/** COPY's text format. */
function copyText(text: string): string {
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/[\\\t\n\r]/g, (each) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[each] ?? '\\r')
    : text;
}

/** @returns how many lines found their transaction */
async function match(db: PoolClient, { psp, settlementDate: day }: AcquirerIdentity): Promise<number> {
  const stepped = await db.query('select from staged_lines where step_rials <> 1 limit 1');
  const rounding = stepped.rowCount === 0 ? undefined : (await readUnits(db)).ofAcquirer(psp, day).rounding;
  const { lookbackDays } = await breakRules(db, day);
  await db.query(sql('ours'), [day, lookbackDays]);
  await db.query('analyze staged_ours');
  let matched = 0;
  for (const rule of await matchRules(db, day)) {
    const { rowCount } = await db.query(ruleStatement(rule, rounding));
    matched += rowCount ?? 0;
    await db.query('analyze staged_matches');
  }
  return matched;
}

interface Kept {
  readonly sha256: string;
  readonly identity: AcquirerIdentity;
  readonly lines: number;
  readonly matched: number;
}

async function keep(db: PoolClient, { sha256, identity, lines, matched }: Kept): Promise<string> {
  const { rows } = await db.query<{ file_id: string }>(
    `insert into acquirer_files (sha256, psp, settlement_date, lines, matched) values ($1, $2, $3, $4, $5) returning file_id`,
    [sha256, identity.psp, identity.settlementDate, lines, matched],
  );
  const fileId = rows[0]?.file_id ?? '';
  await db.query(
    `insert into acquirer_lines
     select $1::bigint, l.line, l.kind, l.terminal_id, l.merchant_id, l.local_date, l.local_time, l.stan, l.rrn, l.rc, l.total_rials,
            l.voucher_rials, l.card_rials, l.trace, l.sheba, l.fee_rials, m.household_id, m.transaction_id, m.business_day, m.rule_no, l.step_rials
       from staged_lines l left join staged_matches m using (line)`,
    [fileId],
  );
  // Of what is left: our transactions of the same reference, whatever else differs, told or not.
  await db.query(
    `create temp table staged_near on commit drop as
     select l.line, o.household_id, o.transaction_id, o.business_day, o.leg, o.total_rials, o.voucher_rials
       from staged_lines l join settlement_legs o on o.rrn = l.rrn and o.terminal_id = l.terminal_id
      where l.kind in ('SALE', 'REV') and o.business_day between $1::date - $2::int and $1::date + 1
        and not exists (select 1 from staged_matches m where m.line = l.line)`,
    [identity.settlementDate, (await breakRules(db, identity.settlementDate)).lookbackDays],
  );
  return fileId;
}

async function raise(
  db: PoolClient,
  fileId: string,
  identity: AcquirerIdentity,
  now: number,
): Promise<Record<string, number>> {
  const { psp, settlementDate: day } = identity;
  const { lateDays, toleranceDays, lookbackDays } = await breakRules(db, day);
  const at = new Date(now);
  await db.query(sql('breaks'), [fileId, psp, day, lateDays, at]);
  await db.query(sql('arrived'), [fileId]);
  // Days before the acquirer's first file were settled before we knew it.
  const { rows } = await db.query<{ first: string }>(
    `select greatest(min(settlement_date), $2::date - $3::int)::text as first from acquirer_files where psp = $1`,
    [psp, day, lookbackDays],
  );
  await db.query(sql('missing'), [psp, day, toleranceDays, rows[0]?.first, at, fileId]);
  await db.query(sql('raised'), [fileId]);
  const raised = await db.query<{ class: string; count: number }>(
    `select class, count(*)::int as count from breaks where raised_at = $1 and psp = $2 and settlement_date = $3
      and (file_id = $4 or file_id is null) group by class order by class`,
    [at, psp, day, fileId],
  );
  return Object.fromEntries(raised.rows.map((row) => [row.class, row.count]));
}
