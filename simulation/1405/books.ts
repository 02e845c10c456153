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
import { approveUnit, convert, moneyUnitOf } from './converted.ts';
import { monthOf } from './days.ts';
import { giveBack, noteSale, type Due } from './given-back.ts';
import { weightsOf, written, type Month } from './months.ts';
import type { Phases } from './phases.ts';
import { householdOf, idOf, isAmong, otherOf, purchaseOf, type Buying, type Household } from './population.ts';
import { inSteps } from './switch.ts';

/** The product's side of the replay: its own files, acts of two persons, charges, ends and purchases, with the database's clock set to the
 *  instant at which each happened. */

export interface Books {
  readonly pool: pg.Pool;
  readonly phases: Phases;
  readonly households: number;
  readonly buying: Buying;
  /** What will be given back of purchases. */
  readonly due: Due;
  /** What the switch of the rial lost. */
  readonly faults: string[];
}

const TERMINALS = 2_000;
const PAGE = 20_000;
/** Purchases at the ledger's face at once. */
const AT_ONCE = 1_024;
/** Ended at once. */
const PARTS = 4;
/** Buckets in a transaction. */
const BUCKETS = 2_000;
const MOST_ID = '9223372036854775807';
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
  const { pool, phases } = books;
  await setClock(pool, step.at);
  if (step.kind === 'midnight') await midnight(books, step);
  else if (step.kind === 'say') await phases.time('files and rules', () => say(books, step));
  else if (step.kind === 'approve') await approve(pool, step);
  else if (step.kind === 'market') await phases.time('purchases', () => market(books, step, answered));
  else if (step.kind === 'back') await phases.time('returns', () => returns(books, step, answered));
  else if (step.kind === 'unit') await approveUnit(pool, step.successor, step.at);
  else if (step.kind === 'convert') await phases.time('the switch', () => switchBooks(books, step));
  else await tidy(books, step);
}

/** A business day begins: what has ended goes back to its fund, and who is due is charged, as the gateway does by itself. */
async function midnight(books: Books, { day, at }: Step): Promise<void> {
  const { pool, phases } = books;
  await pool.query(
    'update business_days set closed_at = to_timestamp($1 / 1000.0) where closed_at is null and business_day < $2',
    [at, day.iso],
  );
  await pool.query('insert into business_days (business_day) values ($1) on conflict do nothing', [day.iso]);
  await tidy(books, { day, at });
  await phases.time('charges', async () => {
    for (let done = false; !done;) {
      await chargeDue(pool, at);
      const { rows } = await pool.query<{ done: boolean }>(
        `select not exists (select from programme_charges c where valid_from <= $1 and not exists (
           select from charge_progress p where p.programme_id = c.programme_id and p.day >= $1 and p.done)) as done`,
        [day.iso],
      );
      done = rows[0]?.done ?? true;
    }
  });
}

/** Ends what is over, and follows what was moved, until nothing is left to do. */
async function tidy(books: Books, { day, at }: Pick<Step, 'day' | 'at'>): Promise<void> {
  const { pool, phases } = books;
  const done = [at, day.iso, BUCKETS];
  await phases.time('ends', async () => {
    const to = await lastEnd(pool, day.iso);
    if (to !== null) await Promise.all(partsOf(books).map((part) => endPart(pool, done, to, part)));
    for (let after: string[] | undefined = ['-infinity', '', '0']; after !== undefined;)
      after = await next(pool, EXPIRE, [...done, ...after]);
  });
  await phases.time('moved ends', async () => {
    for (let after: string[] | undefined = ['', '', '0']; after !== undefined;)
      after = await next(pool, FOLLOW, [...done, ...after]);
  });
}

const EXPIRE = `select more, last_to::text as "to", last_household, last_bucket from ${DECISIONS}.expire_credit($1, $2, $3, $4, $5, $6)`; // prettier-ignore
const FOLLOW = `select more, last_key as "to", last_household, last_bucket from ${DECISIONS}.follow_windows($1, $2, $3, $4, $5, $6)`; // prettier-ignore

interface Part {
  readonly after: string;
  readonly until: string;
}

/** Households in parts, each after one and until another: several copies of the gateway are at it at once. */
function partsOf({ households }: Books): Part[] {
  const edge = (part: number): string => idOf(Math.floor((households * part) / PARTS));
  return Array.from({ length: PARTS }, (_, part) => ({ after: edge(part), until: edge(part + 1) }));
}

/** The last day of what ended last: most of what there is to end has it. */
async function lastEnd(pool: pg.Pool, today: string): Promise<string | null> {
  const { rows } = await pool.query<{ to: string | null }>(
    'select max(valid_to)::text as "to" from buckets where not swept and valid_to < $1',
    [today],
  );
  return rows[0]?.to ?? null;
}

