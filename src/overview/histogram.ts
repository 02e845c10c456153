/** Times as counts between fixed borders, so that those of several copies and minutes add up: four borders to each doubling, from
 *  1 ms to 55 s. A percentile is off by at most a tenth of itself. */

export const BUCKETS = 64;
const PER_DOUBLING = 4;

/** @param ms of one answer
 *  @returns where it is counted: 0 is below 1 ms, the last is everything beyond */
export function bucketOf(ms: number): number {
  if (!(ms >= 1)) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(ms) * PER_DOUBLING));
}

/** The border under a bucket, ms. */
function borderOf(bucket: number): number {
  return bucket === 0 ? 0 : 2 ** ((bucket - 1) / PER_DOUBLING);
}

/** @param share such as 0.95
 *  @returns ms, to a tenth; undefined: nothing was counted */
export function percentileOf(took: readonly number[], share: number): number | undefined {
  const count = took.reduce((sum, each) => sum + each, 0);
  if (count === 0) return undefined;
  const wanted = share * count;
  let before = 0;
  for (const [bucket, counted] of took.entries()) {
    if (counted > 0 && before + counted >= wanted) {
      const [low, high] = [borderOf(bucket), borderOf(bucket + 1)];
      return Math.round((low + ((wanted - before) / counted) * (high - low)) * 10) / 10;
    }
    before += counted;
  }
  return borderOf(BUCKETS - 1);
}
