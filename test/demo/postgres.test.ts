import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/demo/machine/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pg-'));
chmodSync(folder, 0o755);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('data outlives a stop, a stale pid file, and a server that a killed run left behind', async () => {
  const first = await startEmbeddedPostgres(folder);
  await query(first.url, 'create table kept (n int); insert into kept values (7)');
  const second = await startEmbeddedPostgres(folder); // the first is still up, as after a kill -9 of its owner
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
  await second.stop();

  writeFileSync(join(folder, 'postgres', 'cluster', 'postmaster.pid'), `${process.pid}\n/elsewhere\n`);
  const third = await startEmbeddedPostgres(folder);
  expect(await query(third.url, 'select n from kept')).toEqual([{ n: 7 }]);
  expect(readFileSync(join(folder, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).toContain(String(third.pid));
  await third.stop();
});

test('durability is on: fsync, synchronous_commit and full_page_writes', async () => {
  const server = await startEmbeddedPostgres(folder);
  const names = "('fsync', 'synchronous_commit', 'full_page_writes')";
  expect(await query(server.url, `select distinct setting from pg_settings where name in ${names}`)).toEqual([
    { setting: 'on' },
  ]);
  await server.stop();
});
