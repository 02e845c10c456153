/** What the bench asks of the terminals' process, and what it says. */
export type Order =
  | Opening
  | { readonly kind: 'build'; readonly frames: number; readonly purchase: Purchase }
  /** Each connection sends its next request as soon as it has its answer. */
  | { readonly kind: 'peak'; readonly seconds: number }
  /** Requests leave by the clock, whether answers come or not; latency counts from when one was due. */
  | { readonly kind: 'paced'; readonly seconds: number; readonly perSecond: number };

export interface Purchase {
  readonly processingCode: '179800' | '179898';
  readonly rials: number;
}

export interface RunResult {
  readonly kind: 'result';
  readonly answers: number;
  readonly seconds: number;
  /** Answers by DE 39. */
  readonly codes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export type Said = RunResult | { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string };

export interface Opening {
  readonly kind: 'open';
  readonly port: number;
  readonly tlsFolder: string;
  /** Connections in all, spread over the terminals. */
  readonly connections: number;
  /** Approved demo terminals, from and to: keys belong to a terminal, so that two gateways on one database have others. */
  readonly terminals: readonly [number, number];
  readonly seed: number;
}
