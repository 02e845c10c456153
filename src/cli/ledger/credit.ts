import Table from 'cli-table3';
import type { Command } from 'commander';
import { createHmac } from 'node:crypto';
import { basename } from 'node:path';
import {
  loadFiles,
  migrate,
  openPanKey,
  referenceColumns,
  showCredit,
  type HouseholdCredit,
} from '../../ledger/index.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { withBooks } from '../books.ts';
import { PROFILE_NAMES } from '../../profiles/index.ts';

export function register(program: Command): void {
  const credit = program.command('credit').description('households, cards, credit and goods: load them, look at them');
  credit
    .command('load')
    .description('take reference files, all or none: households, cards, allocations, merchants, terminals, goods (CSV)')
    .argument('<file...>', 'their header lines say what they are; in any order')
    .addHelpText('after', () => `\nColumns (docs/files.md):\n${columnsText()}`)
    .action(load);
  credit
    .command('show')
    .description('the credit of a household: what it has, has spent, and what is held')
    .argument('<household|card>')
    .option('--json', 'for programs')
    .action(show);
}

function columnsText(): string {
  return referenceColumns()
    .map(({ file, columns }) => `  ${file.padEnd(17)}${columns.join(',')}`)
    .join('\n');
}

function tellMade(file: string): void {
  console.log(`${file} was made: PANs are hashed with it. Back it up; every copy of the gateway needs the same.`);
}

async function load(files: string[]): Promise<void> {
  await withBooks(async (pool, config) => {
    await migrate(pool);
    const panKey = await openPanKey(pool, config.data, tellMade);
    const bar = progressBar();
    const start = systemClock.monotonic();
    const loaded = await loadFiles(pool, files, {
      panKey,
      now: systemClock.now(),
      profiles: PROFILE_NAMES,
      onProgress: ({ step, done, of }) => {
        bar.show(step, of === 0 ? 1 : done / of);
      },
    }).finally(() => {
      bar.end();
    });
    for (const { path, kind, rows, changed, repeated, passedOver } of loaded) {
      const count = changed === 0 ? 'nothing changed' : `${changed.toLocaleString('en')} changed`;
      const taken = repeated ? 'taken again' : 'taken';
      console.log(`${basename(path)}: ${rows.toLocaleString('en')} ${kind} ${taken}, ${count}`);
      for (const { line, column, reason } of passedOver)
        console.log(`  ${basename(path)}:${line}:${column}: ${reason}: not taken; of this row only its status is`);
    }
    console.log(`in ${((systemClock.monotonic() - start) / 1_000).toFixed(1)} s`);
  });
}

/** On a terminal only: a log has no use for it. */
function progressBar(): { show(step: string, share: number): void; end(): void } {
  const width = 40;
  let last = '';
  return {
    show(step, share) {
      const full = Math.round(Math.min(1, share) * width);
      const text = `${step.padEnd(8)} [${'#'.repeat(full)}${'-'.repeat(width - full)}] ${Math.floor(share * 100)} %`;
      if (!process.stderr.isTTY || text === last) return;
      last = text;
      process.stderr.write(`\r${text}`);
    },
    end() {
      if (last !== '') process.stderr.write('\r\x1b[K');
    },
  };
}

async function show(name: string, options: { json?: boolean }): Promise<void> {
  await withBooks(async (pool, config) => {
    const panKey = await openPanKey(pool, config.data);
    const byName = await showCredit(pool, name);
    const found = byName ?? (await showCredit(pool, createHmac('sha256', panKey).update(name).digest()));
    if (found === undefined) throw new GatewayError('credit.unknown', 'There is no such household, nor such a card.');
    if (options.json === true) {
      console.log(JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2));
    } else console.log(report(found));
  });
}

function report({ household, members, status, cards, buckets, quantities, recent }: HouseholdCredit): string {
  const lines = [`household ${household}: ${members} members, ${status}; cards: ${cards.join(', ') || 'none'}`];
  const today = tehran(systemClock.now()).isoDate;
  const sum = (of: typeof buckets): string => grouped(of.reduce((rials, bucket) => rials + bucket.leftRials, 0n));
  const open = buckets.filter(({ validFrom, validTo }) => validFrom <= today && today <= validTo);
  const table = plainTable(['programme', 'period', 'from', 'to', 'credit', 'spent', 'held', 'expired', 'left']);
  for (const b of buckets) {
    const amounts = [b.amountRials, b.spentRials, b.heldRials, b.expiredRials, b.leftRials].map(grouped);
    table.push([b.programme, b.period, b.validFrom, b.validTo, ...amounts]);
  }
  if (buckets.length > 0)
    lines.push(table.toString(), `left: ${sum(buckets)} rials, of which ${sum(open)} may be spent today`);
  else lines.push('no credit was ever allocated');
  for (const { category, period, quantity } of quantities) {
    lines.push(`category ${category}, ${period}: ${grouped(quantity)} taken`);
  }
  const last = plainTable(['when', 'what', 'RC', 'RRN', 'voucher', 'total']);
  for (const t of recent) {
    const { isoDate, time } = tehran(t.at);
    last.push([
      `${isoDate} ${time.replace(/(..)(..)(..)/, '$1:$2:$3')}`,
      t.kind,
      t.rc,
      t.rrn,
      grouped(t.voucherRials),
      grouped(t.totalRials),
    ]);
  }
  if (recent.length > 0) lines.push(last.toString());
  return lines.join('\n');
}

function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] } });
}

function grouped(amount: bigint): string {
  return amount.toLocaleString('en');
}
