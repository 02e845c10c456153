import { beginClearing, closeDay } from '../../../src/settlement/clearing/close.ts';
import { deliverFiles } from '../../../src/settlement/clearing/deliver.ts';
import { makeOrders } from '../../../src/settlement/clearing/make.ts';
import { netShard } from '../../../src/settlement/clearing/net.ts';
import { releaseClearing } from '../../../src/settlement/clearing/release.ts';
import { writeFiles } from '../../../src/settlement/clearing/write.ts';
import { builtInProfile } from '../../../src/settlement/payments/profile.ts';
import type { LedgerBooks } from './ledger-books.ts';

/** All steps of a day's clearing, one after the other and without a queue. */
export async function clearDay({ pool, dataDir, context }: LedgerBooks, day: string): Promise<void> {
  const shards = 2;
  await beginClearing(pool, { day, profile: builtInProfile('ccti-1'), maker: 'maryam', shards }, context.clock);
  await closeDay(pool, day, context.clock);
  for (let shard = 0; shard < shards; shard++) await netShard(pool, day, shard);
  await makeOrders(pool, day);
  await writeFiles(pool, day, dataDir);
  await releaseClearing(pool, day, 'babak');
  await deliverFiles(pool, day, dataDir);
}
