import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { tehran } from '../../src/ops/clock.ts';
import { openClient } from '../../src/ops/database.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { runCommand, type CommandResult } from '../support/system.ts';

let server: EmbeddedPostgres;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kalabarg-programme-'));
  server = await temporaryPostgres();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', DATABASE_URL: server.url, KALABARG_DATA: join(folder, 'data') };
}

function programme(...args: string[]): Promise<CommandResult> {
  return runCommand(['programme', ...args], environment());
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const WINTER = `programmes:
  - programme: winter
    rules:
      - { from: 2026-01-01, minCardRials: 50000 }
    charges:
      - from: 2026-01-21
        cohort: all
        validMonths: 1
        amounts: [{ deciles: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], rialsPerPerson: 1000 }]
        days: [{ cohorts: [0], day: 1 }]
`;
const NEW = ['winter: new programme', 'winter: rules 2026-01-01: new', 'winter: charges 2026-01-21: new'];
const lines = ({ stdout }: CommandResult): string[] => stdout.trimEnd().split('\n');

test('a programme is tried, taken, listed, and shown as a file in which apply finds nothing new', async () => {
  const winter = file('winter.yaml', WINTER);
  const dry = await programme('apply', winter, '--dry-run');
  expect([dry.status, dry.stderr, lines(dry)]).toEqual([0, '', [...NEW, 'a dry run: nothing was changed']]);
  expect((await programme('list')).stdout).not.toContain('winter');
  const taken = await programme('apply', winter);
  expect([taken.status, lines(taken)]).toEqual([0, NEW]);
  expect((await programme('list')).stdout).toContain(
    'winter: rules from 2026-01-01; charges from 2026-01-21; 0 entitle',
  );
  for (const form of ['--yaml', '--json']) {
    const shown = await programme('show', 'winter', form);
    const again = await programme('apply', file(`again${form}`, shown.stdout));
    expect([form, again.status, lines(again)]).toEqual([form, 0, ['nothing changed']]);
  }
  const { programmes } = JSON.parse((await programme('show', 'winter', '--json')).stdout) as { programmes: unknown };
  expect(programmes).toMatchObject([{ programme: 'winter', rules: [{ from: '2026-01-01', minCardRials: 50_000 }] }]);
});

test('households are charged on their day, persons times rials, and once', async () => {
  const households = file('households.csv', 'household,head_national_id,members,decile\nA1,0499370899,4,3\n');
  const environment = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: server.url,
    KALABARG_DATA: join(folder, 'data'),
  };
  expect(await runCommand(['credit', 'load', households], environment)).toMatchObject({ status: 0, stderr: '' });
  const charge = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await programme('charge', ...args);
    return `${stdout}${stderr}`.trimEnd();
  };
  expect(await charge('--dry-run')).toBe('winter: 1 households, 4,000 rials due');
  expect(await charge()).toBe('winter: 1 households, 4,000 rials charged');
  expect(await charge()).toBe('winter: 0 households, 0 rials charged');
  expect(await charge('--as-of', '2039-01-01')).toMatch(/^kalabarg: /); // nobody is given what is not due yet
  expect((await runCommand(['ledger', 'verify'], environment)).stdout).toBe('the books are in order\n');
});

describe('what is wrong is said without a stack, with exit status 1', () => {
  test.each<[string, () => string[], string]>([
    ['a programme that is none', () => ['show', 'summer'], 'There is no such programme.'],
    ['a file that is not there', () => ['apply', join(folder, 'none.yaml')], 'cannot be read'],
    ['a file that is no YAML', () => ['apply', file('x.yaml', 'programmes: [')], 'refused, nothing was changed'],
    [
      'a file with faults: every one, by path',
      () => [
        'apply',
        file(
          'y.yaml',
          'programmes:\n  - programme: w\n    rules: [{ from: 2030-01-01, minCardRials: -5, colour: red }]',
        ),
      ],
      'programmes[0].rules[0]: there is no setting colour\n  programmes[0].rules[0].minCardRials: must be >= 0',
    ],
    [
      'rules that would have begun already',
      () => ['apply', file('z.yaml', WINTER.replace('minCardRials: 50000', 'minCardRials: 1'))],
      'rules',
    ],
    [
      'a day that is none',
      () => ['charge', '--as-of', '2026-02-30'],
      '--as-of 2026-02-30: give a day: Gregorian as 2026-11-23, or Jalali as 1405-09-02.',
    ],
    ['a day that the Jalali calendar does not have', () => ['charge', '--as-of', '1404-12-30'], 'give a day:'],
  ])('%s', async (_, args, reason) => {
    const { status, stdout, stderr } = await programme(...args());
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining(reason)]);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

test('an authority of the file is proposed by one, approved by another, listed, and ended by one; what-if says what a purchase would come to', async () => {
  const client = await openClient(server.url);
  await client.query(`insert into programmes values ('remote')`);
  mkdirSync(join(folder, 'data'), { recursive: true });
  const settings = `authorities: [{ name: central, programme: remote, cards: ['627760'], url: 'http://127.0.0.1:9' }]`;
  writeFileSync(join(folder, 'data', 'authorities.yaml'), settings);
  const proposed = await programme('authority', 'propose', 'central', '--from', '2026-01-01', '--reason', 'contract 12', '--by', 'Ali', '--json'); // prettier-ignore
  expect([proposed.status, proposed.stderr]).toEqual([0, '']);
  const { id } = JSON.parse(proposed.stdout) as { id: string };
  const alone = await programme('authority', 'approve', id, '--by', 'ali');
  expect([alone.status, alone.stderr]).toEqual([1, expect.stringContaining('another person must approve')]);
  expect(lines(await programme('authority', 'approve', id, '--by', 'Sara'))[0]).toMatch(
    /^1 approved: central decides remote from .* at http:\/\/127\.0\.0\.1:9, cards 627760 \([0-9a-f]{12}\); Ali, Sara: contract 12$/,
  );
  expect((await programme('authority', 'end', id, '--reason', 'it lies to us', '--by', 'Ali')).status).toBe(0);
  expect(lines(await programme('authority', 'list'))[0]).toMatch(/^1 ended: .*; Ali, Sara, Ali: it lies to us$/);
  expect(lines(await programme('stand-in', 'stood'))).toEqual(['nothing stood in']);
  await client.end();
  const unknown = await programme('what-if', '1', '--amount', '1000');
  expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('no household 1')]);
});

