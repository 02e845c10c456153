import type pg from 'pg';
import { tehran } from '../ops/clock.ts';
import { DEMO_FIELD_DEVICES, DEMO_HOUSEHOLDS, DEMO_MODELS, DEMO_TERMINALS, demoPan, demoShop } from '../demo/index.ts';
import { maskPan } from '../field/pan.ts';
import { noteFact } from './installation.ts';
import { addDays, jalaliMonth } from '../field/jalali.ts';
import { transaction } from '../ops/database.ts';

/** Shebas of shared test vectors: valid check digits, nobody's accounts. */
const MERCHANTS = [
  ['supermarket', 'approved', 'IR380170000000100000000001'],
  ['butcher', 'approved', 'IR370120000000200000000002'],
  ['grocery', 'applied', 'IR310180000000300000000003'],
] as const;

/** The eleven goods of the scheme, by category. */
const GOODS = 'گوشت قرمز,گوشت مرغ,تخم‌مرغ,برنج,حبوبات,روغن,ماکارونی,قند و شکر,شیر کم‌چرب,ماست کم‌چرب,پنیر'.split(',');

/** What a guild may sell; no public list exists, these are the defaults. */
const GUILDS: Readonly<Record<string, (category: number) => boolean>> = {
  supermarket: () => true,
  grocery: () => true,
  chain: () => true,
  cooperative: () => true,
  butcher: (category) => category <= 3,
  dairy: (category) => category >= 9,
};

interface Allocation {
  readonly household: string;
  readonly period: string;
  readonly rials: bigint;
  readonly from: string;
  readonly to: string;
}

/** The demo programme exactly as wire.md 8 has it. What is there stays; a month that began since gets its credit. */
export async function seedDemo(
  pool: pg.Pool,
  { panHash, now }: { panHash: (pan: string) => Buffer; now: number },
): Promise<void> {
  const today = tehran(now).isoDate;
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock(8583, 2)'); // one copy seeds
    await noteFact(tx, 'demo', 'seeded');
    await seedScheme(tx);
    await seedFieldDevices(tx);
    await seedHouseholds(tx, panHash);
    await allocate(tx, demoAllocations(today), today, now);
  });
}

async function seedScheme(tx: pg.PoolClient): Promise<void> {
  await tx.query(`insert into programmes values ('demo') on conflict do nothing`);
  await tx.query(
    `insert into programme_rules (programme_id, valid_from) values ('demo', '2020-03-20') on conflict do nothing`,
  );
  await tx.query(
    `insert into merchants (merchant_id, name, guild, sheba, status)
     select lpad(n::text, 15, '0'), name, guild, sheba, status
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as m (guild, status, sheba, name, n)
     on conflict do nothing`,
    [
      ...[0, 1, 2].map((column) => MERCHANTS.map((merchant) => merchant[column])),
      MERCHANTS.map((_, index) => demoShop(String(index + 1))),
    ],
  );
  await tx.query(
    `insert into terminals as t (terminal_id, merchant_id) select * from unnest($1::text[], $2::text[])
     on conflict (terminal_id) do update set merchant_id = excluded.merchant_id
      where t.merchant_id = '000000000000003' and excluded.merchant_id <> t.merchant_id -- seeded by an earlier version`,
    [DEMO_TERMINALS.map(({ terminal }) => terminal), DEMO_TERMINALS.map(({ merchant }) => merchant)],
  );
  await tx.query(
    `insert into goods (code, category, name_fa, valid_from)
     select lpad(n::text, 13, '0'), lpad(n::text, 2, '0'), name, '2020-03-20' from unnest($1::text[]) with ordinality as g (name, n)
     on conflict do nothing`,
    [GOODS],
  );
  const sold = Object.entries(GUILDS).flatMap(([guild, sells]) =>
    GOODS.flatMap((_, index) => (sells(index + 1) ? [[guild, String(index + 1).padStart(2, '0')] as const] : [])),
  );
  await tx.query('insert into guild_goods select * from unnest($1::text[], $2::text[]) on conflict do nothing', [
    sold.map(([guild]) => guild),
    sold.map(([, category]) => category),
  ]);
}

