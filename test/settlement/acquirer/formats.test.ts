import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unitsOf } from '../../../src/field/money-unit.ts';
import { readUnits } from '../../../src/ledger/index.ts';
import { listBreaks } from '../../../src/settlement/acquirer/desk.ts';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import { takeAcquirerFile, type AcquirerIntake } from '../../../src/settlement/acquirer/take.ts';
import type { SettlementFormat } from '../../../src/simulators/bank/settlement/index.ts';
import { journalEntry, simulated } from '../support/acquirer-files.ts';
import { testSheba } from '../support/books.ts';
import { openLedgerBooks, type LedgerBooks } from '../support/ledger-books.ts';

const DAY = '2026-03-21';
const NOW = Date.parse('2026-03-22T06:00:00Z');
const FORMATS = ['ipm-ebcdic-blocked', 'camt053'] as const;

let books: LedgerBooks;
beforeAll(async () => {
  books = await openLedgerBooks();
  await books.openDay('2026-03-20');
  await books.addShop(1, testSheba(1));
  await books.addShop(2, testSheba(2));
});
afterAll(async () => {
  await books.close();
});

/** Per format its own five transactions: the rules pair each of ours once. */
const rrn = (format: SettlementFormat, id: number): string =>
  String(608_000_000_000 + 1_000 * (FORMATS as readonly string[]).indexOf(format) + id);

function told(format: SettlementFormat): Buffer {
  const entry = (id: number, voucher: number, original = ''): ReturnType<typeof journalEntry> =>
    journalEntry(id, {
      rrn: rrn(format, id),
      merchant: '000000000000002',
      terminal: '10000002',
      voucherRials: String(voucher),
      ...(original === '' ? {} : { kind: 'reversal', mti: '0400', movedRials: '50000', original }),
    });
  return simulated(format, [
    entry(1, 1_000),
    entry(2, 2_001), // 2,000 here
    entry(3, 3_000),
    entry(4, 0, '10000002|000003|0321064502'), // takes 3 back
    entry(9, 900), // unknown here
  ]);
}

function take(name: string, content: Buffer): Promise<AcquirerIntake> {
  const path = join(books.dataDir, name);
  writeFileSync(path, content);
  return takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name), NOW);
}

test.each(FORMATS)('%s is matched and raises breaks by the same rules as KBSF', async (format) => {
  const sale = { kind: 'purchase', day: DAY, shop: 2, card: 50_000 } as const;
  const base = 1_000_000 * (FORMATS.indexOf(format) + 1);
  await books.add([
    { ...sale, id: base + 1, voucher: 1_000, rrn: rrn(format, 1) },
    { ...sale, id: base + 2, voucher: 2_000, rrn: rrn(format, 2) },
    { ...sale, id: base + 3, voucher: 3_000, rrn: rrn(format, 3), state: 'reversed' },
    { ...sale, id: base + 4, kind: 'reversal', voucher: 3_000, rrn: rrn(format, 3), originalId: base + 3 },
  ]);
  const content = told(format);
  expect(await take(`a-file-of.${format}`, content)).toMatchObject({
    repeated: false,
    lines: 5,
    matched: 3,
    breaks: { AMOUNT_DIFF: 1, ONLY_ACQUIRER: 1 },
  });
  const breaks = await listBreaks(books.pool, { now: NOW });
  expect(breaks.filter((each) => [2, 9].some((id) => each.rrn === rrn(format, id))).map((each) => each.rials)).toEqual([
    '1',
    '900',
  ]);
  expect(await take(`again.${format}`, content)).toMatchObject({ repeated: true });
  // The same identity with other bytes: an IPM file may be blocked or not, a statement may have another line end.
  const other =
    format === 'camt053' ? Buffer.concat([content, Buffer.from('\n')]) : simulated('ipm', [journalEntry(1)]);
  await expect(take(`other.${format}`, other)).rejects.toMatchObject({ code: 'file.conflict' });
  await expect(take(`cut.${format}`, content.subarray(0, -60))).rejects.toMatchObject({ code: 'file.refused' });
});

