/** A load test: customers, runs, results and how they are shown. */
export { liveChart, secondLine } from './chart.ts';
export { changesText, compareRuns } from './compare.ts';
export { customers } from './customers.ts';
export { htmlReport } from './html.ts';
export { DEFAULT_MIX, KINDS, parseMix } from './mix.ts';
export { parseResult, PERCENTILES, resultOf, type LoadResult } from './result.ts';
export { runLoad } from './run.ts';
export type { Second } from './statistics.ts';
