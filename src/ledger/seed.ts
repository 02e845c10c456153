import type pg from 'pg';
import { tehran } from '../ops/clock.ts';
import { DEMO_HOUSEHOLDS, DEMO_TERMINALS, demoPan } from '../ops/demo.ts';

export async function seedDemo(
  pool: pg.Pool,
  options: { panHash: (pan: string) => Buffer; now: number },
): Promise<void> {
  const today = tehran(options.now).isoDate;
  const shift = (days: number) => new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
  await pool.query(`insert into programmes (programme_id) values ('demo') on conflict do nothing`);
  const merchants = [
    ['supermarket', 'approved', 'IR380170000000100000000001'],
    ['butcher', 'approved', 'IR370120000000200000000002'],
    ['grocery', 'applied', 'IR310180000000300000000003'],
  ] as const;
  for (const [index, [guild, status, sheba]] of merchants.entries())
    await pool.query(
      'insert into merchants (merchant_id, name, guild, sheba, status) values ($1,$2,$3,$4,$5) on conflict do nothing',
      [String(index + 1).padStart(15, '0'), `فروشگاه نمونه ${index + 1}`, guild, sheba, status],
    );
  for (const { terminal, merchant } of DEMO_TERMINALS)
    await pool.query('insert into terminals (terminal_id, merchant_id) values ($1,$2) on conflict do nothing', [
      terminal,
      merchant,
    ]);
  for (let n = 1; n <= DEMO_HOUSEHOLDS; n++) {
    if (n === 910) continue;
    const members = 1 + (n % 5);
    await pool.query('insert into households values ($1,$2,$3) on conflict do nothing', [
      String(n),
      members,
      n === 906 ? 'blocked' : 'active',
    ]);
    await pool.query('insert into cards values ($1,$2,$3) on conflict do nothing', [
      options.panHash(demoPan(n)),
      '',
      String(n),
    ]);
    const buckets: [string, bigint, string, string][] =
      n === 905
        ? []
        : n === 907
          ? [['past', 10_000_000n * BigInt(members), shift(-30), shift(-1)]]
          : n === 908
            ? [['now', 1n, shift(-1), shift(25)]]
            : n === 909
              ? [
                  ['now', 3_000_000n, shift(-1), shift(5)],
                  ['next', 7_000_000n, shift(-1), shift(25)],
                ]
              : [['now', 10_000_000n * BigInt(members), shift(-1), shift(25)]];
    for (const [period, amount, from, to] of buckets)
      await pool.query(
        'insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to) values ($1,$2,$3,$4,$5,$6) on conflict do nothing',
        [String(n), 'demo', period, String(amount), from, to],
      );
  }
}
