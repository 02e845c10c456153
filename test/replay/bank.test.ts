import { expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { readCapture, type CapturedFrame } from '../../src/capture/index.ts';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { replayFile, reportText, startPlayedBank } from '../../src/replay/index.ts';
import { startSystem } from '../support/system.ts';

const NAMES = [
  'purchase-split-voucher-and-card',
  'purchase-ordinary-declined',
  'household-bank-silent',
  'purchase-with-chip-data',
  'household-bank-declines',
];
const file = (name: string): string => fileURLToPath(new URL(`../captures/${name}.jsonl`, import.meta.url));

test('terminals and bank of a capture are both played: the gateway between them asks and answers as it did', async () => {
  const frames = NAMES.flatMap((name) => readCapture(file(name)).frames);
  const bank = await startPlayedBank({ frames: [...frames, ...strange(frames)], notes: [] }, { port: 0 });
  const system = await startSystem({ KALABARG_BANK_HOST: '127.0.0.1', KALABARG_BANK_PORT: String(bank.port) });
  try {
    expect(bank.ready()).toBe(true);
    const to = { host: '127.0.0.1', port: Number(system.environment['KALABARG_TERMINAL_PORT']), data: system.data };
    for (const name of NAMES) {
      const result = await replayFile(file(name), { to, ignore: ['48.13'] });
      expect(reportText(result)).toContain('no differences');
    }
    expect(bank.differences).toEqual([]);
    expect(bank.missing().filter((title) => !title.startsWith('04'))).toEqual([
      '0200 000000 of terminal 10000019, 000000000001 rials',
    ]);
  } finally {
    await system.stop();
    await bank.close();
  }
});

/** A request that nobody will make. */
function strange(frames: readonly CapturedFrame[]): CapturedFrame[] {
  const codec = compile(loadSpec('bank-switch'));
  const body = codec.encode({ mti: '0200', fields: { 3: '000000', 4: '000000000001', 11: '000001', 41: '10000019' } });
  const found = frames.find(({ from, dialect }) => from === 'gateway' && dialect === 'bank-switch')!;
  return [{ ...found, body }];
}