describe('in another unit than the rial', () => {
  /** 10,000 rials with two decimals; PSP DIV from DAY on. */
  const COIN = { unit: 'new-rial', from: DAY, alpha: 'IRN', numeric: '999', exponent: 2, rials: 10_000, nameFa: 'ریال نو', nameEn: 'new rial', lawful: true }; // prettier-ignore

  function kbsf(lines: readonly (readonly [rrn: string, total: number, voucher: number, card: number])[], currency = 'IRN', sequence = '001') {
    const name = `KBSF_DIV_20260321_01_${sequence}.txt`;
    const head = [`H|KBSF|1|DIV|20260321|01|${sequence}|20260322013000|${currency}|Asia/Tehran`];
    const details = lines.map(([ref, total, voucher, card], n) => `D|${n + 1}|10000002|000000000000002|20260321101502|000001|${ref}|0200|179800|603799******0006|00|SALE|${total}|${voucher}|${card}||20260321||0|0`);
    const sum = lines.reduce((all, [, total]) => all + total, 0);
    const body = [...head, ...details].map((line) => `${line}\n`).join('');
    return { name, text: `${body}T|${lines.length}|${sum}|0|${sum}|${createHash('sha256').update(body).digest('hex')}\n` };
  } // prettier-ignore

  async function takeInUnits({ name, text }: { name: string; text: string }): Promise<AcquirerIntake> {
    const path = join(books.dataDir, name);
    writeFileSync(path, text);
    return takeAcquirerFile(books.pool, path, name, openAcquirerFile(path, name, [], undefined, await readUnits(books.pool)), NOW); // prettier-ignore
  }

  test('a purchase that was made in rials matches the line that says it in steps of the new unit, by the rule of rounding', async () => {
    const { unit, from, alpha, numeric, exponent, rials, nameFa, nameEn } = COIN;
    await books.pool.query('insert into money_units values ($1, $2, $3, $4, $5, $6, $7, $8, true)', [unit, from, alpha, numeric, exponent, rials, nameFa, nameEn]);
    await books.pool.query(`insert into acquirer_units values ('DIV', $1, 'new-rial', 'half-up')`, [DAY]);
    const sale = (id: number, voucher: number, card: number) =>
      ({ kind: 'purchase', day: DAY, shop: 2, id: 9_000_000 + id, voucher, card, rrn: ref(id) }) as const;
    const ref = (id: number): string => String(608_900_000_000 + id);
    await books.add([sale(1, 1_234_500, 50_000), sale(2, 1_234_567, 49_983), sale(3, 1_000_049, 0), sale(4, 2_000_000, 0), sale(5, 3_000_000, 0)]);
    const lines = [
      [ref(1), 12_845, 12_345, 500], // says it all
      [ref(2), 12_846, 12_346, 500], // 1,284,550, half up; its parts are a step off at most
      [ref(3), 10_000, 10_000, 0], // 1,000,049, down
      [ref(4), 20_001, 20_001, 0], // a step too much
      [ref(5), 30_000, 29_999, 1], // its parts are a whole step off
    ] as const;
    expect(await takeInUnits(kbsf(lines))).toMatchObject({ lines: 5, matched: 4, breaks: { AMOUNT_DIFF: 2 } });
    const breaks = (await listBreaks(books.pool, { now: NOW })).filter((each) => [4, 5].some((id) => each.rrn === ref(id)));
    expect(breaks.map((each) => [each.rrn, each.rials]).toSorted()).toEqual([[ref(4), '100'], [ref(5), '100']]);
    const kept = await books.pool.query(`select total_rials::int as total, step_rials::int as step from acquirer_lines where rrn = $1`, [ref(2)]);
    expect(kept.rows).toEqual([{ total: 1_284_600, step: 100 }]);
  }); // prettier-ignore

  test('a file in a unit that is not its PSP’s on that day is refused by name', async () => {
    await expect(takeInUnits(kbsf([[String(608_900_000_000), 1, 1, 0]], 'IRR', '002'))).rejects.toMatchObject({
      code: 'file.refused',
      message: expect.stringContaining('1:45: currency may not be "IRR": files of DIV are in IRN on that day'),
    });
  });

  test('IPM and camt.053 by the code in each amount; a line of IPM may repeat the unit of its own day', async () => {
    // the simulator's codes, here of a unit that counts hundreds of rials
    const rows = (psp: string, from: string): Parameters<typeof unitsOf>[0] => ({
      units: [{ ...COIN, alpha: 'IRR', numeric: '364' }, { ...COIN, unit: 'rial', from: '2000-01-01', exponent: 0, rials: 1 }],
      acquirerUnits: [{ psp, from, in: 'new-rial', rounding: 'down' }],
    });
    const linesOf = async (format: SettlementFormat, given: Parameters<typeof unitsOf>[0]) => {
      const path = join(books.dataDir, `units.${format}`);
      writeFileSync(path, simulated(format, [journalEntry(1)]));
      const reader = openAcquirerFile(path, `units.${format}`, [], undefined, unitsOf(given));
      const lines = [];
      for await (const line of reader.lines()) lines.push(line);
      return { lines, faults: reader.faults.list.map(({ reason }) => reason) };
    };
    expect(await linesOf('ipm', rows('SIM', DAY))).toMatchObject({ faults: [], lines: [{ totalRials: 120_000_000n, voucherRials: 115_000_000n, stepRials: 100n }] });
    expect(await linesOf('camt053', rows('SIM', DAY))).toMatchObject({ faults: [], lines: [{ totalRials: 12_000_000_000n, cardRials: 500_000_000n, stepRials: 100n }] });
    expect((await linesOf('ipm', { ...rows('SIM', DAY), units: [COIN] })).faults).toEqual(['DE 49 may not be "364"']);
    expect((await linesOf('camt053', { ...rows('SIM', DAY), units: [{ ...COIN, unit: 'rial', alpha: 'IRR', exponent: 0, rials: 1 }, COIN] })).faults).toEqual(['amounts are in IRR: files of SIM are in IRN on that day']);
    expect((await linesOf('ipm', rows('OTHER', DAY))).lines).toMatchObject([{ totalRials: 1_200_000n }]);
  }); // prettier-ignore
});
