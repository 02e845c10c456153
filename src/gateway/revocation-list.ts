import { join } from 'node:path';
import type pg from 'pg';
import { GatewayError, fileFault } from '../ops/errors.ts';
import type { Log } from '../ops/log.ts';
import { placeFile } from '../ops/place-file.ts';
import { wantsList, writeList, type AuthoritySource } from '../terminals/certificates/index.ts';

export interface ListDuty {
  readonly pool: pg.Pool;
  readonly source: AuthoritySource;
  readonly dataDir: string;
  readonly now: number;
  readonly log: Log;
}

/** Signs the list of revoked certificates anew where one is due, and leaves it in `<data>/tls/terminals.crl`. The gateway itself needs no
 *  list of its own: who has no authority writes none. */
export async function bringList({ pool, source, dataDir, now, log }: ListDuty): Promise<void> {
  if (!(await wantsList(pool, now))) return;
  const file = join(dataDir, 'tls', 'terminals.crl');
  try {
    const { pem, number, entries } = await writeList(pool, source, now);
    placeFile(file, pem, 0o644);
    log.info({ file, number, entries }, 'the list of revoked certificates was written');
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'certificates.authority') return;
    if (error instanceof GatewayError || !(error instanceof Error && 'syscall' in error)) throw error;
    log.warn(
      { why: fileFault(file, 'written', error) },
      'the list of revoked certificates stands in the database alone',
    );
  }
}
