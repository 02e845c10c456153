import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { loadFiles } from '../../src/ledger/index.ts';
import { openPool } from '../../src/ops/database.ts';
import { shopItems, shopOf } from '../../src/shops/index.ts';
import { positionOfListed } from '../../src/shops/listed.ts';
import { gatewayLogin, temporaryPostgres } from '../support/postgres.ts';

/** Shops that a file brings: items whose source is the list, a shop of their own when they are first asked for. */
const NOW = Date.UTC(2026, 10, 27, 8);
const MERCHANT = '000000000000001';
const HEADER = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
let server: EmbeddedPostgres;
let owner: pg.Pool;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-listed-'));
  server = await temporaryPostgres();
  owner = openPool(server.url, 2);
  pool = openPool(await gatewayLogin(server.url), 4);
  for (const each of [owner, pool]) each.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function load(status: string, sheba = 'IR710560000000100324200001'): Promise<number> {
  const path = join(folder, 'merchants.csv');
  writeFileSync(path, `${HEADER}\n${MERCHANT},سوپر,dairy,0451123456,0010350829,,${sheba},09121234567,,${status}\n`);
  const options = { panKey: Buffer.alloc(32, 1), now: NOW, profiles: ['native'] };
  return (await loadFiles(owner, [path], options))[0]?.changed ?? -1;
}

const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await shopItems(pool, MERCHANT, NOW)).items.map(({ code, state }) => [code, state]));

test('what the list says is met, what it leaves out is due; nothing else is made by a load', async () => {
  expect(await load('approved')).toBe(1);
  const shop = await shopItems(pool, MERCHANT, NOW);
  expect(shop).toMatchObject({ listed: 'approved', position: { state: 'APPROVED' } });
  expect(new Set(shop.items.map(({ source }) => source))).toEqual(new Set(['registry']));
  expect(await states()).toMatchObject({
    sheba: 'met',
    guild_licence: 'met',
    mobile: 'met',
    tax_code: 'due',
    address: 'due',
    terms: 'due',
  });
  const made = await owner.query(
    'select (select count(*)::int from shops) as shops, (select count(*)::int from shop_items) as items',
  );
  expect(made.rows).toEqual([{ shops: 0, items: 0 }]);
});

test('the next list is what counts: a value and a status that change are seen at once, A-B-A too', async () => {
  await load('approved');
  expect(await load('suspended')).toBe(1);
  expect(await shopItems(pool, MERCHANT, NOW)).toMatchObject({ listed: 'suspended' });
  expect(await load('approved')).toBe(1); // the same bytes as before: they are applied, since what stands there differs
  expect(await load('approved')).toBe(0);
  expect(await load('applied', 'IR970170000000100324200002')).toBe(1);
  const shop = await shopItems(pool, MERCHANT, NOW);
  expect(shop.position).toMatchObject({ state: 'CHECKING', waiting: { on: 'registry', can: ['wait'] } });
  expect(shop.items.find(({ code }) => code === 'sheba')).toMatchObject({
    state: 'submitted',
    value: { sheba: 'IR970170000000100324200002' },
  });
});

test('a shop of its own is made when it is first asked for, once, also by two at once', async () => {
  await load('approved');
  const both = await Promise.all([shopOf(pool, MERCHANT), shopOf(pool, MERCHANT)]);
  expect(both[0]).toBe(both[1]);
  await expect(shopOf(pool, '000000000000099')).rejects.toMatchObject({ code: 'shops.unknown' });
  await expect(shopItems(pool, '000000000000099', NOW)).rejects.toMatchObject({ code: 'shops.unknown' });
});

test('what two persons approved stands in place of the list', async () => {
  await load('approved');
  const shop = await shopOf(pool, MERCHANT);
  await owner.query(
    `insert into shop_cases (case_id, number, shop_id, rule_version, name, guild, begun_at, due, state)
     overriding system value values (77, '100000777', $1, '1405-1', 'سوپر', 'dairy', now(), now(), 'APPROVED')`,
    [shop],
  );
  await owner.query(
    `insert into shop_proofs (merchant_id, code, case_id, waived, since) values ($1, 'address', 77, true, now()), ($1, 'tax_code', 77, false, now())`,
    [MERCHANT],
  );
  expect(await states()).toMatchObject({ address: 'waived', tax_code: 'met', sheba: 'met' });
});

test('every state of the list is an end, or waits on one party until an instant', () => {
  for (const listed of ['applied', 'approved', 'suspended'] as const) {
    const { state, waiting } = positionOfListed(listed, NOW, 1_000);
    expect(waiting === undefined ? state : waiting.until).toBe(listed === 'applied' ? NOW + 1_000 : 'APPROVED');
  }
});
