import type { Command } from 'commander';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { readJournal } from '../../simulators/bank/index.ts';
import {
  SETTLEMENT_FORMATS,
  settlementFile,
  settlementFormat,
  sha256File,
} from '../../simulators/bank/settlement/index.ts';

interface Options {
  readonly data: string;
  readonly out: string;
  readonly format: string;
  readonly day?: string;
  readonly psp: string;
  readonly cycle: string;
  readonly sequence: string;
  readonly sheba: ReadonlyMap<string, string>;
}

/** The simulated acquirer's settlement file of a day, out of its journal (files.md). */
export function registerSettlement(bank: Command): void {
  bank
    .command('settlement')
    .description("write the acquirer's settlement file of a day, from the simulator's journal")
    .requiredOption('--data <folder>', "the simulator's data folder")
    .option('--out <folder>', 'where to', '.')
    .option('--format <name>', `${SETTLEMENT_FORMATS.join(', ')}, or all`, 'kbsf')
    .option('--day <YYYY-MM-DD>', 'settlement date (default: today in Tehran)')
    .option('--psp <code>', 'three capitals or digits', 'SIM')
    .option('--cycle <nn>', 'two digits', '01')
    .option('--sequence <nnn>', 'three digits', '001')
    .option('--sheba <merchant=IBAN>', "a merchant's Sheba, repeatable (default: left out)", sheba, new Map())
    .action(run);
}

function run({ data, out, format, day, psp, cycle, sequence, sheba: shebas }: Options): void {
  const entries = readJournal(join(data, 'journal.jsonl'));
  const now = systemClock.now();
  const identity = { psp, cycle, sequence, day: day ?? tehran(now).isoDate, createdAt: now };
  const shebaOf = (merchant: string): string => shebas.get(merchant) ?? '';
  const formats = format === 'all' ? SETTLEMENT_FORMATS : [settlementFormat(format)];
  mkdirSync(out, { recursive: true });
  for (const one of formats) {
    const file = settlementFile(entries, { ...identity, format: one, shebaOf });
    const hash = sha256File(file);
    writeFileSync(join(out, file.name), file.body);
    writeFileSync(join(out, hash.name), hash.text);
    console.log(`${join(out, file.name)}: ${file.lines} lines`);
  }
}

function sheba(value: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [, merchant, iban] = /^(\w{15})=(IR\d{24})$/.exec(value) ?? [];
  if (merchant === undefined || iban === undefined) {
    throw new GatewayError('bank.option', `--sheba ${value}: wants merchant=IBAN.`);
  }
  return new Map(before).set(merchant, iban);
}
