import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type pg from 'pg';
import { testSheba } from '../../test/settlement/support/books.ts';

/** Shops 1 … n with Shebas of their own, numbered above those that purchases are made at. */
export async function fillShops(pool: pg.Pool, shops: number): Promise<void> {
  const shebas = Array.from({ length: shops }, (_, index) => testSheba(index + 1));
  await pool.query(
    `insert into merchants (merchant_id, name, guild, sheba, status)
     select lpad((500000000 + n)::text, 15, '0'), 'فروشگاه ' || n, 'grocery', sheba, 'approved'
       from unnest($1::text[]) with ordinality as s (sheba, n)`,
    [shebas],
  );
}

/** A day's purchases as the ledger posts them: shop and amount as by chance, the same each time. */
export async function fillPurchases(pool: pg.Pool, day: string, purchases: number, shops: number): Promise<void> {
  await pool.query('select prepare_days($1, 2)', [day]);
  await pool.query(
    `insert into postings (household_id, transaction_id, line, business_day, at, kind, merchant_id, bucket_id,
                           household_voucher, merchant_payable)
     select 'b' || n % 1000003, nextval('transaction_ids'), 1, $1::date, 1700000000000 + n, 'purchase',
            lpad((500000001 + (hashint8(n)::bigint & 2147483647) % $3)::text, 15, '0'), 1, -amount, amount
       from generate_series(1, $2::int) n cross join lateral (select 10000 + (n::bigint * 7919) % 3000000) as a (amount)`,
    [day, purchases, shops],
  );
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time,
       local_date, merchant_id, masked, at, rc, reason, rrn, total_rials, voucher_rials, bucket_ids, take_rials)
     select household_id, transaction_id, business_day, kind, 'approved', '20000000', '000000', '113000',
            to_char(business_day, 'MMDD'), merchant_id, '603799******0000', at, '00', '', lpad(transaction_id::text, 12, '6'),
            merchant_payable, merchant_payable, array[bucket_id], array[merchant_payable]
       from postings where business_day = $1 and kind = 'purchase'`,
    [day],
  );
  await pool.query('vacuum analyze postings, transactions');
  await pool.query('checkpoint');
}

/** Transactions for an acquirer's file to be matched with. */
export async function fillTransactions(pool: pg.Pool, day: string, lines: number): Promise<void> {
  await pool.query(
    `insert into transactions (household_id, transaction_id, business_day, kind, state, terminal_id, stan, local_time,
       local_date, merchant_id, masked, at, rc, reason, rrn, total_rials, voucher_rials)
     select 'a' || n % 1000003, nextval('transaction_ids'), $1::date, 'purchase', 'approved',
            (20000000 + n % 50000)::text, lpad((n % 1000000)::text, 6, '0'), '113000', to_char($1::date, 'MMDD'),
            lpad((500000001 + n % 50000)::text, 15, '0'), '603799******0000', 1700000000000, '00', '',
            lpad(n::text, 12, '6'), 10000 + n % 3000000, 10000 + n % 3000000
       from generate_series(1, $2::int) n`,
    [day, lines],
  );
  await pool.query('vacuum analyze transactions');
}

/** The acquirer's file of them; of each thousand lines one is missing and one of another amount. */
export async function writeAcquirerFile(
  folder: string,
  day: string,
  lines: number,
): Promise<{ path: string; name: string }> {
  const date = day.replaceAll('-', '');
  const name = `KBSF_SDD_${date}_01_001.txt`;
  const path = join(folder, name);
  const out = createWriteStream(path);
  const hash = createHash('sha256');
  const put = async (text: string): Promise<void> => {
    hash.update(text);
    if (!out.write(text)) await once(out, 'drain');
  };
  await put(`H|KBSF|1|SDD|${date}|01|001|${date}235959|IRR|Asia/Tehran\n`);
  let total = 0;
  let count = 0;
  let piece = '';
  for (let n = 1; n <= lines; n++) {
    if (n % 1000 === 1) continue;
    const amount = 10_000 + (n % 3_000_000) + (n % 1000 === 2 ? 1 : 0);
    total += amount;
    const fields = ['D', ++count, 20_000_000 + (n % 50_000), String(500_000_001 + (n % 50_000)).padStart(15, '0')];
    fields.push(`${date}113000`, String(n % 1_000_000).padStart(6, '0'), String(n).padStart(12, '6'));
    fields.push('0200', '000000', '603799******0000', '00', 'SALE', amount, amount, 0, '', date, '', 0, 0);
    piece += `${fields.join('|')}\n`;
    if (count % 5_000 !== 0) continue;
    await put(piece);
    piece = '';
  }
  await put(piece);
  out.end(`T|${count}|${total}|0|${total}|${hash.digest('hex')}\n`);
  await once(out, 'close');
  return { path, name };
}
