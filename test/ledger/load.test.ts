import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadFiles, showCredit, verifyLedger, type LoadedFile } from '../../src/ledger/index.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-load-'));
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
});

beforeEach(async () => {
  await pool.query(
    'truncate households, cards, buckets, postings, programmes, merchants, terminals, goods, loaded_files cascade',
  );
});

afterAll(async () => {
  await pool.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const AT = Date.UTC(2026, 10, 23, 8);
const PAN_KEY = Buffer.alloc(32, 1);
const HOUSEHOLDS = 'household,head_national_id,members,decile';
const CARDS = 'pan,household';
const ALLOCATIONS = 'household,programme,period,amount_rials,valid_from,valid_to';
const ALI = 'A1,0499370899,4,3';
const CREDIT = 'A1,kalabarg,1405-09,40000000,2026-11-22,2026-12-21';

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n') + '\n');
  return path;
}

function load(...paths: string[]): Promise<LoadedFile[]> {
  return loadFiles(pool, paths, { panKey: PAN_KEY, now: AT, profiles: ['native'] });
}

async function count(table: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]?.count);
}

test('files of one load may name each other, in whatever order they come', async () => {
  await load(
    file('allocations.csv', ALLOCATIONS, CREDIT),
    file('cards.csv', CARDS, '6037990000000014,A1'),
    file('households.csv', HOUSEHOLDS, ALI),
  );
  expect(await showCredit(pool, 'A1')).toMatchObject({
    members: 4,
    cards: ['603799******0014'],
    buckets: [{ programme: 'kalabarg', period: '1405-09', leftRials: 40_000_000n }],
  });
  expect(await verifyLedger(pool)).toEqual([]);
});

test('the same file again changes nothing, under any name', async () => {
  await load(file('households.csv', HOUSEHOLDS, ALI));
  await load(file('one.csv', ALLOCATIONS, CREDIT));
  expect(await load(file('two.csv', ALLOCATIONS, CREDIT))).toMatchObject([{ repeated: true }]);
  expect(await count('postings')).toBe(1);
});

test('an allocation that stands already is passed over, and differs at its peril', async () => {
  await load(file('households.csv', HOUSEHOLDS, ALI, 'A2,0499370899,1,'));
  await load(file('first.csv', ALLOCATIONS, CREDIT));
  await load(file('second.csv', ALLOCATIONS, CREDIT, CREDIT.replace('A1', 'A2')));
  expect(await count('buckets')).toBe(2);
  await expect(load(file('third.csv', ALLOCATIONS, CREDIT.replace('40000000', '40000001')))).rejects.toThrow(
    'third.csv:2:21: amount_rials differs from what was allocated',
  );
  expect(await verifyLedger(pool)).toEqual([]);
});

test('every fault is named by line and column, and nothing is taken', async () => {
  const households = file(
    'households.csv',
    HOUSEHOLDS,
    ALI,
    'A-2,0499370899,4,3',
    'A3,0499370890,4,3',
    'A4,0499370899,0,11',
    '"A5",0499370899,4',
  );
  const refused = load(households, file('cards.csv', CARDS, '6037990000000013,A1'));
  await expect(refused).rejects.toMatchObject({
    code: 'load.refused',
    message: `refused, nothing was taken:
  households.csv:3:1: household must be 1 to 20 letters or digits
  households.csv:4:4: head_national_id is not a national id: its check digit is wrong
  households.csv:5:15: members must be a number from 1 to 99
  households.csv:5:17: decile must be a number from 1 to 10
  households.csv:6:1: has 3 fields, the header has 4
  cards.csv:2:1: pan has a wrong check digit`,
  });
  expect(await count('households')).toBe(0);
});

test('at most a hundred faults of a file are named', async () => {
  const wrong = Array.from({ length: 250 }, () => 'no household!,1,1,1');
  const error = await load(file('households.csv', HOUSEHOLDS, ...wrong)).catch((thrown: unknown) => thrown as Error);
  expect((error as Error).message.split('\n')).toHaveLength(101);
});

