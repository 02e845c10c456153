import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { GuardNews } from '../../handlers/guard/index.ts';

/** What a worker's process tells the first one. */
export type FromWorker =
  /** What keeps it from making purchases; empty: ready. */
  | { readonly kind: 'state'; readonly missing: readonly string[] }
  /** A terminal has its first connection here, or no longer any. */
  | { readonly kind: 'terminal'; readonly terminal: string; readonly here: boolean }
  | { readonly kind: 'guarded'; readonly news: GuardNews }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: readonly MetricObject[] };

/** What it is told. */
export type ToWorker =
  /** The terminal is connected to so many workers now. */
  | { readonly kind: 'among'; readonly terminal: string; readonly workers: number }
  /** From another worker's guard. */
  | { readonly kind: 'guarded'; readonly news: GuardNews }
  | { readonly kind: 'metrics'; readonly id: number };

export type MetricObject = MetricObjectWithValues<MetricValue<string>>;
