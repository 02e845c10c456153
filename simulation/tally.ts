import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Less, RunResult } from './run.ts';

/** What a row of seeds came to: a night's run. */
export class Tally {
  readonly #sums = { seeds: 0, days: 0, closes: 0, sales: 0, steps: 0, requests: 0, deaths: 0, powerCuts: 0 };
  readonly #disk = { torn: 0, lost: 0, full: 0 };
  readonly #judged = { histories: 0, operations: 0, unknown: 0 };
  readonly #faults: string[] = [];
  #longest = { operations: 0, seed: 0 };
  #largest = { steps: 0, sales: 0, seed: 0 };

  add(result: RunResult, command: string): void {
    const { seed, history, troubles, steps, sales } = result;
    const sums = this.#sums;
    sums.seeds++;
    for (const name of ['days', 'closes', 'sales', 'steps', 'requests'] as const) sums[name] += result[name];
    sums.deaths += troubles.deaths;
    sums.powerCuts += troubles.powerCuts;
    for (const name of ['torn', 'lost', 'full'] as const) this.#disk[name] += troubles.disk[name];
    for (const name of ['histories', 'operations', 'unknown'] as const) this.#judged[name] += history[name];
    if (history.longest > this.#longest.operations) this.#longest = { operations: history.longest, seed };
    if (steps > this.#largest.steps) this.#largest = { steps, sales, seed };
    const fault = faultOf(result);
    if (fault !== undefined) this.#faults.push(`| ${seed} | ${fault.replaceAll('|', '/')} | \`${command}\` |`);
  }

  /** @param seconds by the clock @param busySeconds of the processor */
  table(seconds: number, busySeconds: number): string {
    const { seeds, days, closes, sales, steps, requests, deaths, powerCuts } = this.#sums;
    const n = (value: number): string => Math.round(value).toLocaleString('en-US');
    const { torn, lost, full } = this.#disk;
    const { histories, operations, unknown } = this.#judged;
    const rows: readonly (readonly [string, string])[] = [
      ['seeds', n(seeds)],
      ['days with customers', n(days)],
      ['days of the calendar, each with its close', n(closes)],
      ['purchases and returns', n(sales)],
      ['steps, requests to the database', `${n(steps)}, ${n(requests)}`],
      ['copies and workers that died', n(deaths)],
      ['power cuts of the database', n(powerCuts)],
      ['files torn, names lost, writes to a full disk', `${n(torn)}, ${n(lost)}, ${n(full)}`],
      ['faults', n(this.#faults.length)],
      ['hours by the clock, of the processor', `${(seconds / 3_600).toFixed(2)}, ${(busySeconds / 3_600).toFixed(2)}`],
      ['days an hour, an hour of the processor', `${n((days / seconds) * 3_600)}, ${n((days / busySeconds) * 3_600)}`],
      ['histories judged, operations in them', `${n(histories)}, ${n(operations)}; ${n(unknown)} too large to judge`],
      ['largest history', `${n(this.#longest.operations)} operations (seed ${this.#longest.seed})`],
      ['largest run', `${n(this.#largest.steps)} steps, ${n(this.#largest.sales)} sales (seed ${this.#largest.seed})`],
    ];
    const faults =
      this.#faults.length === 0 ? [] : ['', '| seed | fault | again |', '| --- | --- | --- |', ...this.#faults];
    const lines = rows.map(([name, value]) => `| ${name} | ${value} |`);
    return [`| what | |`, '| --- | --- |', ...lines, ...faults, ''].join('\n');
  }
}

/** Writes it where a person looks in the morning: after each seed, so that a run that was stopped has said what it saw. */
export function keepTable(file: string, table: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, table);
}

/** The first thing that does not hold, in one line. */
export function faultOf({ faults: [first] }: Pick<RunResult, 'faults'>): string | undefined {
  const line = first?.split('\n')[0] ?? '';
  return first === undefined ? undefined : line.replaceAll(/\/tmp\/[\w-]+\//g, '…/');
}

/** What a person types to see a run again, up to its last step. */
export function commandOf(
  { seed, days, steps, faults }: Pick<RunResult, 'seed' | 'days' | 'steps' | 'faults'>,
  less: Less = {},
  mutant?: string,
): string {
  const until = faults.length === 0 ? [] : [`--until ${steps}`];
  const changed = mutant === undefined ? [] : [`--mutant ${mutant}`];
  const asked = [
    `--seed ${seed}`,
    `--days ${days + (faults.length === 0 ? 0 : 1)}`,
    ...until,
    ...changed,
    flagsOf(less),
  ];
  return `npm run simulate -- ${asked.filter((text) => text !== '').join(' ')}`;
}

/** How the command line says what is left out of a run. */
export function flagsOf({ copies, tills, without = [], bursts, errands }: Less): string {
  return [
    ...(copies === undefined ? [] : [`--copies ${copies}`]),
    ...(tills === undefined ? [] : [`--tills ${tills}`]),
    ...(without.length === 0 ? [] : [`--without ${without.join(',')}`]),
    ...(bursts === undefined ? [] : [`--bursts ${bursts.join(',')}`]),
    ...(errands === undefined ? [] : [`--errands ${errands}`]),
  ].join(' ');
}
