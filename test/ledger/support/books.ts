import { expect } from '@jest/globals';
import pg from 'pg';
import { openLedger, verifyLedger, type Ledger, type LegResult } from '../../../src/ledger/index.ts';
import { systemClock } from '../../../src/ops/clock.ts';
import type { EmbeddedPostgres } from '../../../src/demo/machine/postgres.ts';
import { shiftDatabaseClock } from '../../support/clock.ts';
import { temporaryPostgres } from '../../support/postgres.ts';
import type { Rules } from '../model/types.ts';
import { openBooks, TERMINALS } from '../model/world.ts';

/** Rules that forbid nothing, and ask nobody for a PIN. */
export const FREE: Rules = {
  pinCheck: 'none',
  minCardRials: 0n,
  maxPurchaseRials: null,
  maxDayRials: null,
  maxDayPurchases: null,
  maxPeriodRials: null,
};
export const DAY = 86_400_000;
export const SHOP = TERMINALS[0];
export const GOOD: LegResult = { kind: 'approved', authCode: '123456' };

export type OpenLedger = Ledger & { close(): Promise<void> };

/** A database of its own with the world of model/world.ts in it, and copies of the ledger on it. */
export interface TestLedger {
  readonly server: EmbeddedPostgres;
  /** Of the first copy. */
  readonly pool: pg.Pool;
  readonly ledger: OpenLedger;
  /** One a copy. */
  readonly pools: readonly pg.Pool[];
  readonly ledgers: readonly OpenLedger[];
  /** Says that the books are in order, then ends all of it. */
  close(): Promise<void>;
}

export interface TestLedgerOptions {
  readonly copies?: number;
  readonly connections?: number;
  /** The database's clock is so far ahead: tests say what time it is, and look ahead. */
  readonly aheadDays?: number;
  /** Parameters of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onBatch?: (size: number) => void;
}

export async function openTestLedger(options: TestLedgerOptions = {}): Promise<TestLedger> {
  const { copies = 1, connections = 5, aheadDays = 0, settings, onBatch = () => undefined } = options;
  const server = await temporaryPostgres(settings);
  const pools = Array.from({ length: copies }, () => new pg.Pool({ connectionString: server.url, max: connections }));
  for (const each of pools) each.on('error', () => undefined); // the server stops before its last connection is closed
  const pool = pools[0]!;
  if (aheadDays > 0) await shiftDatabaseClock(pool, aheadDays * DAY);
  await openBooks(pool, FREE);
  const ledgers = pools.map((each) => openLedger({ pool: each, clock: systemClock, onBatch }));
  const close = async (): Promise<void> => {
    expect(await verifyLedger(pool)).toEqual([]);
    for (const each of ledgers) await each.close();
    for (const each of pools) await each.end();
    await server.stop();
  };
  return { server, pool, ledger: ledgers[0]!, pools, ledgers, close };
}
