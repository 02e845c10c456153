import Table from 'cli-table3';
import type { Command } from 'commander';
import { createHmac } from 'node:crypto';
import { basename } from 'node:path';
import { toJalali } from '../../field/jalali.ts';
import { groupedRials } from '../../field/rials.ts';
import {
  loadFiles,
  migrate,
  openPanKey,
  referenceColumns,
  showCredit,
  type HouseholdCredit,
  type LoadedFile,
} from '../../ledger/index.ts';
import { systemClock, tehran } from '../../ops/clock.ts';
import { GatewayError } from '../../ops/errors.ts';
import { loadProfiles } from '../../profiles/index.ts';
import { withBooks } from '../books.ts';
import { withJson } from '../options.ts';
import { print, printEach, tell, type JsonOption } from '../print.ts';

export function register(program: Command): void {
  const credit = program.command('credit');
  withJson(credit.command('load'))
    .description(
      'take reference files, all or none: households, cards, allocations, merchants, terminals, goods, devices in the field (CSV)',
    )
    .argument('<file...>', 'their header lines say what they are; in any order')
    .addHelpText('after', () => `\nColumns (docs/files.md):\n${columnsText()}`)
    .action(load);
  withJson(credit.command('show'))
    .description('the credit of a household: what it has, has spent, and what is held')
    .argument('<household|card>', 'the number of a household, or a PAN')
    .action(show);
}

function columnsText(): string {
  return referenceColumns()
    .map(({ file, columns }) => `  ${file.padEnd(22)}${columns.join(',')}`)
    .join('\n');
}

async function load(files: string[], options: JsonOption & { by?: string }): Promise<void> {
  const tellMade = (file: string): void => {
    tell(options, `${file} was made: PANs are hashed with it. Back it up; every copy of the gateway needs the same.`);
  };
  await withBooks(async (pool, config) => {
    await migrate(pool);
    const panKey = await openPanKey(pool, config.data, tellMade);
    const bar = progressBar();
    const start = systemClock.monotonic();
    const loaded = await loadFiles(pool, files, {
      panKey,
      now: systemClock.now(),
      profiles: [...loadProfiles(config.profiles).keys()],
      onProgress: ({ step, done, of }) => {
        bar.show(step, of === 0 ? 1 : done / of);
      },
    }).finally(() => {
      bar.end();
    });
    const results = loaded.map(({ path, kind, rows, changed, repeated, passedOver }) => {
      return { file: basename(path), kind, rows, changed, repeated, passedOver };
    });
    printEach(options, results, () => results.map(loadedText).join('\n'));
    tell(options, `in ${((systemClock.monotonic() - start) / 1_000).toFixed(1)} s`);
  }, options.by);
}

type Loaded = Omit<LoadedFile, 'path'> & { readonly file: string };

function loadedText({ file, kind, rows, changed, repeated, passedOver }: Loaded): string {
  const count = changed === 0 ? 'nothing changed' : `${changed.toLocaleString('en')} changed`;
  const taken = repeated ? 'taken again' : 'taken';
  const skipped = passedOver.map(
    ({ line, column, reason }) => `  ${file}:${line}:${column}: ${reason}: only the status of this row was taken`,
  );
  return [`${file}: ${rows.toLocaleString('en')} ${kind} ${taken}, ${count}`, ...skipped].join('\n');
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

async function show(name: string, options: JsonOption): Promise<void> {
  await withBooks(async (pool, config) => {
    const panKey = await openPanKey(pool, config.data);
    const byName = await showCredit(pool, name);
    const found = byName ?? (await showCredit(pool, createHmac('sha256', panKey).update(name).digest()));
    if (found === undefined)
      throw new GatewayError('credit.unknown', 'There is no household and no card with this number.');
    const recent = found.recent.map(({ at, ...each }) => ({ at: new Date(at).toISOString(), ...each }));
    print(options, { ...found, recent }, () => report(found));
  });
}

function report({
  household,
  members,
  status,
  cards,
  buckets,
  outlook,
  quantities,
  rations,
  recent,
}: HouseholdCredit): string {
  const lines = [`household ${household}: ${members} members, ${status}; cards: ${cards.join(', ') || 'none'}`];
  const today = tehran(systemClock.now()).isoDate;
  const sum = (of: typeof buckets): string => groupedRials(of.reduce((rials, bucket) => rials + bucket.leftRials, 0n));
  const open = buckets.filter(({ validFrom, validTo }) => validFrom <= today && today <= validTo);
  const table = plainTable(['programme', 'period', 'from', 'to', 'credit', 'spent', 'held', 'expired', 'left']);
  for (const b of buckets) {
    const amounts = [b.amountRials, b.spentRials, b.heldRials, b.expiredRials, b.leftRials].map((each) =>
      groupedRials(each),
    );
    table.push([b.programme, b.period, ...movedDays(b), ...amounts]);
  }
  if (buckets.length > 0)
    lines.push(table.toString(), `left: ${sum(buckets)} rials, of which ${sum(open)} may be spent today`);
  else lines.push('no credit was ever allocated');
  lines.push(...outlookLines(outlook));
  for (const { programme, category, nameFa, period, entitled, used } of rations) {
    const of = nameFa === null ? `category ${category}` : `${category} (${nameFa})`;
    lines.push(
      `${programme} ${of}, ${period}: ${groupedRials(BigInt(used))} of ${groupedRials(BigInt(entitled))} taken`,
    );
  }
  const told = new Set(rations.map(({ category, period }) => `${category} ${period}`));
  for (const { category, period, quantity } of quantities) {
    if (told.has(`${category} ${period}`)) continue;
    lines.push(`category ${category}, ${period}: ${groupedRials(quantity)} taken`);
  }
  const last = plainTable(['when', 'what', 'RC', 'RRN', 'voucher', 'total']);
  for (const t of recent) {
    const { isoDate, time } = tehran(t.at);
    last.push([
      `${isoDate} ${time.replace(/(..)(..)(..)/, '$1:$2:$3')}`,
      t.kind,
      t.rc,
      t.rrn,
      groupedRials(t.voucherRials),
      groupedRials(t.totalRials),
    ]);
  }
  if (recent.length > 0) lines.push(last.toString());
  for (const { rrn, why, good } of recent) {
    if (why !== undefined)
      lines.push(`${rrn} refused: ${why.en}${good === undefined ? '' : `: ${good}`} (${why.code})`);
  }
  return lines.join('\n');
}

/** Until when, what comes next, and what did not come and why. */
function outlookLines({ ends, nextCharge, months }: HouseholdCredit['outlook']): string[] {
  const both = (day: string): string => `${day} (${toJalali(day)})`;
  return [
    ...(ends === undefined ? [] : [`some of it ends on ${both(ends)}`]),
    ...(nextCharge === undefined ? [] : [`more may be spent from ${both(nextCharge)}`]),
    ...months
      .filter(({ granted }) => !granted)
      .map(({ programme, period, due, why }) => {
        return `${programme} ${period}${due === undefined ? '' : `, due ${both(due)}`}: not given: ${why.en} (${why.code})`;
      }),
  ];
}

/** The days on which a bucket may be spent, and beside one that a policy moved the day of the grant. */
function movedDays({ validFrom, validTo, grantedFrom, grantedTo }: HouseholdCredit['buckets'][number]): string[] {
  const day = (now: string, granted: string): string => (now === granted ? now : `${now} (was ${granted})`);
  return [day(validFrom, grantedFrom), day(validTo, grantedTo)];
}

function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] } });
}