test.each<[what: string, lines: string[], fault: string]>([
  ['a household nobody declared', [ALLOCATIONS, CREDIT.replace('A1', 'A9')], '2:1: household is not known'],
  [
    'two rows of one name',
    [ALLOCATIONS, CREDIT, CREDIT.replace('2026-12-21', '2026-12-20')],
    '3:1: household comes twice',
  ],
  [
    'an end before its beginning',
    [ALLOCATIONS, CREDIT.replace('2026-12-21', '2026-11-21')],
    '2:41: valid_to is before valid_from',
  ],
  [
    'a day that no calendar has',
    [ALLOCATIONS, CREDIT.replace('2026-12-21', '2026-11-31')],
    '2:41: valid_to must be a date',
  ],
  ['an amount with a sign', [ALLOCATIONS, CREDIT.replace('40000000', '-40000000')], '2:21: amount_rials must be'],
  ['a header of nothing we know', ['a,b,c', '1,2,3'], '1:1: is not the header of a reference file'],
  ['an empty file', [''], '1:1: the file is empty'],
  ['two separators', [ALLOCATIONS.replace(',', ';')], '1:1: is not the header of a reference file'],
  [
    'an amount with an exponent',
    [ALLOCATIONS, CREDIT.replace('40000000', '4E+07')],
    '2:21: amount_rials must be a whole number of rials, 1 to 999999999999999: a spreadsheet wrote it with an exponent',
  ],
  [
    'one code of goods written in two ways',
    ['gtin,category,name_fa,unit,price_cap_rials,valid_from,valid_to', '7,01,a,,,2026-01-01,', '0000000000007,02,b,,,2026-01-01,'], // prettier-ignore
    '3:1: gtin or goods code is the same code as in line 2',
  ],
  [
    'a name that turns the text around it',
    ['gtin,category,name_fa,unit,price_cap_rials,valid_from,valid_to', '8,01,a\u202eb,,,2026-01-01,'],
    '2:6: name_fa must be 1 to 100 characters, none of them for control',
  ],
  ['a quote without an end', [ALLOCATIONS, `"${CREDIT}`], '2:1: a quote that does not end'],
])('%s is refused', async (_, lines, fault) => {
  await load(file('households.csv', HOUSEHOLDS, ALI));
  await expect(load(file('it.csv', ...lines))).rejects.toThrow(`it.csv:${fault}`);
  expect(await count('buckets')).toBe(0);
});

test.each<[what: string, content: string]>([
  ['semicolons', `${ALLOCATIONS};${CREDIT}`.replaceAll(',', ';').replace('valid_to;A1', 'valid_to\nA1')],
  ['tabs, CRLF', `${ALLOCATIONS}\r\n${CREDIT}\r\n`.replaceAll(',', '\t')],
  ['lines that end with CR', `${ALLOCATIONS}\r${CREDIT}\r`],
  [
    'sep=, blank rows, capitals and blanks',
    `sep=,\n\n${ALLOCATIONS.toUpperCase().replaceAll(',', ', ')}\n,,,,,\n${CREDIT.replaceAll(',', ', ')}\n\n`,
  ],
  ['empty columns at the end', `${ALLOCATIONS},,\n${CREDIT},,\n,,,,,,,\n`],
  ['a byte order mark and quotes', `\ufeff${ALLOCATIONS}\n${CREDIT}\n`.replace(/[^,\n\ufeff]+/g, '"$&"')],
])('what a spreadsheet makes of a file is taken: %s', async (_, content) => {
  await load(file('households.csv', HOUSEHOLDS, ALI));
  const path = join(folder, 'spreadsheet.csv');
  writeFileSync(path, content);
  expect(await load(path)).toMatchObject([{ kind: 'allocations', rows: 1, changed: 1 }]);
});

test('faults are named at their column, whatever separates the columns', async () => {
  const path = join(folder, 'semicolon.csv');
  writeFileSync(path, `sep=;\n${HOUSEHOLDS}\n"A1";0499370890;4;3\n`.replaceAll(',', ';'));
  await expect(load(path)).rejects.toThrow(
    'semicolon.csv:3:6: head_national_id is not a national id: its check digit is wrong',
  );
});

test('bytes that are no UTF-8 are refused', async () => {
  const path = join(folder, 'latin.csv');
  writeFileSync(path, Buffer.concat([Buffer.from(`${HOUSEHOLDS}\n`), Buffer.from([0x41, 0xff, 0x0a])]));
  await expect(load(path)).rejects.toThrow('latin.csv:2:1: is not UTF-8 from here on: save it as "CSV UTF-8"');
});

