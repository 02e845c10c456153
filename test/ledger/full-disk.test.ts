import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { outcomeUnknown } from '../../src/handlers/doubt.ts';
import { openLedger } from '../../src/ledger/index.ts';
import { systemClock, tehran } from '../../src/ops/clock.ts';
import { databaseHealth } from '../../src/ops/database-health.ts';
import type { EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { temporaryPostgres } from '../support/postgres.ts';
import { addHousehold, header, openBooks, purchaseRequest } from './model/world.ts';
import { FREE, SHOP } from './support/books.ts';

/** What a purchase hears, and what `/readyz` says, when the database has no room. */
const NO_ROOM = Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' });
const log = pino({ level: 'silent' });

let server: EmbeddedPostgres;
let pool: pg.Pool;
const seen: unknown[] = [];
beforeAll(async () => {
  server = await temporaryPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 5 });
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  await openBooks(pool, FREE);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const home = async (): Promise<Buffer> => {
  const today = tehran(Date.now()).isoDate;
  const { cards } = await addHousehold(pool, 2, [{ rials: 9_000n, from: today, to: today }]);
  return cards[0]!;
};

test('a purchase that the server had no room for is refused as not taken; the repeat of one that is known is not answered', async () => {
  const ledger = openLedger({ pool, clock: systemClock, onCall: (error) => seen.push(error) });
  const [first, second] = [await home(), await home()];
  const known = purchaseRequest(header(SHOP, first, Date.now()), 1_000n, 'cash');
  const fresh = purchaseRequest(header(SHOP, second, Date.now()), 1_000n, 'cash');
  await ledger.purchase(known);
  // The disk as the ledger meets it: the server itself refuses every new row, and rolls the batch back.
  await pool.query(`create function no_room() returns trigger language plpgsql as
    $$ begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create trigger no_room before insert on requests for each row execute function no_room()`);
  const [ofKnown, ofFresh] = await Promise.all(
    [known, fresh].map((request) => ledger.purchase(request).catch((error: unknown) => error)),
  );
  expect([ofKnown, outcomeUnknown(ofKnown)]).toEqual([expect.objectContaining({ code: '53100' }), true]); // no answer
  expect([ofFresh, outcomeUnknown(ofFresh)]).toEqual([expect.objectContaining({ code: 'ledger.no-room' }), false]); // RC 96
  await pool.query('drop trigger no_room on requests');
  expect(await ledger.purchase(fresh)).toMatchObject({ outcome: { rc: '00' } });
  expect(seen.map((error) => (error as { code?: string } | undefined)?.code)).toEqual([undefined, '53100', undefined]);
  await ledger.close();
});

test('a copy that was refused a write is not ready until a megabyte can be written again', async () => {
  await pool.query(`create function no_table() returns event_trigger language plpgsql as
    $$ begin raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create event trigger no_table on ddl_command_start when tag in ('CREATE TABLE AS') execute function no_table()`);
  const health = refusedHealth(pool);
  expect(await health.fault()).toBeUndefined(); // reading works
  health.saw(NO_ROOM);
  expect(await health.fault()).toMatch(/^database: it takes no writes \(could not extend file/);
  expect(await health.fault()).toMatch(/^database: it takes no writes/);
  await pool.query('drop event trigger no_table');
  expect(await health.fault()).toBeUndefined();
});

const mayMount = canMount();
const onADisk = `the same on a real full disk${mayMount ? '' : ' (skipped: whoever runs this may not mount a tmpfs)'}`;
(mayMount ? test : test.skip)(onADisk, async () => {
  const disk = fullDisk();
  try {
    await pool.query(`create tablespace small location '${disk.tablespace}'`);
    const client = new pg.Pool({ connectionString: server.url, options: '-c temp_tablespaces=small' });
    client.on('error', () => undefined);
    const health = refusedHealth(client);
    health.saw(NO_ROOM);
    expect(await health.fault()).toMatch(
      /^database: it takes no writes \(could not (extend|write|create).*No space left on device/,
    );
    disk.free();
    expect(await health.fault()).toBeUndefined();
    await client.end();
  } finally {
    await pool.query('drop tablespace if exists small');
    disk.close();
  }
});

test.each([
  ['a quota', 'XX000', 'could not extend file "base/5/16384": Disk quota exceeded', true],
  ['a limit on files', 'XX000', 'could not write to file "pg_wal/xlogtemp.9": File too large', true],
  ['a fault of a disk', '58030', 'could not read block 1', true],
  ['read-only', '25006', 'cannot execute INSERT in a read-only transaction', true],
  ['a fault of the program', 'XX000', 'cache lookup failed for type 0', false],
])('%s: whether a copy is ready', async (_, code, message, isFull) => {
  const health = databaseHealth({ query: () => Promise.resolve() } as never, log, { monotonic: () => 0 });
  health.saw(Object.assign(new Error(message), { code }));
  expect(await health.fault()).toBe(isFull ? `database: it takes no writes (${message})` : undefined);
});

test('a write that succeeds says that there is room; other errors say nothing about it', async () => {
  const health = databaseHealth(pool, log, { monotonic: () => 0 });
  health.saw(Object.assign(new Error('duplicate'), { code: '23505' }));
  health.saw(new Error('connection lost'));
  expect(await health.fault()).toBeUndefined();
  health.saw(NO_ROOM);
  expect(await health.fault()).toContain('it takes no writes'); // asked within the second: not tried again
  health.saw(undefined);
  expect(await health.fault()).toBeUndefined();
});

function refusedHealth(client: pg.Pool): ReturnType<typeof databaseHealth> {
  let now = 0;
  return databaseHealth(client, log, { monotonic: () => (now += 2_000) });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk of 2 MB that is full but for some pages. */
function fullDisk(): { tablespace: string; free(): void; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder]);
  const tablespace = join(folder, 'tablespace');
  const filler = join(folder, 'filler');
  mkdirSync(tablespace);
  const { uid, gid } = statSync(`/proc/${server.pid}`);
  chownSync(folder, uid, gid);
  chownSync(tablespace, uid, gid);
  writeFileSync(filler, Buffer.alloc(1_800_000));
  return {
    tablespace,
    free: () => {
      unlinkSync(filler);
    },
    close: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
