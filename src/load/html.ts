import { changesText, compareRuns } from './compare.ts';
import { histogramOf, PERCENTILES, type LoadResult } from './result.ts';

const W = 860;
const H = 260;
const LEFT = 70;
const BOTTOM = 30;
const COLOURS = ['#0b6e4f', '#c8553d'] as const;
/** The axis of percentiles: each step is a nine more. */
const AXIS = [0, 50, 90, 99, 99.9, 99.99, 99.999] as const;

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** A report that stands alone: tables, the curve of percentiles, the course of rate and latency. With `before`, both runs. */
export function htmlReport(result: LoadResult, before?: LoadResult): string {
  const runs = before === undefined ? [result] : [result, before];
  const name = (run: LoadResult): string => (run === result ? run.title : `${run.title} (before)`);
  const course = (value: (second: LoadResult['seconds'][number]) => number): Line[] =>
    runs.map((run) => ({ name: name(run), points: run.seconds.map((second) => [second.at, value(second)] as const) }));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(result.title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}svg{background:#fafafa;border:1px solid #e3e3e3}pre{background:#f4f4f4;padding:1rem}</style></head>
<body><h1>${escaped(result.title)}</h1>
<p>${escaped(result.at)} · ${result.done} requests, ${result.failed} failed, ${result.perSecond.toFixed(1)} answers a second.
Latency counts from when a request was due (open model).</p>
${settingsTable(result)}
<h2>Latency by percentile (ms)</h2>
${plot(
  runs.map((run) => ({ name: name(run), points: curve(run) })),
  (x) => `${AXIS[x] ?? ''} %`,
  AXIS.length - 1,
)}
${percentileTable(result)}
<h2>Answers a second</h2>${plot(course(({ answered }) => answered))}
<h2>p99 by second (ms)</h2>${plot(course(({ p99Ms }) => p99Ms))}
<h2>How requests ended</h2>${endingsTable(result)}
${before === undefined ? '' : `<h2>Compared with ${escaped(before.title)}, ${escaped(before.at)}</h2><pre>${escaped(changesText(compareRuns(before, result, 0.1)))}</pre>`}
</body></html>
`;
}

function curve(run: LoadResult): (readonly [number, number])[] {
  const histogram = histogramOf(run.histogram);
  return AXIS.map((percentile, x) => [x, histogram.getValueAtPercentile(percentile) / 1_000] as const);
}

function plot(lines: readonly Line[], label: (x: number) => string = (x) => `${x} s`, lastX?: number): string {
  const all = lines.flatMap(({ points }) => points);
  const maxX = lastX ?? Math.max(1, ...all.map(([x]) => x));
  const maxY = Math.max(1e-3, ...all.map(([, y]) => y));
  const x = (value: number): number => LEFT + (value / maxX) * (W - LEFT - 20);
  const y = (value: number): number => H - BOTTOM - (value / maxY) * (H - BOTTOM - 20);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(maxY * share).toFixed(1);
    const value = maxY * share;
    return `<line x1="${LEFT}" x2="${W - 20}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${LEFT - 8}" y="${at}" text-anchor="end" dominant-baseline="middle" font-size="11">${value.toFixed(value < 10 ? 2 : 0)}</text>`;
  });
  const step = Math.max(1, Math.round(maxX / 8));
  const marks = Array.from({ length: Math.floor(maxX / step) + 1 }, (_, index) => index * step).map(
    (value) =>
      `<text x="${x(value).toFixed(1)}" y="${H - 10}" text-anchor="middle" font-size="11">${label(value)}</text>`,
  );
  const drawn = lines.map(({ name, points }, index) => {
    const path = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    const colour = COLOURS[index] ?? '#555';
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/><text x="${W - 24}" y="${18 + index * 16}" text-anchor="end" font-size="12" fill="${colour}">${escaped(name)}</text>`;
  });
  return `<svg viewBox="0 0 ${W} ${H}" width="100%" role="img">${[...grid, ...marks, ...drawn].join('')}</svg>`;
}

function settingsTable({ settings }: LoadResult): string {
  const rows = Object.entries(settings).map(
    ([key, value]) => `<tr><td>${escaped(key)}</td><td>${escaped(String(value))}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

function percentileTable(result: LoadResult): string {
  const head = PERCENTILES.map((percentile) => `<th>p${percentile}</th>`).join('');
  const row = (name: string, values: readonly number[]): string =>
    `<tr><td>${escaped(name)}</td>${values.map((value) => `<td>${value.toFixed(2)}</td>`).join('')}</tr>`;
  const kinds = Object.entries(result.byKind).map(([kind, encoded]) => {
    const histogram = histogramOf(encoded);
    return row(
      `${kind} (${histogram.totalCount})`,
      PERCENTILES.map((percentile) => histogram.getValueAtPercentile(percentile) / 1_000),
    );
  });
  const all = row(
    'all',
    PERCENTILES.map((percentile) => result.percentiles[percentile] ?? 0),
  );
  return `<table><tr><th>ms</th>${head}</tr>${all}${kinds.join('')}</table>`;
}

function endingsTable({ endings, done }: LoadResult): string {
  const rows = Object.entries(endings).map(
    ([ending, count]) =>
      `<tr><td>${escaped(ending)}</td><td>${count}</td><td>${((count / Math.max(1, done)) * 100).toFixed(2)} %</td></tr>`,
  );
  return `<table><tr><th>response code</th><th>requests</th><th></th></tr>${rows.join('')}</table>`;
}

function escaped(text: string): string {
  const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (mark) => marks[mark] ?? mark);
}
