import type { TraceKey } from './sample.ts';

/** What is said of a span. Names, codes and ids; never a PAN, a PIN, a key or what a message bears. */
export type Said = Readonly<Record<string, string | number>>;

/** One request of the sample, from its frame to its answer. */
export interface Trace {
  /** Runs `work` as a step of its own.
   *  @param said of what it came to */
  step<T>(name: string, work: () => Promise<T>, said?: (result: T) => Said): Promise<T>;
  /** A step that is over. @param from, to ms of the monotonic clock */
  over(name: string, from: number, to: number): void;
  /** The answer has left, or there is none; nothing may follow. */
  end(said: Said): void;
}

/** Traces of requests, where the settings say where they go. */
export interface Traces {
  /** @param isRepeat of a request that was sent before: it joins the trace of the first
   *  @param arrival when the frame was there, by both clocks, ms
   *  @returns undefined: the request is not in the sample */
  begin(
    key: TraceKey,
    isRepeat: boolean,
    arrival: { readonly at: number; readonly monotonic: number },
    said: Said,
  ): Trace | undefined;
}
