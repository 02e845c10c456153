import { createHash } from 'node:crypto';

/** Where a device stands in the order in which a release reaches devices: 0 to 9,999, the same for ever. Another release has another
 *  order, so that not always the same shops go first. `update_bucket` in the database says the same. */
export function bucketOf(releaseId: string, serial: string): number {
  return createHash('sha256').update(`${releaseId}:${serial}`).digest().readUInt32BE(0) % 10_000;
}
