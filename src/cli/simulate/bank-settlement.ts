import type { Command } from 'commander';
import { join } from 'node:path';
import { systemClock, tehran } from '../../ops/clock.ts';
import { readJournal } from '../../simulators/bank/index.ts';
import {
  SETTLEMENT_FORMATS,
  settlementFile,
  settlementFormat,
  sha256File,
} from '../../simulators/bank/settlement/index.ts';
import { makeFolder, writeText } from '../files.ts';
import { day, withJson, wrongOption } from '../options.ts';
import { howMany, printEach, type JsonOption } from '../print.ts';

interface Options extends JsonOption {
  readonly data: string;
  readonly out: string;
  readonly format: string;
  readonly day?: string;
  readonly psp: string;
  readonly cycle: string;
  readonly sequence: string;
  readonly sheba?: ReadonlyMap<string, string>;
}

/** The simulated acquirer's settlement file of a day, out of its journal (files.md). */
export function registerSettlement(bank: Command): void {
  const settlement = bank
    .command('settlement')
    .description("write the acquirer's settlement file of a day, from the simulator's journal")
    .requiredOption('--data <folder>', "the simulator's data folder")
    .option('--out <folder>', 'where to write', '.')
    .option('--format <name>', `${SETTLEMENT_FORMATS.join(', ')}, or all`, 'kbsf')
    .option('--day <day>', 'settlement date, Gregorian or Jalali (default: today in Tehran)', day('--day'))
    .option('--psp <code>', 'three capitals or digits', 'SIM')
    .option('--cycle <nn>', 'two digits', '01')
    .option('--sequence <nnn>', 'three digits', '001')
    .option('--sheba <merchant=IBAN>', "a merchant's Sheba, repeatable (default: left out)", sheba);
  withJson(settlement).action(run);
}

function run(options: Options): void {
  const { data, out, format, psp, cycle, sequence, sheba: shebas = new Map<string, string>() } = options;
  const entries = readJournal(join(data, 'journal.jsonl'));
  const now = systemClock.now();
  const identity = { psp, cycle, sequence, day: options.day ?? tehran(now).isoDate, createdAt: now };
  const shebaOf = (merchant: string): string => shebas.get(merchant) ?? '';
  const formats = format === 'all' ? SETTLEMENT_FORMATS : [settlementFormat(format)];
  makeFolder(out);
  const written = formats.map((one) => {
    const file = settlementFile(entries, { ...identity, format: one, shebaOf });
    const hash = sha256File(file);
    writeText(join(out, file.name), file.body);
    writeText(join(out, hash.name), hash.text);
    return { file: join(out, file.name), format: one, lines: file.lines };
  });
  printEach(options, written, () => written.map(({ file, lines }) => `${file}: ${howMany(lines, 'line')}`).join('\n'));
}

function sheba(value: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const [, merchant, iban] = /^(\w{15})=(IR\d{24})$/.exec(value) ?? [];
  if (merchant === undefined || iban === undefined)
    throw wrongOption(`--sheba ${value}`, 'the merchant and its Sheba, as 000000000000001=IR…');
  return new Map(before).set(merchant, iban);
}
