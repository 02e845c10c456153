/** Traces of a sample of the transactions, from the frame to the payment order (OpenTelemetry). */
export { openTraces, type LateStep, type OpenTraces } from './open.ts';
export { boundOf, LOT_SQL } from './sample.ts';
export type { Trace, Traces } from './trace.ts';
