import pg from 'pg';
import { addDays } from '../../src/field/jalali.ts';
import { testSheba } from '../../test/settlement/support/books.ts';

/** Books of many days as the ledger and settlement leave them: rows of the same shapes, by chance, the same each time. */
export interface Filled {
  readonly first: string;
  readonly last: string;
  readonly shops: number;
  readonly perDay: number;
}

const LAST = '2026-11-26';
const HOUSEHOLDS = 2_000_000;
export const shopOf = (n: number): string => String(500_000_000 + n).padStart(15, '0');
export const terminalOf = (n: number): string => String(20_000_000 + n);

/** @param transactions in all, spread evenly over the days */
export async function fillDays(url: string, transactions: number, days: number): Promise<Filled> {
  // without the audit of each terminal and clearing, which is nobody's here
  const pool = new pg.Pool({ connectionString: url, max: 1, options: '-c session_replication_role=replica' });
  pool.on('error', () => undefined);
  try {
    return await fill(pool, transactions, days);
  } finally {
    await pool.end();
  }
}

async function fill(pool: pg.Pool, transactions: number, days: number): Promise<Filled> {
  const first = addDays(LAST, 1 - days);
  const perDay = Math.floor(transactions / days);
  const shops = Math.max(100, Math.floor(transactions / 100));
  await fillReference(pool, shops);
  for (let n = 0; n < days; n++) {
    await fillDay(pool, addDays(first, n), { perDay, shops, closed: n < days - 1 });
    await pool.query('select index_closed_day()');
    console.log(`filled ${addDays(first, n)}`);
  }
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
  return { first, last: LAST, shops, perDay };
}

async function fillReference(pool: pg.Pool, shops: number): Promise<void> {
  const shebas = Array.from({ length: 1_000 }, (_, index) => testSheba(index + 1));
  await pool.query(
    `insert into merchants (merchant_id, name, guild, sheba, status, listed_status)
     select lpad((500000000 + n)::text, 15, '0'), 'فروشگاه ' || n, 'grocery', ($1::text[])[1 + n % 1000], 'approved', 'approved' from generate_series(1, $2::int) n`,
    [shebas, shops],
  );
  await pool.query(
    `insert into terminals (terminal_id, merchant_id) select (20000000 + n)::text, lpad((500000000 + n)::text, 15, '0') from generate_series(1, $1::int) n`,
    [shops],
  );
  await pool.query('insert into terminal_shops select terminal_id, merchant_id from terminals');
  await pool.query(
    `insert into households (household_id, members) select 'b' || n, 3 from generate_series(0, $1::int - 1) n`,
    [HOUSEHOLDS],
  );
  await pool.query(
    `insert into cards (pan_hash, masked, household_id)
     select sha256(n::text::bytea), '603799******' || lpad((n % 10000)::text, 4, '0'), 'b' || n from generate_series(0, $1::int - 1) n`,
    [HOUSEHOLDS],
  );
  await pool.query(`insert into programmes values ('kalabarg')`);
  await pool.query(`insert into programme_rules (programme_id, valid_from) values ('kalabarg', '2026-01-01')`);
}

interface DayPlan {
  readonly perDay: number;
  readonly shops: number;
  readonly closed: boolean;
}

/** Of a thousand: 880 approved, 40 refused by a handful of codes, 10 reversed with their 10 reversals, 10 returns, 50 of cards of no
 *  household. A tenth of the day is of one chain's terminals. */
