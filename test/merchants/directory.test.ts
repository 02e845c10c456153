import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { systemClock } from '../../src/ops/clock.ts';
import { openTerminalDirectory, type TerminalDirectory } from '../../src/merchants/directory.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';

const TERMINAL = '10000001';

let server: EmbeddedPostgres;
let pool: pg.Pool;
let directory: TerminalDirectory;

beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url });
  pool.on('error', () => undefined); // a test cuts connections
  await pool.query(
    `insert into merchants (merchant_id, name, guild, sheba, status)
     values ('000000000000001', 'shop', 'supermarket', 'IR380170000000100000000001', 'approved'),
            ('000000000000002', 'other', 'supermarket', 'IR370120000000200000000002', 'approved')`,
  );
  directory = await openTerminalDirectory(
    pool,
    async () => {
      const client = new pg.Client({ connectionString: server.url, application_name: 'listener' });
      await client.connect();
      return client;
    },
    systemClock,
  );
});

afterAll(async () => {
  await directory.close();
  await pool.end();
  await server.stop();
});

beforeEach(async () => {
  await pool.query(`delete from terminals`);
  await pool.query(`insert into terminals (terminal_id, merchant_id) values ($1, '000000000000001')`, [TERMINAL]);
});

async function merchant(): Promise<string | undefined> {
  return (await directory.find(TERMINAL))?.merchant;
}

/** Notices come in their own time: asks until the answer is `wanted`. */
async function becomes(wanted: string | undefined): Promise<void> {
  for (let tries = 0; (await merchant()) !== wanted; tries++) {
    if (tries === 200) throw new Error(`still ${String(await merchant())}`);
    await sleep(25);
  }
}

const move = `update terminals set merchant_id = '000000000000002' where terminal_id = $1`;

describe('the terminal directory', () => {
  test('answers from memory, and hears of a change that somebody else makes', async () => {
    await becomes('000000000000001');
    expect(await directory.find(TERMINAL)).toBe(await directory.find(TERMINAL));
    await pool.query(move, [TERMINAL]);
    await becomes('000000000000002');
  });

  test('forgets a terminal that is taken away', async () => {
    await becomes('000000000000001');
    await pool.query('delete from terminals');
    await becomes(undefined);
  });

  test('keeps nothing while nobody tells it of changes, and listens again', async () => {
    await becomes('000000000000001');
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener'`);
    await pool.query(move, [TERMINAL]);
    await becomes('000000000000002');
    const same = async (): Promise<boolean> => (await directory.find(TERMINAL)) === (await directory.find(TERMINAL));
    for (let tries = 0; !(await same()); tries++) {
      if (tries === 200) throw new Error('it never listened again');
      await sleep(25);
    }
    await pool.query(`update terminals set merchant_id = '000000000000001' where terminal_id = $1`, [TERMINAL]);
    await becomes('000000000000001');
  });
});

/** Notices come in the order of the commits: when the last has come, all have. */
async function everythingHeard(): Promise<void> {
  const last = '10000099';
  await pool.query(`insert into terminals (terminal_id, merchant_id) values ($1, '000000000000001')`, [last]);
  for (const owner of ['000000000000001', '000000000000002']) {
    await pool.query('update terminals set merchant_id = $2 where terminal_id = $1', [last, owner]);
    while ((await directory.find(last))?.merchant !== owner) await sleep(20);
  }
  while (directory.find(TERMINAL) !== directory.find(TERMINAL)) await sleep(20); // it listens, and so remembers
}

test('what no notice told of is found by reading again, which is not done more often than makes sense', async () => {
  const quietly = async (owner: string): Promise<void> => {
    await pool.query('alter table terminals disable trigger notify_terminal');
    await pool.query('update terminals set merchant_id = $2 where terminal_id = $1', [TERMINAL, owner]);
    await pool.query('alter table terminals enable trigger notify_terminal');
  };
  await becomes('000000000000001');
  await everythingHeard();
  expect(await merchant()).toBe('000000000000001');
  await quietly('000000000000002');
  expect(await merchant()).toBe('000000000000001');
  await sleep(100); // what was read a moment ago is not read again
  expect((await directory.reread(TERMINAL))?.merchant).toBe('000000000000002');
  expect(await directory.reread(TERMINAL)).toBe(await directory.find(TERMINAL));
  expect(await directory.reread('99999999')).toBeUndefined();
});