test('what-if of a basket says what the voucher pays of each line, and why not, in both languages and as JSON', async () => {
  const at = (days: number): string => tehran(Date.now() + days * 86_400_000).isoDate;
  const load = async (...files: string[]): Promise<void> => {
    const { status, stderr } = await runCommand(['credit', 'load', ...files], environment());
    expect([status, stderr]).toEqual([0, '']);
  };
  const spring = file('spring.yaml', 'programmes: [{ programme: spring, rules: [{ from: 2026-01-01, minCardRials: 0 }] }]');
  expect((await programme('apply', spring)).stderr).toBe('');
  await load(
    file('households.csv', 'household,head_national_id,members,decile\nB1,0499370899,2,3\n'),
    file('cards.csv', 'pan,household\n6037990000000014,B1\n'),
    file('merchants.csv', 'merchant,name,guild,guild_licence,owner_national_id,tax_code,sheba,mobile,postal_code,status\n000000000000001,فروشگاه,supermarket,,0499370899,,IR380170000000100000000001,09121234567,1234567890,approved\n'),
    file('terminals.csv', 'terminal,merchant,profile,key_scheme,software_version,status\n10000001,000000000000001,native,,,active\n'),
    file('goods.csv', `gtin or goods code,category,name_fa,unit,price_cap_rials,valid_from,valid_to\n6260000000017,06,روغن آفتابگردان,piece,,2020-03-20,\n6260000000024,06,روغن ذرت,piece,,2020-03-20,\n6260000000031,06,برنج,gram,,2020-03-20,\n`),
    file('allocations.csv', `household,programme,period,amount_rials,valid_from,valid_to\nB1,spring,1405-09,2000000,${at(-2)},${at(9)}\n`),
  );
  const basket = file('basket.yaml', `programmes: [{ programme: spring, baskets: [{ from: ${at(1)}, method: fixed, guilds: { supermarket: ['06'] }, items: [
    { item: oil, nameFa: روغن, unit: '01', goods: [{ good: '6260000000017', each: 810 }, { good: '6260000000024', each: 1350 }], perPerson: 810, priceRials: 1000000, voucherRials: 600000 }] }] }]`);
  expect((await programme('basket', 'propose', basket, '--reason', 'circular 12', '--by', 'Ali')).stderr).toBe('');
  expect((await programme('basket', 'approve', '1', '--by', 'Sara')).stderr).toBe('');

  const ask = (...more: string[]) => programme('what-if', 'B1', '--on', at(3), '--rest', 'cash', '--item', '6260000000017,3,2430000', '--item', '6260000000031,500g,400000', ...more); // prettier-ignore
  const english = await ask();
  expect([english.stderr, english.stdout]).toEqual(['', `asks-bank: 10 approved, the rest is due in cash
voucher 972,000, card 0, cash 1,858,000; credit left 1,028,000
spring 1405-09: 972,000
1. روغن آفتابگردان (6260000000017), 3 pc, 2,430,000: voucher 972,000, customer 1,458,000
   a part of its fixed price is the customer’s own
   more than is left of the household's quantity
   ration of oil: 0 g of 1620 g are used
   instead of it: روغن ذرت (6260000000024)
2. برنج (6260000000031), 500 g, 400,000: voucher 0, customer 400,000
   it is not in this programme's basket
`]);
  const persian = await ask('--language', 'fa');
  expect(persian.stdout).toContain('۱. روغن آفتابگردان (۶۲۶۰۰۰۰۰۰۰۰۱۷)، ۳ عدد، ۲٬۴۳۰٬۰۰۰: کالابرگ ۹۷۲٬۰۰۰، مشتری ۱٬۴۵۸٬۰۰۰');
  expect(persian.stdout).toContain('بیش از سهمیهٔ ماندهٔ خانوار');
  expect(JSON.parse((await ask('--json')).stdout)).toMatchObject({
    voucherRials: '972000',
    lines: [{ verdict: '03', voucherRials: '972000', why: [{ code: 'line.customer-part' }, { code: 'line.quantity' }] }, { why: [{ code: 'line.not-in-basket' }] }],
  });
  const today = await programme('what-if', 'B1', '--amount', '1000');
  expect([today.stderr, lines(today)[1]]).toEqual(['', 'voucher 1,000, card 0, cash 0; credit left 1,999,000']);
  expect((await programme('what-if', 'B1')).stderr).toContain('--amount, --item');
}); // prettier-ignore
