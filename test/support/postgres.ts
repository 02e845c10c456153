import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pg from 'pg';
import { makeLogin, makeRoles, migrate } from '../../src/ledger/index.ts';
import { openPool } from '../../src/ops/database.ts';
import { everySqlIn } from '../../src/ops/sql.ts';
import { migrateQueues } from '../../src/settlement/jobs/queue.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/demo/machine/postgres.ts';
import { templateFolder } from './template.ts';

/** A real PostgreSQL of its own for a test file or a bench, in a temporary folder. Its database has the schema of this version
 *  and nothing in it. The cluster is a copy of one that is made once a version of the schema: making one costs seconds, a copy
 *  a tenth of it. */
export async function temporaryPostgres(settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> {
  const template = await templateCluster();
  const folder = mkdtempSync(join(tmpdir(), 'kalabarg-pg-'));
  chmodSync(folder, 0o755); // as root the server runs under another account
  execFileSync('cp', ['-a', join(template, 'postgres'), folder]);
  const server = await startEmbeddedPostgres(folder, settings);
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A login of the gateway's role on a database, with the rights of its duty and no more.
 *  @returns its URL */
export async function gatewayLogin(ownerUrl: string): Promise<string> {
  const owner = openPool(ownerUrl, 1);
  try {
    await migrateQueues(owner);
    await migrate(owner);
    const url = await makeLogin(owner, ownerUrl);
    await makeRoles(owner);
    return url;
  } finally {
    await owner.end();
  }
}

/** Another database on that server; gives its URL.
 *  @param template `postgres`: with the schema of this version (nobody may be connected to it); `template0`: empty */
export async function createDatabase(
  server: EmbeddedPostgres,
  name: string,
  template: 'postgres' | 'template0',
): Promise<string> {
  const client = new pg.Client({ connectionString: urlOf(server, 'template1') });
  await client.connect();
  await client.query(`create database ${name} template ${template}`);
  await client.end();
  return urlOf(server, name);
}

function templateCluster(): Promise<string> {
  return templateFolder(schemaVersion(), async (folder) => {
    const server = await startEmbeddedPostgres(folder);
    const pool = new pg.Pool({ connectionString: server.url, max: 1 });
    pool.on('error', () => undefined); // the server stops while the last connection is on its way out
    await migrate(pool);
    await pool.end();
    await server.stop();
  });
}

/** What a cluster depends on: every file of the schema, how the server is set up, who runs it. */
function schemaVersion(): string {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const hash = createHash('sha256').update(`${root} ${process.getuid?.() ?? ''}`);
  for (const folder of ['src/ledger/migrations/', 'src/ledger/functions/']) {
    for (const { name, text } of everySqlIn(pathToFileURL(join(root, folder)))) hash.update(name).update(text);
  }
  for (const file of ['src/demo/machine/postgres.ts', 'src/ledger/migrate.ts', 'package-lock.json']) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function urlOf(server: EmbeddedPostgres, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

/** A login of the public door's role alone. @returns its URL */
export async function doorLogin(ownerUrl: string): Promise<string> {
  const owner = openPool(ownerUrl, 1);
  const url = new URL(ownerUrl);
  url.username = 'door_1';
  url.password = 'door';
  try {
    await migrateQueues(owner);
    await migrate(owner);
    await makeRoles(owner);
    await owner.query(`do $$ begin if not exists (select 1 from pg_roles where rolname = 'door_1') then
      create role door_1 login in role kalabarg_public; end if; end $$`);
    await owner.query(`alter role door_1 password '${url.password}'`);
    return url.href;
  } finally {
    await owner.end();
  }
}

/** A pool with the rights of the public door alone. */
export async function doorPool(ownerUrl: string, size = 4): Promise<pg.Pool> {
  const pool = openPool(await doorLogin(ownerUrl), size);
  pool.on('error', () => undefined); // the server stops before its last connection is closed
  return pool;
}