test('a card belongs to one household; a household may have several', async () => {
  await load(
    file('households.csv', HOUSEHOLDS, ALI, 'A2,0499370899,1,'),
    file('cards.csv', CARDS, '6037990000000014,A1', '6037990000000022,A1', '6037990000000014,A1'),
  );
  expect((await showCredit(pool, 'A1'))?.cards).toHaveLength(2);
  await expect(load(file('more.csv', CARDS, '6037990000000014,A2'))).rejects.toThrow(
    'more.csv:2:1: pan is the card of another household',
  );
});

test('no PAN and no national id is stored', async () => {
  await load(file('households.csv', HOUSEHOLDS, ALI), file('cards.csv', CARDS, '6037990000000014,A1'));
  const { rows } = await pool.query('select h, c from households h join cards c using (household_id)');
  expect(JSON.stringify(rows)).not.toMatch(/6037990000000014|0499370899/);
});

test('merchants, terminals and goods replace what was said of them before', async () => {
  const merchants = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
  const shop =
    '000000000000007,"Nan, o panir",dairy,,0499370899,,IR380170000000100000000001,09121234567,1234567890,applied';
  const terminals = 'terminal,merchant,profile,key_scheme,software_version,status';
  const goods = 'gtin or goods code,category,name_fa,unit,price_cap_rials,valid_from,valid_to';
  await load(
    file('merchants.csv', merchants, shop),
    file('terminals.csv', terminals, '10000099,000000000000007,native,,2.1.0,active'),
    file('goods.csv', goods, '6260000000017,11,پنیر,gram,900000,2026-03-21,'),
  );
  await load(file('merchants.csv', merchants, shop.replace('applied', 'approved')));
  const { rows } = await pool.query(
    `select name, m.status, t.software_version, g.unit, g.price_cap_rials from merchants m join terminals t using (merchant_id), goods g`,
  );
  expect(rows).toEqual([
    { name: 'Nan, o panir', status: 'approved', software_version: '2.1.0', unit: '01', price_cap_rials: '900000' },
  ]);
});

test('DE 41 and 42 have letters too; what is no letter or digit is refused', async () => {
  const merchants = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
  const shop = (id: string): string =>
    `${id},Bakery,dairy,,0499370899,,IR380170000000100000000001,09121234567,1234567890,approved`;
  const terminals = 'terminal,merchant,profile,key_scheme,software_version,status';
  const device = (id: string): string => `${id},SHOP00000000A01,native,,,active`;
  await load(
    file('merchants.csv', merchants, shop('SHOP00000000A01')),
    file('terminals.csv', terminals, device('POS0001a')),
  );
  const { rows } = await pool.query('select terminal_id, merchant_id from terminals');
  expect(rows).toEqual([{ terminal_id: 'POS0001a', merchant_id: 'SHOP00000000A01' }]);
  for (const id of ['POS/0001', '../../00', 'POS 0001', 'POS0001', '=POS0001'])
    await expect(load(file('terminals.csv', terminals, device(id)))).rejects.toThrow('8 letters or digits');
  await expect(load(file('merchants.csv', merchants, shop('SHOP-0000000A01')))).rejects.toThrow('15 letters or digits');
});

test('a terminal that speaks what nobody here understands is refused before it sells', async () => {
  const terminals = 'terminal,merchant,profile,key_scheme,software_version,status';
  for (const [profile, scheme, reason] of [
    ['sadad-like', '', 'terminals.csv:2:26: profile must be a profile of this gateway: native'],
    ['NATIVE', '', 'terminals.csv:2:26: profile must be a profile of this gateway: native'],
    ['native', 'tdes', 'terminals.csv:2:33: key_scheme must be one of 01, 02, 03, 04'],
    ['', '05', 'terminals.csv:2:27: key_scheme must be one of 01, 02, 03, 04'],
  ] as const)
    await expect(
      load(file('terminals.csv', terminals, `10000099,000000000000007,${profile},${scheme},,active`)),
    ).rejects.toThrow(reason);
});

