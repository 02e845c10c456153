import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { systemClock } from '../../../src/ops/clock.ts';
import { openQueues, type Queues } from '../../../src/settlement/jobs/queue.ts';
import type { StepContext } from '../../../src/settlement/jobs/steps.ts';
import { temporaryPostgres } from '../../support/postgres.ts';

/** A database with settlement's tables, a data folder, and queues: everything a clearing needs. */
export interface Books {
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  /** Another database of the same server. */
  readonly admin: pg.Pool;
  readonly dataDir: string;
  readonly context: StepContext;
  queues(redisUrl?: string): Promise<Queues>;
  /** Merchant n (padded to 15 digits), named `shop n`. */
  addMerchant(n: number, sheba: string, status?: string): Promise<void>;
  /** One purchase, return or reversal at merchant n, rials by voucher and by card. */
  move(n: number, day: string, kind: string, voucherRials: number, cardRials?: number): Promise<void>;
  close(): Promise<void>;
}

const migrations = new URL('../../../src/ledger/migrations/', import.meta.url);
const LEDGER = `
create table merchants (merchant_id text primary key, name text not null, sheba text, status text not null);
create table settlement_movements (merchant_id text, business_day date, kind text, voucher_rials bigint, card_rials bigint);
create table business_days (business_day date primary key, closed_at timestamptz);
`;

export async function openBooks(): Promise<Books> {
  const server = await temporaryPostgres();
  // A database of its own, so that a test may copy it (create database … template books).
  const admin = new pg.Pool({ connectionString: server.url, max: 2 });
  admin.on('error', () => undefined);
  await admin.query('create database books');
  const url = new URL(server.url);
  url.pathname = '/books';
  const pool = new pg.Pool({ connectionString: url.href, max: 12 });
  pool.on('error', () => undefined);
  await pool.query(LEDGER);
  for (const name of ['0100_calendar.sql', '0110_settlement.sql', '0120_taken_files.sql', '0135_carry_unblocks.sql']) {
    await pool.query(readFileSync(new URL(name, migrations), 'utf8'));
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'kalabarg-books-'));
  const opened = new Set<Queues>();
  return {
    databaseUrl: url.href,
    admin,
    pool,
    dataDir,
    context: {
      pool,
      dataDir,
      clock: systemClock,
      log: pino({ level: 'silent' }),
      closeBusinessDay: () => Promise.resolve(),
    },
    addMerchant: async (n, sheba, status = 'approved') => {
      await pool.query('insert into merchants values ($1, $2, $3, $4)', [merchantId(n), `shop ${n}`, sheba, status]);
    },
    move: async (n, day, kind, voucherRials, cardRials = 0) => {
      await pool.query('insert into settlement_movements values ($1, $2, $3, $4, $5)', [
        merchantId(n),
        day,
        kind,
        voucherRials,
        cardRials,
      ]);
    },
    queues: async (redisUrl = '') => {
      const queues = await openQueues({ databaseUrl: url.href, redisUrl });
      const own: Queues = {
        ...queues,
        close: async () => {
          if (opened.delete(own)) await queues.close();
        },
      };
      opened.add(own);
      return own;
    },
    close: async () => {
      for (const queues of opened) await queues.close();
      if (!pool.ended) await pool.end();
      await admin.end();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function merchantId(n: number): string {
  return String(n).padStart(15, '0');
}

/** Shebas with good check digits at Melli, one per account number. */
export function testSheba(account: number): string {
  const bban = `017${String(account).padStart(19, '0')}`;
  const check = 98n - (BigInt(`${bban}182700`) % 97n);
  return `IR${String(check).padStart(2, '0')}${bban}`;
}
