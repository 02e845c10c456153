import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import type { Pool } from 'pg';
import { everySqlIn } from '../../src/ops/sql.ts';
import { chanceOf } from '../chance.ts';
import { Scheduler, type Process } from '../scheduler.ts';
import { Store } from './store.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/simulation');

/** A database that is filled once and then copied: making the tables costs seconds, a copy a third of one.
 *  @param name what it is filled with
 *  @param version what that depends on, beside the tables */
export async function imageOf(
  name: string,
  version: string,
  startMs: number,
  fill: (pool: Pool, scheduler: Scheduler) => Promise<void>,
): Promise<Blob> {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}-${schemaHash(`${version} ${startMs}`)}.tar`);
  if (!existsSync(file)) await make(file, startMs, fill);
  return new Blob([readFileSync(file)]);
}

/** @param image what it holds at the start; left out: nothing */
export async function openDatabase(image?: Blob): Promise<PGlite> {
  const database = await PGlite.create(image === undefined ? {} : { loadDataDir: image });
  const session = `set TimeZone = 'UTC'; set DateStyle = 'ISO, MDY'; set IntervalStyle = 'postgres';
    set search_path = public; set client_min_messages = error; select setseed(0.5)`;
  await database.exec(session);
  return database;
}

async function make(
  file: string,
  startMs: number,
  fill: (pool: Pool, scheduler: Scheduler) => Promise<void>,
): Promise<void> {
  const scheduler = new Scheduler(startMs);
  const owner: Process = { name: 'maker', alive: true };
  const store = new Store(scheduler, chanceOf('image'), await openDatabase(), openDatabase);
  const pool = store.pool(owner, 4);
  await scheduler.until(fill(pool, scheduler), 'filling the database');
  await scheduler.until(pool.end(), 'the end of the pool');
  store.look('vacuum analyze');
  store.look('checkpoint');
  const bytes = Buffer.from(await (await store.image()).arrayBuffer());
  await store.close();
  writeFileSync(`${file}.${process.pid}`, bytes);
  renameSync(`${file}.${process.pid}`, file);
}

/** Of everything that the tables and functions are made of. */
function schemaHash(version: string): string {
  const hash = createHash('sha256').update(version);
  for (const folder of ['migrations', 'functions', 'roles']) {
    const at = new URL(`../../src/ledger/${folder}/`, import.meta.url);
    for (const { name, text } of everySqlIn(at)) hash.update(name).update(text);
  }
  hash.update(readFileSync(join(ROOT, 'src/ledger/seed.ts')));
  hash.update(readFileSync(join(ROOT, 'node_modules/@electric-sql/pglite/package.json')));
  return hash.digest('hex').slice(0, 16);
}
