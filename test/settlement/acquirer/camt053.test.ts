import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAcquirerReader } from '../../../src/settlement/acquirer/open.ts';
import { acquirerFiles, journalEntry, simulated } from '../support/acquirer-files.ts';
import { camt053 } from '../support/bank.ts';

const files = acquirerFiles();
afterAll(() => {
  files.remove();
});

const golden = readFileSync(new URL('../samples/CAMT053_SIM_20260321_01_001.xml', import.meta.url), 'utf8');

test('the sample statement is read: what it calls itself, and each card transaction', async () => {
  const { lines, faults, identity } = await files.read(golden);
  expect(faults).toEqual([]);
  expect(identity).toEqual({
    format: 'camt.053',
    psp: 'SIM',
    settlementDate: '2026-03-21',
    cycle: '01',
    sequence: '001',
  });
  expect(
    lines.map(({ line, kind, rrn, voucherRials, cardRials }) => [line, kind, rrn, voucherRials, cardRials]),
  ).toEqual([
    [1, 'SALE', '608012000001', 1_150_000n, 50_000n],
    [2, 'SALE', '608012000002', 0n, 50_000n],
    [3, 'ADJ', '608012000003', 0n, 50_000n],
    [4, 'REV', '608012000001', 1_150_000n, 50_000n],
  ]);
});

test('it says the same as KBSF of the same day', async () => {
  const many = Array.from({ length: 500 }, (_, at) => journalEntry(at + 1, { merchant: '000000000000002' }));
  const camt = await files.read(simulated('camt053', many));
  const kbsf = await files.read(simulated('kbsf', many), 'KBSF_SIM_20260321_01_001.txt');
  expect(camt.faults).toEqual([]);
  expect(camt.lines.map((line) => ({ ...line, line: 0 }))).toEqual(kbsf.lines.map((line) => ({ ...line, line: 0 })));
});

test.each([
  ['<Id>10000001</Id>', '<Id>1000</Id>', 'terminal may not be "1000"'],
  ['<TxRef>608012000001</TxRef>', '<TxRef>6080</TxRef>', 'rrn may not be "6080"'],
  ['<SeqNb>000001</SeqNb>', '', 'stan may not be ""'],
  ['2026-03-21T10:15:02+03:30', '2026-02-30T10:15:02+03:30', 'is not a date and time'],
  ['<SubFmlyCd>POSP', '<SubFmlyCd>ICDT', 'is neither POSP nor POSC'],
  ['<Amt Ccy="IRR">50000</Amt>', '<Amt Ccy="IRR">50001</Amt>', 'Ntry is 50001, its transactions are 50000'],
  ['<Amt Ccy="IRR">50000</Amt>', '<Amt Ccy="EUR">50000</Amt>', 'no Amt in whole IRR'],
  ['<Amt Ccy="IRR">1200000</Amt>', '<Amt Ccy="IRR">1200000.5</Amt>', 'no Amt and InstdAmt in whole IRR'],
  ['<Amt Ccy="IRR">0</Amt>', '<Amt Ccy="IRR">1</Amt>', 'are not the closing balance'],
  ['<Cd>OPBD</Cd>', '<Cd>CLBD</Cd>', 'a second Bal CLBD'],
  ['<Stmt><Id>SIM-2026-03-21', '<Stmt><Id>SIM-2026-03-32', 'is not PSP-date-cycle-sequence'],
  ['</BkToCstmrStmt>', '', 'unexpected close tag'],
])('%s → %s is refused with line, column and reason', async (from, to, reason) => {
  expect(golden).toContain(from);
  const { faults } = await files.read(golden.replace(from, to));
  expect(faults.join('\n')).toMatch(/^\d+:\d+: /);
  expect(faults.join('\n')).toContain(reason);
});

test('entries that are not booked do not count', async () => {
  const booked = '<Sts><Cd>BOOK</Cd></Sts>';
  const last = golden.lastIndexOf(booked);
  const pending = golden.slice(0, last) + '<Sts><Cd>PDNG</Cd></Sts>' + golden.slice(last + booked.length);
  const { lines, faults } = await files.read(pending);
  expect(lines).toHaveLength(3);
  expect(faults.join('\n')).toContain('are not the closing balance');
});

test("a bank's statement of our own account is no acquirer's file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-camt-'));
  const path = join(folder, 's.xml');
  writeFileSync(path, camt053('S1', [{ ids: ['14050902000001'], direction: 'DBIT' }]));
  expect(findAcquirerReader(path, 's.xml', [])).toBeUndefined();
  rmSync(folder, { recursive: true });
});
