import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { DECISIONS } from '../../src/ops/function-set.ts';
import {
  applyProgrammes,
  decideWindow,
  loadFiles,
  openLedger,
  proposeWindow,
  type Decision,
  type PurchaseRequest,
} from '../../src/ledger/index.ts';
import { chargeDue } from '../../src/ledger/programmes/charge.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import type { Row, Step } from './announcements.ts';
import { monthOf } from './days.ts';
import { householdOf, idOf, isAmong, otherOf, purchaseOf, type Buying, type Household } from './population.ts';

/** The product's side of the replay: its own files, acts of two persons, charges, ends and purchases, with the database's clock set to the
 *  instant at which each happened. */

export interface Books {
  readonly pool: pg.Pool;
  readonly households: number;
  readonly buying: Buying;
}

const TERMINALS = 2_000;
const PAGE = 20_000;
/** Purchases at the ledger's face at once. */
const AT_ONCE = 400;
/** Buckets in a transaction. */
const BUCKETS = 2_000;
const SHOP = '000000000000101';

/** Shops, terminals and households as they stand before the first announcement. */
export async function openBooks({ pool, households, buying }: Books, at: number): Promise<void> {
  await setClock(pool, at);
  await pool.query(
    `insert into merchants (merchant_id, name, guild, sheba, status) values ($1, 'shop', 'supermarket', 'IR380170000000100000000001', 'approved')`,
    [SHOP],
  );
  await pool.query(
    `insert into terminals (terminal_id, merchant_id) select (10000000 + n)::text, $1 from generate_series(1, $2::int) n`,
    [SHOP, TERMINALS],
  );
  for (let first = 1; first <= households; first += PAGE) {
    const page = pageOf(first, households, (n) => householdOf(buying.seed, n));
    await pool.query(
      `insert into households (household_id, members, decile, head_last_digit) select * from unnest($1::text[], $2::int[], $3::int[], $4::int[])`,
      [
        page.map(({ n }) => idOf(n)),
        ...(['members', 'decile', 'digit'] as const).map((of) => page.map((each) => each[of])),
      ],
    );
  }
  await pool.query(
    `insert into cards select sha256(household_id::bytea), '603799******0000', household_id from households`,
  );
  await pool.query('vacuum analyze households, cards, merchants, terminals');
}

function pageOf<T>(first: number, last: number, of: (n: number) => T): T[] {
  return Array.from({ length: Math.min(PAGE, last - first + 1) }, (_, i) => of(first + i));
}

async function setClock(pool: pg.Pool, at: number): Promise<void> {
  await pool.query(
    `create or replace function database_clock() returns bigint language sql volatile as 'select ${at}::bigint'`,
  );
}

/** Does what a step says. `answered` is told each purchase. */
export async function act(books: Books, step: Step, answered: (n: number, text: string) => void): Promise<void> {
  const { pool } = books;
  await setClock(pool, step.at);
  if (step.kind === 'midnight') await midnight(pool, step);
  else if (step.kind === 'say') await say(books, step);
  else if (step.kind === 'approve') await approve(pool, step);
  else if (step.kind === 'market') await market(books, step, answered);
  else await tidy(pool, step);
}

/** A business day begins: what has ended goes back to its fund, and who is due is charged, as the gateway does by itself. */
async function midnight(pool: pg.Pool, { day, at }: Step): Promise<void> {
  await pool.query(
    'update business_days set closed_at = to_timestamp($1 / 1000.0) where closed_at is null and business_day < $2',
    [at, day.iso],
  );
  await pool.query('insert into business_days (business_day) values ($1) on conflict do nothing', [day.iso]);
  await tidy(pool, { day, at });
  for (let done = false; !done;) {
    await chargeDue(pool, at);
    const { rows } = await pool.query<{ done: boolean }>(
      `select not exists (select from programme_charges c where valid_from <= $1 and not exists (
         select from charge_progress p where p.programme_id = c.programme_id and p.day >= $1 and p.done)) as done`,
      [day.iso],
    );
    done = rows[0]?.done ?? true;
  }
}

