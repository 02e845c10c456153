import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { openPool } from '../../src/ops/database.ts';
import { DECISIONS, DOOR } from '../../src/ops/function-set.ts';
import { readOwnSide } from '../../src/owners/index.ts';
import { doorLogin, temporaryPostgres } from '../support/postgres.ts';

/** What a process that serves the public alone can do in the database, tried as its role. */
let server: EmbeddedPostgres;
let owner: pg.Pool;
let door: pg.Pool;

beforeAll(async () => {
  server = await temporaryPostgres();
  owner = openPool(server.url, 1);
  door = openPool(await doorLogin(server.url), 2);
  for (const each of [owner, door]) each.on('error', () => undefined);
});
afterAll(async () => {
  await door.end();
  await owner.end();
  await server.stop();
});

test.each([
  'transactions',
  'postings',
  'journal',
  'buckets',
  'quotes',
  'requests',
  'households',
  'cards',
  'voucher_sales',
  'settlement_postings',
  'merchant_nets',
  'breaks',
  'terminal_keys',
  'hsm_keys',
  'installation',
  'persons',
  'person_factors',
  'person_tokens',
  'recovery_codes',
  'api_requests',
  'audit',
  'messages',
  'signals',
  'signal_rules',
  'bank_advices',
])('it reads no %s', async (table) => {
  await expect(door.query(`select * from ${table}`)).rejects.toThrow('permission denied');
});

test('it reads and writes what the machines of shops and owners need, and nothing else', async () => {
  const { rows } = await owner.query<{ name: string; rights: string }>(
    `select c.relname as name, concat_ws(' ', case when has_any_column_privilege('door_1', c.oid, 'select') then 'select' end,
              case when has_any_column_privilege('door_1', c.oid, 'insert') then 'insert' end,
              case when has_any_column_privilege('door_1', c.oid, 'update') then 'update' end,
              case when has_table_privilege('door_1', c.oid, 'delete') then 'delete' end) as rights
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm') and n.nspname = 'public' order by 1`,
  );
  const found = Object.fromEntries(
    rows.filter(({ rights }) => rights !== '').map(({ name, rights }) => [name, rights]),
  );
  expect(found).toEqual({
    audit: 'insert',
    calendar_overrides: 'select',
    calendar_weekends: 'select',
    complaint_events: 'select insert',
    complaints: 'select insert update',
    device_models: 'select',
    fee_tables: 'select',
    goods: 'select',
    guild_goods: 'select',
    holidays: 'select',
    merchant_guilds: 'select', // whose fees a day that is open has
    merchants: 'select',
    messages: 'insert',
    migrations: 'select',
    money_units: 'select',
    notice_papers: 'select insert update',
    owner_attempts: 'select insert update delete',
    owner_codes: 'select insert update',
    owner_sessions: 'select insert update',
    paper_keys: 'select',
    paya_cycles: 'select',
    payment_units: 'select',
    psp_terminals: 'select',
    public_shops: 'select',
    rail_limits: 'select',
    reason_templates: 'select',
    registries: 'select',
    settlement_terms: 'select',
    sheba_changes: 'select',
    shop_cases: 'select insert update',
    shop_confirmations: 'select',
    shop_decisions: 'select',
    shop_item_history: 'select insert',
    shop_items: 'select insert update',
    shop_notices: 'select update',
    shop_papers: 'select insert update',
    shop_proofs: 'select',
    shop_reminders: 'select',
    shop_reviews: 'select',
    shop_rules: 'select',
    shop_staff: 'select insert update delete',
    shop_standing: 'select',
    shops: 'select insert',
    staff_lessons: 'select insert',
  });
});

test('of the keys of papers it has the half that adds, not the one that opens', async () => {
  await door.query('select key_id, public from paper_keys');
  await expect(door.query('select sealed from paper_keys')).rejects.toThrow('permission denied');
  await expect(door.query('select hsm_key from paper_keys')).rejects.toThrow('permission denied');
});

