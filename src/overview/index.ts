/** What happens now: what copies answered, and where things stand (docs/decisions/0076). */
export { copiesOf, countsOf, liveOf, RANGE_NAMES, saidLately, stateOf, trafficOf, type Range } from './read.ts';
export { rollUp } from './rollup.ts';
export { openTraffic, type Traffic } from './traffic.ts';