test('a shop that settlement could never pay is refused before it sells; one that is there stays', async () => {
  const merchants = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
  const shop = (sheba: string): string =>
    `000000000000007,Nan,dairy,,0499370899,,${sheba},09121234567,1234567890,approved`;
  await load(file('merchants.csv', merchants, shop('IR380170000000100000000001')));
  // Loaded before the check was what it is now.
  await pool.query(`update merchants set sheba = 'IR990179817943138265384964'`);
  for (const [sheba, reason] of [
    ['IR000170000000000000000011', 'has wrong check digits'],
    ['IR010170000000000000000090', 'has wrong check digits'],
    ['IR990179817943138265384964', 'has wrong check digits'],
    ['IR380170000000100000000009', 'has wrong check digits'],
    ['IR279990000000000000000000', 'names no known bank (999)'],
    ['ir380170000000100000000001', 'must be IR and 24 digits'],
  ] as const)
    await expect(load(file('merchants.csv', merchants, shop(sheba)))).rejects.toMatchObject({
      code: 'load.refused',
      message: `refused, nothing was taken:\n  merchants.csv:2:40: sheba ${reason}`,
    });
  const { rows } = await pool.query('select sheba, status from merchants');
  expect(rows).toEqual([{ sheba: 'IR990179817943138265384964', status: 'approved' }]);
  expect(await load(file('merchants.csv', merchants, shop('IR380170000000100000000001')))).toMatchObject([
    { changed: 1 },
  ]);
});

describe('a row that stops a shop or a device is obeyed, whatever else is wrong with it', () => {
  const merchants = 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status';
  const terminals = 'terminal,merchant,profile,key_scheme,software_version,status';
  const GOOD = 'IR380170000000100000000001';
  const OLD = 'IR990179817943138265384964';
  const shop = (sheba: string, status: string, id = '000000000000031', mobile = '09121234567'): string =>
    `${id},Nan,dairy,,0499370899,,${sheba},${mobile},1234567890,${status}`;
  const stands = async () =>
    (await pool.query(`select sheba, mobile, status from merchants where merchant_id = '000000000000031'`))
      .rows[0] as unknown;

  beforeEach(async () => {
    await load(file('merchants.csv', merchants, shop(GOOD, 'approved')));
    await pool.query(`update merchants set sheba = '${OLD}' where merchant_id = '000000000000031'`);
  });

  test.each([
    ['the Sheba that stands, which is wrong', shop(OLD, 'suspended'), 'sheba has wrong check digits'],
    ['another wrong Sheba', shop('IR00', 'suspended'), 'sheba must be IR and 24 digits'],
    ['no Sheba', shop('', 'suspended'), 'sheba must be IR and 24 digits'],
    [
      'a wrong mobile number',
      shop(GOOD, 'suspended', undefined, '123'),
      'mobile must be a mobile number such as 09121234567',
    ],
  ])('%s: suspended, nothing else of the row is taken, and it is told', async (_, row, reason) => {
    const [taken] = await load(file('merchants.csv', merchants, shop(GOOD, 'approved', '000000000000032'), row));
    expect(taken).toMatchObject({ rows: 2, passedOver: [{ line: 3, reason }] });
    expect(await stands()).toEqual({ sheba: OLD, mobile: '09121234567', status: 'suspended' });
    expect(await load(file('merchants.csv', merchants, row))).toMatchObject([{ changed: 0 }]);
    await expect(load(file('merchants.csv', merchants, row.replace('suspended', 'approved')))).rejects.toThrow(reason);
  });

  test('a good row that suspends is taken as a whole', async () => {
    expect(await load(file('merchants.csv', merchants, shop(GOOD, 'suspended')))).toMatchObject([
      { changed: 1, passedOver: [] },
    ]);
    expect(await stands()).toMatchObject({ sheba: GOOD, status: 'suspended' });
  });

  test.each([
    ['a shop that is not there', shop(OLD, 'suspended', '000000000000039'), 'merchant is not there to be suspended'],
    ['no merchant number', shop(OLD, 'suspended', '31'), 'merchant must be 15 letters or digits'],
    ['too few fields', '000000000000031,suspended', 'has 2 fields, the header has 10'],
    ['both ways at once', `${shop(GOOD, 'approved')}\n${shop(OLD, 'suspended')}`, 'comes twice with other values'],
  ])('%s: refused', async (_, rows, reason) => {
    await expect(load(file('merchants.csv', merchants, ...rows.split('\n')))).rejects.toThrow(reason);
    expect(await stands()).toMatchObject({ status: 'approved' });
  });

  test('a stolen device is disabled although its shop and version are wrong, however many there are', async () => {
    const device = (n: number, shopId: string, version: string, status: string): string =>
      `${String(20_000_000 + n)},${shopId},native,,${version},${status}`;
    const all = (shopId: string, version: string, status: string): string[] =>
      Array.from({ length: 120 }, (_, n) => device(n, shopId, version, status));
    await load(file('terminals.csv', terminals, ...all('000000000000031', '2.1.0', 'active')));
    const [taken] = await load(file('terminals.csv', terminals, ...all('000000000000099', '2.1.0', 'disabled')));
    expect(taken).toMatchObject({ changed: 120 });
    expect(taken?.passedOver.length).toBe(100);
    await load(file('terminals.csv', terminals, ...all('000000000000031', '2.1.0', 'active')));
    expect(await load(file('terminals.csv', terminals, ...all('000000000000031', 'two', 'disabled')))).toMatchObject([
      { changed: 120 },
    ]);
    const { rows } = await pool.query(
      `select distinct merchant_id, software_version, status from terminals where terminal_id like '200%'`,
    );
    expect(rows).toEqual([{ merchant_id: '000000000000031', software_version: '2.1.0', status: 'disabled' }]);
  });
});

