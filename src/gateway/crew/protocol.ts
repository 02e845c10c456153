import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { GuardNews } from '../../handlers/guard/index.ts';

/** What a worker's process tells the first one. */
export type FromWorker =
  /** What keeps it from making purchases; empty: ready. */
  | { readonly kind: 'state'; readonly missing: readonly string[] }
  /** How many connections a terminal has here now. */
  | { readonly kind: 'terminal'; readonly terminal: string; readonly connections: number }
  | { readonly kind: 'guarded'; readonly news: GuardNews }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: readonly MetricObject[] };

/** How many connections a terminal has to the other workers; or that it has too many, and one of those here gives way. */
export type Elsewhere =
  | { readonly kind: 'elsewhere'; readonly terminal: string; readonly connections: number }
  | { readonly kind: 'displace'; readonly terminal: string };

/** What it is told. */
export type ToWorker =
  | Elsewhere
  /** From another worker's guard. */
  | { readonly kind: 'guarded'; readonly news: GuardNews }
  | { readonly kind: 'metrics'; readonly id: number };

export type MetricObject = MetricObjectWithValues<MetricValue<string>>;