/** Ends what is over, and follows what was moved, until nothing is left to do. */
async function tidy(pool: pg.Pool, { day, at }: Pick<Step, 'day' | 'at'>): Promise<void> {
  const done = [at, day.iso, BUCKETS];
  for (let after: string[] | undefined = ['-infinity', '', '0']; after !== undefined;)
    after = await next(pool, `select more, last_to::text as "to", last_household, last_bucket from ${DECISIONS}.expire_credit($1, $2, $3, $4, $5, $6)`, [...done, ...after]); // prettier-ignore
  for (let after: string[] | undefined = ['', '', '0']; after !== undefined;)
    after = await next(pool, `select more, last_key as "to", last_household, last_bucket from ${DECISIONS}.follow_windows($1, $2, $3, $4, $5, $6)`, [...done, ...after]); // prettier-ignore
}

interface Page {
  readonly more: boolean;
  readonly to: string;
  readonly last_household: string;
  readonly last_bucket: string;
}

async function next(pool: pg.Pool, text: string, values: readonly unknown[]): Promise<string[] | undefined> {
  const { rows } = await pool.query<Page>(text, [...values]);
  const page = rows[0];
  return page?.more === true ? [page.to, page.last_household, page.last_bucket] : undefined;
}

async function say(books: Books, { row, at, name }: Step & { kind: 'say' }): Promise<void> {
  const { pool } = books;
  if (row.programmes !== undefined)
    await applyProgrammes(pool, JSON.stringify(row.programmes), { name: `${name}.json`, now: at });
  const lines = linesOf(books, row, name);
  if (lines === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-1405-'));
  try {
    const path = join(folder, 'file.csv');
    const file = createWriteStream(path);
    for (const line of lines) if (!file.write(`${line}\n`)) await once(file, 'drain');
    file.end();
    await finished(file);
    await loadFiles(pool, [path], { panKey: Buffer.alloc(32, 1), now: at, profiles: ['native'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The reference file of a row; undefined: it has none. */
function linesOf({ households: count, buying: { seed } }: Books, row: Row, name: string): Iterable<string> | undefined {
  const { allocate, households, status, flags } = row;
  if (allocate !== undefined)
    return file('household,programme,period,amount_rials,valid_from,valid_to', count, (n) => {
      const rials = householdOf(seed, n).members * allocate.rialsPerPerson;
      return allocate.months.map((period) => {
        const { first, last } = monthOf(period);
        return [idOf(n), allocate.programme, period, rials, first, last];
      });
    });
  if (households !== undefined)
    return file('household,head_national_id,members,decile', count, (n) => {
      if (!isAmong(seed, n, name, households.oneIn)) return [];
      const { members, decile, digit } = { ...householdOf(seed, n), ...now(seed, n, name) };
      return [[idOf(n), nationalId(n, digit), members, decile]];
    });
  if (status !== undefined)
    return file('household,status,reason,source', count, (n) =>
      isAmong(seed, n, 'status', status.oneIn) ? [[idOf(n), status.status, '', 'court']] : [],
    );
  if (flags !== undefined)
    return file('household,flag,since,until,source', count, (n) =>
      isAmong(seed, n, flags.flag, flags.oneIn) ? [[idOf(n), flags.flag, flags.since, '', flags.source]] : [],
    );
  return undefined;
}

function* file(
  header: string,
  count: number,
  rowsOf: (n: number) => readonly (readonly unknown[])[],
): Generator<string> {
  yield header;
  for (let n = 1; n <= count; n++) for (const row of rowsOf(n)) yield row.join(',');
}

/** What earlier files of households said of one, with this one. A file says all of a household, also what it does not change. */
const refreshes: { name: string; oneIn: number; change: 'decile' | 'digit' }[] = [];
function now(seed: number, n: number, name: string): Partial<Household> {
  const told: { decile?: number; digit?: number } = {};
  for (const { name: each, oneIn, change } of refreshes) {
    if (isAmong(seed, n, each, oneIn)) told[change] = otherOf(seed, n, each, change);
    if (each === name) break;
  }
  return told;
}

/** Ten digits whose last, which checks the others, is this one. */
function nationalId(n: number, digit: number): string {
  for (let tail = n * 100; ; tail++) {
    const nine = String(tail % 1_000_000_000).padStart(9, '0');
    const sum = Array.from(nine, Number).reduce((total, each, i) => total + each * (10 - i), 0) % 11;
    if ((sum < 2 ? sum : 11 - sum) === digit && !/^(\d)\1*$/.test(nine)) return `${nine}${digit}`;
  }
}

/** One person proposes, another approves. */
async function approve(pool: pg.Pool, { move }: Step & { kind: 'approve' }): Promise<void> {
  const { programme, period, digits, to } = move;
  const cohort = digits === undefined ? 'all' : 'digit';
  const proposed = await proposeWindow(pool, {
    programme,
    period,
    cohort,
    cohorts: digits ?? [],
    to,
    reason: 'as announced',
    by: 'maker',
  });
  await decideWindow(pool, proposed.id, 'approved', 'checker');
}

/** Every household that buys on this day, through the ledger's face. */
async function market(
  books: Books,
  step: Step & { kind: 'market' },
  answered: (n: number, text: string) => void,
): Promise<void> {
  const { pool, households, buying } = books;
  const ledger = openLedger({ pool, clock: systemClock });
  let n = 0;
  const buyer = async (): Promise<void> => {
    while (n < households) {
      const mine = ++n;
      const rials = purchaseOf(buying, householdOf(buying.seed, mine), step.number);
      if (rials !== undefined) answered(mine, textOf(await ledger.purchase(requestOf(mine, rials, step.at))));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyer));
  await ledger.close();
}

function requestOf(n: number, rials: number, at: number): PurchaseRequest {
  const { time, date } = tehran(at);
  return {
    key: {
      terminal: String(10_000_001 + (n % TERMINALS)),
      stan: String(1 + Math.floor(n / TERMINALS)).padStart(6, '0'),
      localTime: time,
      localDate: date,
    },
    transmission: new Date(at).toISOString().replace(/^\d+-(\d+)-(\d+)T(\d+):(\d+):(\d+).*/, '$1$2$3$4$5'),
    merchant: SHOP,
    contentHash: Buffer.alloc(32, n % 251),
    card: { hash: createHash('sha256').update(idOf(n)).digest(), masked: '603799******0000' },
    at,
    totalRials: BigInt(rials),
    rest: 'cash',
    basket: undefined,
    quoteRef: undefined,
    softwareVersion: undefined,
  };
}

/** As the model writes an answer. */
function textOf(decision: Decision): string {
  if (!('outcome' in decision)) return decision.kind;
  const { rc, voucherRials, creditLeftRials, creditEnds = '-', nextCharge = '-' } = decision.outcome;
  if (decision.kind === 'declined') return rc;
  return [rc, voucherRials, creditLeftRials, creditEnds, nextCharge].join(' ');
}

/** What each household has: its months by name, of each what may still be spent, what has gone back, and its days. */
export async function eachState(
  { pool, households }: Books,
  at: number,
  seen: (n: number, text: string) => void,
): Promise<void> {
  const { rows: windows } = await pool.query<{ windows: string | null }>(
    `select ${DECISIONS}.windows_at($1)::text as windows`,
    [at],
  );
  for (let first = 1; first <= households; first += PAGE) {
    const { rows } = await pool.query<[string, string]>({
      rowMode: 'array',
      text: `select household_id, string_agg(text, ', ' order by programme_id collate "C", period collate "C")
               from (select household_id, programme_id, period,
                            concat_ws(' ', programme_id, period, amount_rials - spent_rials - held_rials - expired_rials, expired_rials,
                              coalesce(${DECISIONS}.window_day(w.value -> 'from', h.decile, h.head_last_digit), b.valid_from),
                              coalesce(${DECISIONS}.window_day(w.value -> 'to', h.decile, h.head_last_digit), b.valid_to)) as text
                       from buckets b join households h using (household_id)
                       left join jsonb_each($1::jsonb) w on w.key = b.programme_id || ' ' || b.period
                      where household_id between $2 and $3) x group by 1`,
      values: [windows[0]?.windows ?? '{}', idOf(first), idOf(Math.min(households, first + PAGE - 1))],
    });
    for (const [household, text] of rows) seen(Number(household), text);
  }
}

/** Tells of the files of households that are to come. */
export function noteRefreshes(steps: readonly Step[]): void {
  refreshes.length = 0;
  for (const step of steps)
    if (step.kind === 'say' && step.row.households !== undefined)
      refreshes.push({ name: step.name, ...step.row.households });
}