describe('devices in the field', () => {
  const MODELS = 'model,becomes,since';
  const DEVICES = 'number,psp,model,serial';
  const N910 = 'N-910,update,2026-03-21';
  const DEVICE = '10000001,به‌پرداخت,N-910,N91012345';
  const kept = async (): Promise<unknown[]> =>
    (await pool.query<object>('select number, psp, model, serial, becomes from psp_terminals join device_models using (model)')).rows; // prettier-ignore

  beforeEach(() => pool.query('truncate device_models, psp_terminals'));

  test('are taken with their models, in whatever order, once; a newer file replaces what it names and leaves the rest', async () => {
    const models = file('device-models.csv', MODELS, N910, 'N-520,replacement,2026-03-21');
    const devices = file('psp-terminals.csv', DEVICES, DEVICE, '10000002,سداد,N-520,N52012345');
    expect(await load(devices, models)).toMatchObject([{ kind: 'psp-terminals', changed: 2 }, { kind: 'device-models', changed: 2 }]); // prettier-ignore
    expect(await load(devices, models)).toMatchObject([
      { repeated: true, changed: 0 },
      { repeated: true, changed: 0 },
    ]);
    await load(file('newer.csv', MODELS, N910.replace('update', 'replacement')));
    expect(await load(file('moved.csv', DEVICES, DEVICE.replace('N91012345', 'N91099999')))).toMatchObject([{ changed: 1 }]); // prettier-ignore
    expect(await kept()).toEqual([
      { number: '10000002', psp: 'سداد', model: 'N-520', serial: 'N52012345', becomes: 'replacement' },
      { number: '10000001', psp: 'به‌پرداخت', model: 'N-910', serial: 'N91099999', becomes: 'replacement' },
    ]);
  });

  test.each<[what: string, lines: string[], fault: string]>([
    ['a model that no file brought', [DEVICES, DEVICE, DEVICE.replace('N-910', 'N-1')], '3:20: model is not known'],
    ['a number of seven digits', [DEVICES, DEVICE, DEVICE.slice(1)], '3:1: number must be 8 digits'],
    ['a serial in small letters', [DEVICES, DEVICE.toLowerCase()], '2:26: serial must be 4 to 40 digits or capital letters'], // prettier-ignore
    ['a PSP of one character', [DEVICES, DEVICE.replace('به‌پرداخت', '😀')], '2:10: psp must be 2 to 60 characters'],
    ['a mark of direction in a PSP', [DEVICES, DEVICE.replace('به', 'به\u202e')], '2:10: psp must be 1 to 60 characters, none of them for control'], // prettier-ignore
    ['a number that comes twice', [DEVICES, DEVICE, DEVICE.replace('N91012345', 'N91099999')], '3:1: number comes twice with other values, first in line 2'], // prettier-ignore
    ['what becomes of a model is neither', [MODELS, N910.replace('update', 'scrap')], '2:7: becomes must be one of update, replacement'], // prettier-ignore
    ['a day that is none', [MODELS, N910.replace('03-21', '02-30')], '2:14: since must be a date'],
    ['a model of 61 characters', [MODELS, `${'N'.repeat(61)},update,2026-03-21`], '2:1: model must be 1 to 60 characters'], // prettier-ignore
  ])('%s refuses the whole load', async (_, lines, fault) => {
    const models = file('models.csv', MODELS, 'N-800,update,2026-03-21', ...(lines[0] === DEVICES ? [N910] : []));
    await expect(load(models, file('wrong.csv', ...lines))).rejects.toThrow(`wrong.csv:${fault}`);
    expect([await count('device_models'), await count('psp_terminals')]).toEqual([0, 0]);
  });
});
