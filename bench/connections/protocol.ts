/** What the bench asks of the idle terminals' process, and what it says. */
export type Order =
  /** Makes certificates for so many terminals in all. */
  | { readonly kind: 'enrol'; readonly terminals: number; readonly port: number; readonly tlsFolder: string }
  /** All that are enrolled and not connected connect, with the session that they had or without; whoever fails tries again, later
   *  each time. */
  | { readonly kind: 'connect'; readonly atOnce: number; readonly resume: boolean }
  /** The line of each is cut at once. */
  | { readonly kind: 'cut' };

export interface Connected {
  readonly kind: 'connected';
  readonly connected: number;
  readonly seconds: number;
  /** Attempts that failed and were made again. */
  readonly failed: number;
  /** Those who came back with the session that they had. */
  readonly resumed: number;
  /** How long it took from the order until each was connected, ms. */
  readonly p50Ms: number;
  readonly worstMs: number;
}

export type Said = Connected | { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string };