/** Ends a part of what was good until a day. The rest is found by the pass over everything. */
async function endPart(pool: pg.Pool, done: readonly unknown[], to: string, { after, until }: Part): Promise<void> {
  let place: string[] | undefined = [to, after, MOST_ID];
  while (place?.[0] === to && place[1]! < until) place = await next(pool, EXPIRE, [...done, ...place]);
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
  const { pool, households, buying, due } = books;
  const { successor } = step;
  const unit = successor && moneyUnitOf(successor);
  const ledger = openLedger({ pool, clock: systemClock, slots: PARTS });
  let n = 0;
  const buyer = async (): Promise<void> => {
    while (n < households) {
      const mine = ++n;
      const rials = purchaseOf(buying, householdOf(buying.seed, mine), step.number, step.eve);
      if (rials === undefined) continue;
      const request = { ...requestOf(mine, successor ? inSteps(rials, successor.stepRials) : rials, step.at), unit };
      const decision = await ledger.purchase(request);
      answered(mine, textOf(decision));
      if (decision.kind === 'approved')
        noteSale(due, buying.seed, step, { n: mine, request, rrn: decision.outcome.rrn });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, buyer));
  await ledger.close();
}

async function switchBooks({ pool, faults }: Books, { at, day, stepRials }: Step & { kind: 'convert' }): Promise<void> {
  faults.push(...(await convert(pool, at, day.iso, stepRials, BUCKETS)));
}

async function returns(
  { pool, due }: Books,
  step: Step & { kind: 'back' },
  answered: (n: number, text: string) => void,
): Promise<void> {
  const ledger = openLedger({ pool, clock: systemClock, slots: PARTS });
  await giveBack(ledger, due, step, answered);
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

/** The months of every household (one, with a condition): what may be spent, what went back, and its days as $1 (windows_at) moved
 *  them. As window_day of functions/shared/windows.sql, which no parallel plan may call. */
const MONTHS = `
  select b.household_id, b.programme_id, b.period, b.amount_rials - b.spent_rials - b.held_rials - b.expired_rials as left_rials, b.expired_rials,
         coalesce((case jsonb_typeof(w.days -> 'from') when 'string' then w.days ->> 'from' else w.days -> 'from' ->> c.n end)::date, b.valid_from) as from_day,
         coalesce((case jsonb_typeof(w.days -> 'to') when 'string' then w.days ->> 'to' else w.days -> 'to' ->> c.n end)::date, b.valid_to) as to_day
    from buckets b
    join (select household_id, coalesce(decile, 0) * 11 + coalesce(head_last_digit + 1, 0) as n from households) c using (household_id)
    left join jsonb_each($1::jsonb) w (key, days) on w.key = b.programme_id || ' ' || b.period`;

const dayNumber = (column: string): string => `(${column} - date '1970-01-01')`;

const WEIGHED = `
  select household_id, sum(left_rials * "left" + expired_rials * gone + ${dayNumber('from_day')} * "from" + ${dayNumber('to_day')} * "to")
    from (${MONTHS}) m
    join unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
         k (programme_id, period, "left", gone, "from", "to") using (programme_id, period)
   group by 1`;

/** The books of one instant, read while they go on. */
export interface Snapshot {
  /** What each household has, weighed as in months.ts. Who has nothing is not told. */
  eachState(seen: (n: number, weight: number) => void): Promise<void>;
  /** What a household has, in words. */
  stateOf(n: number): Promise<string>;
  close(): Promise<void>;
}

export async function openSnapshot({ pool }: Books, at: number): Promise<Snapshot> {
  const db = await pool.connect();
  // every household is read, whatever is thought of its number
  await db.query(
    'begin isolation level repeatable read read only; set local enable_nestloop = off; set local enable_mergejoin = off',
  );
  const { rows } = await db.query<{ windows: string | null }>(`select ${DECISIONS}.windows_at($1)::text as windows`, [
    at,
  ]);
  const windows = rows[0]?.windows ?? '{}';
  return {
    async eachState(seen) {
      const { rows: kinds } = await db.query<{ programme: string; period: string }>(
        'select distinct programme_id as programme, period from buckets',
      );
      const weights = kinds.map(({ programme, period }) => weightsOf(programme, period));
      const values = [
        windows,
        kinds.map(({ programme }) => programme),
        kinds.map(({ period }) => period),
        ...(['left', 'gone', 'from', 'to'] as const).map((of) => weights.map((each) => each[of])),
      ];
      const states = await db.query<[string, string]>({ rowMode: 'array', text: WEIGHED, values });
      for (const [household, weight] of states.rows) seen(Number(household), Number(weight));
    },
    async stateOf(n) {
      const months = await db.query<Month>(
        `select programme_id as programme, period, left_rials::float8 as "left", expired_rials::float8 as gone, from_day::text as "from", to_day::text as "to"
           from (${MONTHS}) m where household_id = $2`,
        [windows, idOf(n)],
      );
      return written(months.rows);
    },
    async close() {
      await db.query('commit');
      db.release();
    },
  };
}

/** Tells of the files of households that are to come. */
export function noteRefreshes(steps: readonly Step[]): void {
  refreshes.length = 0;
  for (const step of steps)
    if (step.kind === 'say' && step.row.households !== undefined)
      refreshes.push({ name: step.name, ...step.row.households });
}
