import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paymentDocument } from '../../../src/settlement/payments/layout.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import { schemaFaults } from '../../../src/settlement/payments/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-schema-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const order = {
  instructionId: '14050101000001',
  sheba: 'IR370120000000200000000002',
  name: 'فروشگاه',
  amountRials: 1_200_000n,
  merchant: '000000000000001',
  creditorId: undefined,
};
const head = {
  messageId: 'IR380170000000100000000001000000001',
  createdOn: '2026-03-22',
  payOn: '2026-03-22',
  count: 2,
  sumRials: 2_400_000n,
} as const;

function document(dialect: string, rail: 'PAYA' | 'SATNA' = 'PAYA'): string {
  return [...paymentDocument(builtInProfile(dialect), { ...head, rail }, [order, order])].join('');
}

async function reasons(text: string): Promise<string[]> {
  const path = join(folder, 'file.xml');
  writeFileSync(path, text);
  return (await schemaFaults(path)).map((fault) => fault.reason);
}

test('a strict ISO file is valid, for PAYA and for SATNA', async () => {
  expect(await reasons(document('iso'))).toEqual([]);
  expect(await reasons(document('iso', 'SATNA'))).toEqual([]);
});

test('the newer dialect is not ISO: wrong namespace and an attribute that may not be', async () => {
  expect(await reasons(document('ccti-2'))).toEqual([
    'Document is not of namespace urn:iso:std:iso:20022:tech:xsd:pain.001.001.03',
    'PmtMtd may not have Ccy="IRR"',
  ]);
});

// Each change of a valid file, and the first fault it must give.
test.each([
  ['<PmtInfId>1</PmtInfId>', '', 'PmtMtd may not stand here in PmtInf'],
  ['<PmtMtd>TRF</PmtMtd>', '<PmtMtd>XXX</PmtMtd>', 'PmtMtd may not be "XXX"'],
  ['2026-03-22T', '2026-02-30T', 'CreDtTm is not a date: 2026-02-30'],
  ['<ReqdExctnDt>2026-03-22', '<ReqdExctnDt>1405-13-01', 'ReqdExctnDt is not a date: 1405-13-01'],
  [' Ccy="IRR"', '', 'InstdAmt has no Ccy'],
  ['>1200000<', '>-1200000<', 'InstdAmt may not be "-1200000"'],
  ['<NbOfTxs>2<', '<NbOfTxs>two<', 'NbOfTxs may not be "two"'],
  ['BMJIIRTHXXX', 'BMJI', 'BIC may not be "BMJI"'],
  ['<EndToEndId>14050101000001</EndToEndId>', '', 'PmtId has no EndToEndId'],
  ['<MsgId>IR38', '<MsgId>IR38000000', 'MsgId may not be "IR38000000'],
  ['<Dbtr>', 'stray<Dbtr>', 'PmtInf holds text'],
  ['</PmtInf>', '<CdtTrfTxInf/></PmtInf>', 'CdtTrfTxInf has no PmtId'],
  ['</Document>', '', 'unclosed tag'],
])('%s → %s is refused: %s', async (from, to, reason) => {
  expect((await reasons(document('iso').replace(from, to)))[0]).toContain(reason);
});
