import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAcquirerFile } from '../../../src/settlement/acquirer/open.ts';
import type { AcquirerIdentity, AcquirerLine } from '../../../src/settlement/acquirer/model.ts';
import type { Entry } from '../../../src/simulators/bank/index.ts';
import { settlementFile, type SettlementFormat } from '../../../src/simulators/bank/settlement/index.ts';

export interface Found {
  readonly lines: readonly AcquirerLine[];
  /** `line:column: reason` */
  readonly faults: readonly string[];
  readonly identity: AcquirerIdentity;
}

/** Reads files as `reconcile take` does: by what they hold. */
export function acquirerFiles(): { read(content: Buffer | string, name?: string): Promise<Found>; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-acquirer-'));
  return {
    read: async (content, name = 'file') => {
      const path = join(folder, name);
      writeFileSync(path, content);
      const reader = openAcquirerFile(path, name);
      const lines: AcquirerLine[] = [];
      for await (const line of reader.lines()) lines.push(line);
      const faults = reader.faults.list.map(({ line, column, reason }) => `${line}:${column}: ${reason}`);
      return { lines, faults, identity: reader.identity() };
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A purchase in the journal of the bank switch's simulator. */
export function journalEntry(seq: number, changes: Partial<Entry> = {}): Entry {
  return {
    seq,
    at: '2026-03-21T06:45:02.000Z',
    kind: 'purchase',
    mti: '0200',
    processingCode: '000000',
    account: 7,
    maskedPan: '603799******0076',
    terminal: '10000001',
    merchant: '000000000000001',
    stan: String(seq).padStart(6, '0'),
    transmission: '0321064502',
    localDateTime: '0321101502',
    rrn: String(608_012_000_000 + seq),
    rc: '00',
    authCode: '123456',
    amountRials: '50000',
    voucherRials: '1150000',
    movedRials: '-50000',
    pin: 'good',
    original: '',
    ...changes,
  };
}

/** A sale of voucher and card, one by card, a refund, and the reversal of the first. */
export const DAY: readonly Entry[] = [
  journalEntry(1),
  journalEntry(2, { terminal: '10000002', merchant: '000000000000002', voucherRials: '0' }),
  journalEntry(3, { kind: 'refund', processingCode: '200000', movedRials: '50000' }),
  journalEntry(4, { kind: 'reversal', mti: '0400', movedRials: '50000', original: '10000001|000001|0321064502' }),
];

export function simulated(format: SettlementFormat, entries: readonly Entry[] = DAY): Buffer {
  const head = { psp: 'SIM', day: '2026-03-21', cycle: '01', sequence: '001', createdAt: Date.UTC(2026, 2, 21, 20) };
  const shebaOf = (merchant: string): string => (merchant.endsWith('1') ? 'IR380170000000100000000001' : '');
  return settlementFile(entries, { ...head, format, shebaOf }).body;
}