/** So that a shop that types one of the demo's numbers is told what becomes of its device. */
async function seedFieldDevices(tx: pg.PoolClient): Promise<void> {
  await tx.query(
    `insert into device_models select model, becomes, '2026-03-21' from unnest($1::text[], $2::text[]) as m (model, becomes)
     on conflict do nothing`,
    [DEMO_MODELS.map(({ model }) => model), DEMO_MODELS.map(({ becomes }) => becomes)],
  );
  const columns = (['number', 'psp', 'model', 'serial'] as const).map((name) => DEMO_FIELD_DEVICES.map((each) => each[name])); // prettier-ignore
  await tx.query(
    'insert into psp_terminals select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) on conflict do nothing',
    columns,
  );
}

/** All households but 910, whose card no programme knows. */
const HOUSEHOLDS = Array.from({ length: DEMO_HOUSEHOLDS }, (_, index) => index + 1).filter((n) => n !== 910);

function members(household: number): number {
  return 1 + (household % 5);
}

async function seedHouseholds(tx: pg.PoolClient, panHash: (pan: string) => Buffer): Promise<void> {
  const ids = HOUSEHOLDS.map(String);
  await tx.query(
    `insert into households (household_id, members, status)
     select id, members, case id when '906' then 'blocked' else 'active' end from unnest($1::text[], $2::int[]) as h (id, members)
     on conflict do nothing`,
    [ids, HOUSEHOLDS.map(members)],
  );
  const pans = HOUSEHOLDS.map(demoPan);
  await tx.query('insert into cards select * from unnest($1::bytea[], $2::text[], $3::text[]) on conflict do nothing', [
    pans.map(panHash),
    pans.map(maskPan),
    ids,
  ]);
}

function demoAllocations(today: string): Allocation[] {
  const month = jalaliMonth(today);
  const before = jalaliMonth(addDays(month.first, -1));
  const after = jalaliMonth(addDays(month.last, 1));
  const usual = { period: month.period, from: month.first, to: month.last };
  return HOUSEHOLDS.flatMap((n): Allocation[] => {
    const household = String(n);
    const rials = 10_000_000n * BigInt(members(n));
    switch (n) {
      case 905:
        return [];
      case 907:
        return [{ household, rials, period: before.period, from: before.first, to: addDays(today, -1) }];
      case 908:
        return [{ ...usual, household, rials: 1n }];
      case 909:
        return [
          { ...usual, household, rials: 3_000_000n, to: addDays(today, 5) },
          { household, rials: 7_000_000n, period: after.period, from: month.first, to: addDays(today, 25) },
        ];
      default:
        return [{ ...usual, household, rials }];
    }
  });
}

/** Adds buckets that are not there yet, each with its posting: the programme's fund owes the household. */
async function allocate(
  tx: pg.PoolClient,
  allocations: readonly Allocation[],
  today: string,
  now: number,
): Promise<void> {
  // First, and by itself: it makes the partitions that the next statement writes to.
  const { rows } = await tx.query<{ day: string }>('select open_business_day($1)::text as day', [today]);
  await tx.query(
    `with added as (
       insert into buckets (household_id, programme_id, period, amount_rials, valid_from, valid_to)
       select household, 'demo', period, rials, valid_from, valid_to
         from unnest($1::text[], $2::text[], $3::bigint[], $4::date[], $5::date[]) as a (household, period, rials, valid_from, valid_to)
       on conflict do nothing returning *)
     insert into postings (household_id, transaction_id, line, business_day, at, kind, bucket_id, programme_fund, household_voucher)
     select household_id, nextval('transaction_ids'), 1, $6, $7, 'allocation', bucket_id, -amount_rials, amount_rials
       from added`,
    [
      allocations.map(({ household }) => household),
      allocations.map(({ period }) => period),
      allocations.map(({ rials }) => rials),
      allocations.map(({ from }) => from),
      allocations.map(({ to }) => to),
      rows[0]?.day,
      now,
    ],
  );
}
