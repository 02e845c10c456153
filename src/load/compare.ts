import { PERCENTILES, type LoadResult } from './result.ts';

export interface Change {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  /** After to before; 1 is the same. */
  readonly ratio: number;
  /** It moved by more than the tolerance, to the worse. */
  readonly worse: boolean;
}

/** Two runs side by side. @param tolerance 0.1: a tenth more latency, or less throughput, is worse */
export function compareRuns(before: LoadResult, after: LoadResult, tolerance: number): Change[] {
  const change = (what: string, a: number, b: number, lowerIsBetter: boolean): Change => {
    const ratio = a === 0 ? (b === 0 ? 1 : Number.POSITIVE_INFINITY) : b / a;
    return { what, before: a, after: b, ratio, worse: lowerIsBetter ? ratio > 1 + tolerance : ratio < 1 - tolerance };
  };
  return [
    change('answers a second', before.perSecond, after.perSecond, false),
    change('failed', before.failed, after.failed, true),
    ...PERCENTILES.map((percentile) =>
      change(`p${percentile} ms`, before.percentiles[percentile] ?? 0, after.percentiles[percentile] ?? 0, true),
    ),
  ];
}

export function changesText(changes: readonly Change[]): string {
  const number = (value: number): string => value.toFixed(value < 100 ? 2 : 0).padStart(12);
  const lines = changes.map(({ what, before, after, ratio, worse }) => {
    const moved = Number.isFinite(ratio) ? `${((ratio - 1) * 100).toFixed(1)} %` : 'new';
    return `${what.padEnd(18)}${number(before)}${number(after)}${moved.padStart(12)}${worse ? '  worse' : ''}`;
  });
  return [`${' '.repeat(18)}${'before'.padStart(12)}${'after'.padStart(12)}${'change'.padStart(12)}`, ...lines].join(
    '\n',
  );
}