async function fillDay(pool: pg.Pool, day: string, { perDay, shops, closed }: DayPlan): Promise<void> {
  await pool.query('insert into business_days (business_day) values ($1) on conflict do nothing', [day]);
  await pool.query('select prepare_days($1, 3)', [day]);
  const { rows } = await pool.query<{ base: string }>(`select nextval('transaction_ids') as base`);
  const base = Number(rows[0]?.base ?? 1);
  const perHour = Math.ceil(perDay / 24);
  await pool.query(
    `insert into rrn_hours select $1 || 'T' || lpad(h::text, 2, '0'), $2::bigint + h * $3::bigint from generate_series(0, 23) h`,
    [day, base, perHour],
  );
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time, local_date, merchant_id,
       masked, at, rc, reason, rrn, auth_code, total_rials, voucher_rials, card_rials, left_rials, bucket_ids, take_rials, bank, token, original_id, original_day)
     select case when m < 50 then '' else 'b' || h end, $2::bigint + n, $1::date, kind, state, (20000000 + shop)::text, lpad((n % 1000000)::text, 6, '0'),
            to_char(n % 86400 * interval '1 second', 'HH24MISS'), to_char($1::date, 'MMDD'), lpad((500000000 + shop)::text, 15, '0'),
            '603799******' || lpad((h % 10000)::text, 4, '0'), extract(epoch from $1::date) * 1000 + n * 86400000::bigint / $3::bigint, rc, case rc when '00' then 'approved' else 'credit.none' end,
            substr(to_char($1::date, 'YYYY'), 4) || to_char($1::date, 'DDD') || lpad((n / $5::bigint)::text, 2, '0') || lpad((n % $5::bigint)::text, 6, '0'),
            case rc when '00' then lpad((n % 1000000)::text, 6, '0') end, amount, case rc when '00' then amount else 0 end, 0, 100000, array[1], array[amount],
            case when n % 3 = 0 then 'card' end, case when rc = '00' then substr(encode(sha256(($2::bigint + n)::text::bytea), 'base64'), 1, 22) end, null, null
       from generate_series(0, $3::int - 1) n
      cross join lateral (select (hashint8(n)::bigint & 2147483647) % 1000 as m, (hashint8(n * 7)::bigint & 2147483647) % $6::bigint as h,
                                 case when n % 10 = 0 then 1 + n % 200 else 1 + (hashint8(n * 13)::bigint & 2147483647) % $4::bigint end as shop,
                                 10000 + (n::bigint * 7919) % 3000000 as amount) a
      cross join lateral (select case when m between 950 and 959 then 'return' when m between 960 and 969 then 'reversal' when m < 50 then 'forward' else 'purchase' end as kind,
                                 case when m between 900 and 939 then 'declined' when m between 940 and 949 then 'reversed' else 'approved' end as state,
                                 case when m = 939 and n % 50 = 0 then '94' when m between 900 and 939 then (array['51', '61', '55', '91'])[1 + m % 4] else '00' end as rc) b`,
    [day, base, perDay, shops, perHour, HOUSEHOLDS],
  );
  await pool.query(
    `insert into requests (merchant_id, terminal_id, stan, local_time, local_date, family, business_day, transmission, content_hash, household_id, transaction_id)
     select merchant_id, terminal_id, stan, local_time, local_date, case kind when 'reversal' then '04' else '02' end, business_day, local_date || local_time,
            '\\x00', household_id, transaction_id from transactions where business_day = $1 on conflict do nothing`,
    [day],
  );
  await pool.query(`select setval('transaction_ids', $1)`, [base + perDay]);
  if (closed) await fillClearing(pool, day, shops);
}

/** Every shop is paid; of the last days the bank has not answered yet. */
async function fillClearing(pool: pg.Pool, day: string, shops: number): Promise<void> {
  const settled = day < addDays(LAST, -2);
  await pool.query(`update business_days set closed_at = $1::date + interval '1 day' where business_day = $1`, [day]);
  await pool.query(
    `insert into clearings (business_day, state, shards, profile, maker, checker, started_at, closed_at, made_at, released_at, delivered_at, settled_at, touched_at)
     select $1, case when $2 then 'settled' else 'delivered' end, 1, '{"createdTime":"01:30:00"}', 'maryam', 'babak', t, t, t, t, t, case when $2 then t end, t
       from (select $1::date + interval '1 day' as t) t`,
    [day, settled],
  );
  await pool.query(`insert into clearing_shards (business_day, shard, merchants) values ($1, 0, $2)`, [day, shops]);
  await pool.query(
    `insert into merchant_nets (merchant_id, business_day, purchases, purchase_rials, returns, return_rials, reversals, reversal_rials, fee_rials, carried_rials, net_rials, outcome)
     select lpad((500000000 + n)::text, 15, '0'), $1, 3, 1000000, 0, 0, 0, 0, 0, 0, 1000000, 'pay' from generate_series(1, $2::int) n`,
    [day, shops],
  );
  await pool.query('insert into net_totals select * from net_sums($1)', [day]); // as `makeOrders` does
  await pool.query(
    `insert into payment_files (message_id, business_day, rail, file_no, orders, sum_rials, created_on, pay_on, cycle, sha256, bytes, written_at, leaving_at, delivered_at)
     select 'IR380170000000100000000001' || to_char($1::date, 'YYMMDD') || lpad(f::text, 3, '0'), $1, 'PAYA', f, 20000, 20000000000, $1, $1::date + 1, '03:45', repeat('a', 64), 1, now(), now(), now()
       from generate_series(1, ceil($2 / 20000.0)::int) f`,
    [day, shops],
  );
  await pool.query(
    `insert into payment_orders (merchant_id, business_day, part, instruction_id, message_id, position, sheba, name, amount_rials, rail, state)
     select lpad((500000000 + n)::text, 15, '0'), $1, 1, to_char($1::date, 'YYYYMMDD') || lpad(n::text, 6, '0'),
            'IR380170000000100000000001' || to_char($1::date, 'YYMMDD') || lpad((1 + (n - 1) / 20000)::text, 3, '0'), 1 + (n - 1) % 20000,
            'IR380170000000100000000001', 'فروشگاه ' || n, 1000000, 'PAYA', case when $3 then 'paid' else 'sent' end
       from generate_series(1, $2::int) n`,
    [day, shops, settled],
  );
  await pool.query(
    `insert into breaks (class, psp, settlement_date, business_day, merchant_id, terminal_id, rrn, rials, detail, source, raised_at, state, approved_by, proposed_by, resolved_at, post, post_rials)
     select 'ONLY_US', 'SDD', $1::date, $1::date, lpad((500000000 + n)::text, 15, '0'), (20000000 + n)::text, lpad(n::text, 12, '6'), 1000, 'not in the file', 'bench ' || $1::date::text || n, now(),
            case when $2 then 'resolved' else 'open' end, case when $2 then 'babak' end, case when $2 then 'sara' end, case when $2 then now() end, case when $2 then 'none' end, case when $2 then 0 end
       from generate_series(1, 300) n`,
    [day, settled],
  );
  await pool.query(
    `insert into bank_advices (lane, mti, terminal_id, merchant_id, rrn, amount_rials, leg, original_mti, original_leg, reason, queued_at, due_at, done_rc, done_at)
     select 'b' || n, '0420', (20000000 + n)::text, lpad((500000000 + n)::text, 15, '0'), lpad(n::text, 12, '6'), 5000, '{}', '0200', '{}', '68',
            extract(epoch from $1::date) * 1000 + n, extract(epoch from $1::date) * 1000 + n, case when n % 500 <> 0 then '00' end, case when n % 500 <> 0 then now() end
       from generate_series(1, 3000) n`,
    [day],
  );
}