test('it runs no function with the owner’s rights, decides nothing, and makes nothing', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') and p.prorettype <> 'trigger'::regtype
        and has_function_privilege('door_1', p.oid, 'execute') order by 1`,
  );
  // whose a device is, by its serial; an owner may stop a change of Sheba; of money, what an owner or the holder of a receipt may see
  const names = [
    'cases_of_device',
    'look_at',
    'mine',
    'purchase_of',
    'receipt_credit', // of this version's functions
    'receipt_credit', // of versions up to 0.2
    'receipt_of',
    'software_serves',
    'stop_sheba_change',
  ];
  expect(rows.map(({ name }) => name)).toEqual(names);
  await expect(door.query(`select ${DECISIONS}.operations()`)).rejects.toThrow(
    'permission denied for schema decisions',
  );
  await expect(door.query('create table mine (a int)')).rejects.toThrow('permission denied');
  await expect(door.query('create schema mine')).rejects.toThrow('permission denied');
  await expect(door.query('set role kalabarg_gateway')).rejects.toThrow('permission denied');
});

test('it changes no past of a case, and no merchant', async () => {
  await expect(door.query(`update shop_item_history set state = 'met'`)).rejects.toThrow('permission denied');
  await expect(door.query(`update merchants set status = 'approved'`)).rejects.toThrow('permission denied');
  await expect(door.query(`insert into shop_reviews values (1, 1, 1, 1, 'approve', null, now())`)).rejects.toThrow(
    'permission denied',
  );
  await expect(door.query(`update shop_decisions set confirmed_by = 1`)).rejects.toThrow('permission denied');
  await expect(door.query(`delete from shop_cases`)).rejects.toThrow('permission denied');
});

describe('of money it sees what the owner of a session may see', () => {
  const [MINE, OTHER] = ['000000000000001', '000000000000002'] as const;
  let session: string;

  beforeAll(async () => {
    await owner.query(
      `insert into merchants (merchant_id, name, guild, sheba, status, mobile)
       select v.id, v.id, 'supermarket', 'IR380170000000100000000001', 'approved', v.mobile
         from (values ('${MINE}', '09121234567'), ('${OTHER}', '09127654321')) v (id, mobile)`,
    );
    await owner.query(
      `insert into terminals (terminal_id, merchant_id, status, profile) values ('10000001', '${MINE}', 'active', 'native'), ('10000002', '${OTHER}', 'active', 'native')`,
    );
    for (const shop of [MINE, OTHER])
      await owner.query(
        `insert into merchant_nets (business_day, merchant_id, purchases, purchase_rials, returns, return_rials, reversals, reversal_rials, fee_rials, carried_rials, net_rials)
         values ('2026-11-01', '${shop}', 1, 100, 0, 0, 0, 0, 0, 0, 100)`,
      );
    const { rows } = await owner.query<{ id: string }>(
      `insert into owner_sessions (mobile, sha256, made_at, used_at, expires_at)
       values ('09121234567', sha256('a'), now(), now(), now() + interval '1 hour') returning session_id::text as id`,
    );
    session = rows[0]?.id ?? '';
  });

  const shops = (of: string | undefined): Promise<(string | undefined)[]> =>
    readOwnSide(door, of === undefined ? undefined : { mobile: '', session: of }, async (db) => [
      ...(await db.query<{ id: string }>('select merchant_id as id from merchant_nets')).rows.map(({ id }) => id),
      ...(await db.query<{ id: string }>('select terminal_id as id from terminals')).rows.map(({ id }) => id),
    ]);

  test('its own shops; nothing without a session, of another one’s number, or after its end', async () => {
    expect(await shops(session)).toEqual([MINE, '10000001']);
    expect(await shops(undefined)).toEqual([]);
    expect(await shops('999')).toEqual([]);
    await owner.query('update owner_sessions set ended_at = now() where session_id = $1', [session]);
    expect(await shops(session)).toEqual([]);
    await owner.query(
      `update owner_sessions set ended_at = null, expires_at = now() - interval '1 s' where session_id = $1`,
      [session],
    );
    expect(await shops(session)).toEqual([]);
  });

  test('nothing in these views is written, and no token of a key is in them', async () => {
    await expect(door.query(`update ${DOOR}.terminals set blocked = true`)).rejects.toThrow('permission denied');
    await expect(door.query(`delete from ${DOOR}.merchant_nets`)).rejects.toThrow('permission denied');
    const { rows } = await owner.query<{ type: string }>(
      `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = '${DOOR}.terminal_keys'::regclass and attname = 'keys'`,
    );
    expect(rows).toEqual([{ type: 'boolean' }]);
  });
});
