import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { ORDER_DAYS } from '../../ledger/index.ts';
import { DAY_MS } from '../../ops/clock.ts';
import { transaction } from '../../ops/database.ts';
import { GatewayError } from '../../ops/errors.ts';
import { sqlIn } from '../../ops/sql.ts';
import type { AuthorityClient } from './client.ts';
import type { DayList } from './protocol.ts';

const sql = sqlIn(new URL('./sql/', import.meta.url));

/** What an authority's list of a day came to. */
export interface ListIntake {
  readonly authority: string;
  readonly day: string;
  /** The same list was taken before: nothing changed. */
  readonly repeated: boolean;
  readonly lines: number;
  /** New breaks by class. */
  readonly breaks: Readonly<Record<string, number>>;
}

type Line = DayList['lines'][number];

const MOST_LINES = 500_000;
const PIECE = 5_000;
/** Confirmed so shortly before midnight, an order may be of the next day there. */
const EDGE_MS = 15 * 60_000;

/** Takes an authority's list of a day: whole, in one transaction, or not at all; each difference is a break beside those of acquirers, under
 *  the authority's name.
 *  @param day ISO, over in Tehran; @param now ms: when breaks are raised
 *  @throws GatewayError `authority.list`, `authority.list-changed` */
export async function takeDayList(
  pool: Pool,
  authority: AuthorityClient,
  day: string,
  now: number,
): Promise<ListIntake> {
  const { name } = authority.settings;
  const endsAt = beginOf(day) + DAY_MS;
  if (!(endsAt <= now)) throw new GatewayError('authority.list', `${day} is not over yet: its list can still change.`);
  if (endsAt < now - ORDER_DAYS * DAY_MS)
    throw new GatewayError(
      'authority.list',
      `${day} is too long ago: what was asked of ${name} is kept for ${ORDER_DAYS} days.`,
    );
  const lines = await wholeList(authority, day);
  const sha256 = createHash('sha256').update(JSON.stringify(lines)).digest('hex');
  return transaction(pool, async (db) => {
    await db.query('select pg_advisory_xact_lock(8583, hashtext($1))', [`authority list ${name}`]);
    const { rows } = await db.query<{ sha256: string }>(
      'select sha256 from authority_lists where authority = $1 and day = $2',
      [name, day],
    );
    const [taken] = rows;
    if (taken !== undefined && taken.sha256 !== sha256)
      throw new GatewayError(
        'authority.list-changed',
        `${name} tells another list of ${day} than the one that was taken: nothing was changed. Ask it which one holds.`,
      );
    if (taken !== undefined) return { authority: name, day, repeated: true, lines: lines.length, breaks: {} };
    await keep(db, name, day, { lines, sha256, now });
    return {
      authority: name,
      day,
      repeated: false,
      lines: lines.length,
      breaks: await raise(db, name, day, { endsAt, now }),
    };
  });
}

const beginOf = (day: string): number => Date.parse(`${day}T00:00:00+03:30`);

/** Every page; the list counts when they are as many lines and rials as each of them says. */
async function wholeList(authority: AuthorityClient, day: string): Promise<Line[]> {
  const { name } = authority.settings;
  const refuse = (why: string): GatewayError =>
    new GatewayError('authority.list', `The list of ${name} of ${day} was not taken: ${why}.`);
  const lines: Line[] = [];
  let page: string | undefined;
  for (;;) {
    const said = await authority.list(day, page);
    if (said.kind === 'unknown') throw refuse(said.why);
    const { lines: more, count, subsidizedRials, next } = said.value;
    lines.push(...more);
    if (lines.length > Math.min(count, MOST_LINES) || (next !== undefined && more.length === 0))
      throw refuse(`it has more lines than the ${Math.min(count, MOST_LINES)} that there may be`);
    if (next !== undefined) {
      page = next;
      continue;
    }
    const rials = rialsOf(lines);
    if (lines.length !== count) throw refuse(`it has ${lines.length} lines and says ${count}`);
    if (String(rials) !== subsidizedRials) throw refuse(`its lines are ${rials} rials and it says ${subsidizedRials}`);
    return lines;
  }
}

function rialsOf(lines: readonly Line[]): bigint {
  return lines.reduce((sum, { subsidizedRials }) => sum + BigInt(subsidizedRials), 0n);
}

async function keep(
  db: PoolClient,
  name: string,
  day: string,
  { lines, sha256, now }: { lines: readonly Line[]; sha256: string; now: number },
): Promise<void> {
  await db.query(
    'insert into authority_lists (authority, day, sha256, lines, rials, taken_at) values ($1, $2, $3, $4, $5, $6)',
    [name, day, sha256, lines.length, rialsOf(lines), new Date(now)],
  );
  for (let from = 0; from < lines.length; from += PIECE) {
    const piece = lines.slice(from, from + PIECE);
    const column = (of: (line: Line) => string): string[] => piece.map(of);
    await db.query(
      `insert into authority_list_lines (authority, day, line, order_id, trace, state, rials, merchant_id, terminal_id, rrn)
       select $1, $2, $3::int + n, u.order_id, u.trace, u.state, u.rials, u.merchant, u.terminal, u.rrn
         from unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[])
              with ordinality as u (order_id, trace, state, rials, merchant, terminal, rrn, n)`,
      [
        name,
        day,
        from,
        column(({ orderId }) => orderId),
        column(({ orderTrace }) => orderTrace),
        column(({ state }) => state),
        column(({ subsidizedRials }) => subsidizedRials),
        column(({ merchant }) => merchant),
        column(({ terminal }) => terminal),
        column(({ rrn }) => rrn),
      ],
    );
  }
}

async function raise(
  db: PoolClient,
  name: string,
  day: string,
  { endsAt, now }: { endsAt: number; now: number },
): Promise<Record<string, number>> {
  const { rows: known } = await db.query<{ first: string; before: string | null }>(
    'select min(day)::text as first, max(day) filter (where day < $2)::text as before from authority_lists where authority = $1',
    [name, day],
  );
  const { first = day, before = null } = known[0] ?? {};
  // the edge of the list before was left to this one
  const since = Math.max(beginOf(first), before === null ? 0 : beginOf(before));
  await db.query(sql('breaks'), [name, day, endsAt, endsAt - EDGE_MS, new Date(now), since]);
  await db.query(sql('arrived'), [name, day]);
  const { rows } = await db.query<{ class: string; count: number }>(
    `select class, count(*)::int as count from breaks where psp = $1 and settlement_date = $2 and raised_at = $3
      group by class order by class`,
    [name, day, new Date(now)],
  );
  return Object.fromEntries(rows.map(({ class: kind, count }) => [kind, count]));
}

/** The newest day that is over and whose list is due (01:30 in Tehran) and was not taken; undefined: none.
 *  @param now ms */
export async function dueList(pool: Pool, name: string, now: number): Promise<string | undefined> {
  const day = new Date(now + 3.5 * 3_600_000 - 1.5 * 3_600_000 - DAY_MS).toISOString().slice(0, 10);
  const { rowCount } = await pool.query('select from authority_lists where authority = $1 and day = $2', [name, day]);
  return rowCount === 0 ? day : undefined;
}
