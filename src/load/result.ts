import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { GatewayError } from '../ops/errors.ts';
import { ms, type Second } from './statistics.ts';
import type { LoadRun } from './run.ts';

/** A run as it is kept in a file, to be compared with another. */
export interface LoadResult {
  readonly title: string;
  readonly at: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly done: number;
  readonly failed: number;
  /** Requests answered in a second, over the whole run. */
  readonly perSecond: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly percentiles: Readonly<Record<string, number>>;
  readonly seconds: readonly Second[];
  /** HdrHistogram V2, compressed, base64: microseconds. */
  readonly histogram: string;
  readonly byKind: Readonly<Record<string, string>>;
}

export const PERCENTILES = [50, 75, 90, 95, 99, 99.9, 99.99, 100] as const;

export function resultOf(run: LoadRun, title: string, settings: LoadResult['settings'], at: Date): LoadResult {
  const { statistics, done, answered, failed, tookMs } = run;
  return {
    title,
    at: at.toISOString(),
    settings,
    done,
    failed,
    perSecond: answered / (tookMs / 1_000),
    endings: Object.fromEntries([...statistics.endings].sort()),
    percentiles: percentilesOf(statistics.all),
    seconds: statistics.seconds,
    histogram: encodeIntoCompressedBase64(statistics.all),
    byKind: Object.fromEntries([...statistics.byKind].map(([kind, own]) => [kind, encodeIntoCompressedBase64(own)])),
  };
}

function percentilesOf(histogram: Histogram): Record<string, number> {
  return Object.fromEntries(PERCENTILES.map((percentile) => [String(percentile), ms(histogram, percentile)]));
}

export function histogramOf(encoded: string): Histogram {
  return decodeFromCompressedBase64(encoded, 64);
}

/** A result from a file. @throws GatewayError `load.result` */
export function parseResult(text: string, file: string): LoadResult {
  try {
    const value = JSON.parse(text) as Partial<LoadResult>;
    if (typeof value.histogram !== 'string' || typeof value.title !== 'string' || !Array.isArray(value.seconds))
      throw new Error('it has no histogram, title or seconds');
    histogramOf(value.histogram);
    return value as LoadResult;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError('load.result', `${file} is not a result of kalabarg load: ${why}`, { cause });
  }
}
