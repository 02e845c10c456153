import type { Second } from './statistics.ts';

const BLOCKS = ' ▁▂▃▄▅▆▇█';
/** Bars at most, and what stands left and right of them. */
const WIDTH = 48;
const AROUND = 42;

/** The last seconds of a run as two rows of bars, for a terminal: answers a second, and p99.
 *  @param columns of the terminal: a line that it wraps would break the picture */
export function liveChart(seconds: readonly Second[], open: number, columns: number): string {
  const width = Math.max(1, Math.min(WIDTH, columns - AROUND));
  const last = seconds.slice(-width);
  const now = last.at(-1);
  const row = (name: string, values: readonly number[], unit: string): string => {
    const most = Math.max(...values, 1e-9);
    const bars = values.map((value) => BLOCKS[Math.round((value / most) * (BLOCKS.length - 1))] ?? ' ').join('');
    return `${name.padEnd(10)}${bars.padEnd(width)} ${(values.at(-1) ?? 0).toFixed(1)} ${unit} (most ${most.toFixed(1)})`;
  };
  return [
    row(
      'answers/s',
      last.map(({ answered }) => answered),
      '/s',
    ),
    row(
      'p99',
      last.map(({ p99Ms }) => p99Ms),
      'ms',
    ),
    `${String(now?.at ?? 0).padStart(4)} s  due ${now?.due ?? 0}  open ${open}  failed ${seconds.reduce((sum, { failed }) => sum + failed, 0)}  p50 ${(now?.p50Ms ?? 0).toFixed(1)} ms`,
  ]
    .map((line) => line.slice(0, Math.max(1, columns - 1)))
    .join('\n');
}

/** One line a second, where there is no terminal to redraw. */
export function secondLine(second: Second, open: number): string {
  const { at, due, answered, failed, p50Ms, p99Ms } = second;
  return `${String(at).padStart(4)} s  due ${due}  answered ${answered}  failed ${failed}  open ${open}  p50 ${p50Ms.toFixed(1)} ms  p99 ${p99Ms.toFixed(1)} ms`;
}
