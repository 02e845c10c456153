import { createHash, createHmac } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import type pg from 'pg';
import { tehran } from '../../ops/clock.ts';
import { GatewayError, fileFault } from '../../ops/errors.ts';
import { maskPan } from '../../field/pan.ts';
import { locate, refuse, type Fault, type FieldFault } from './faults.ts';
import { KINDS, type Kind } from './kinds.ts';
import { MOST_FAULTS, stage, type Staged } from './stage.ts';
import { transaction } from '../../ops/database.ts';
import { applyStops, stopLines } from './stops.ts';

export interface LoadOptions {
  /** The key under which PANs are hashed (the gateway's own). */
  readonly panKey: Buffer;
  readonly now: number;
  /** What a terminal may speak (src/profiles). */
  readonly profiles: readonly string[];
  /** Told how far it is: bytes read of all bytes; then each file as it is applied. */
  readonly onProgress?: (progress: {
    readonly step: 'reading' | 'applying';
    readonly done: number;
    readonly of: number;
  }) => void;
}

export interface LoadedFile {
  readonly path: string;
  readonly kind: string;
  readonly rows: number;
  /** Rows that say something else than what stood there. */
  readonly changed: number;
  /** The same bytes were taken before. They are applied again: what stands there may have changed since. */
  readonly repeated: boolean;
  /** What is wrong with rows that stop a shop or device: that was done, and nothing else of them was taken. */
  readonly passedOver: readonly Fault[];
}

/** Takes reference files (files.md), all of them or none: one transaction. Files may come in any order.
 *  @throws GatewayError `load.refused` with every fault found, by file, line and column; `load.file` for one that cannot be read */
export async function loadFiles(pool: pg.Pool, paths: readonly string[], options: LoadOptions): Promise<LoadedFile[]> {
  const sizes = paths.map(sizeOf);
  return transaction(pool, async (tx) => {
    await tx.query(`set local work_mem = '128MB'`);
    await tx.query('select pg_advisory_xact_lock(8583, 4)'); // one load at a time
    const hashes = await Promise.all(paths.map(hashOf));
    const known = await takenBefore(tx, hashes);
    const staged = await stageAll(tx, paths, { hashes, sizes }, options);
    refuse(staged);
    const applied = await applyAll(tx, staged, options);
    return paths.map((path, index) => {
      const hash = hashes[index] ?? '';
      const file = staged.find(({ sha256 }) => sha256 === hash);
      const again = hashes.indexOf(hash) < index; // the same bytes under two names
      const taken = file === undefined || again ? undefined : applied.get(file);
      return {
        path,
        kind: file?.kind?.name ?? '',
        rows: file?.rows ?? 0,
        changed: taken?.changed ?? 0,
        repeated: known.has(hash) || again,
        passedOver: taken?.passedOver ?? [],
      };
    });
  });
}

function sizeOf(path: string): number {
  try {
    const found = statSync(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw new GatewayError('load.file', fileFault(path, 'read', error), { cause: error });
  }
  throw new GatewayError('load.file', `${path} cannot be read: it is a folder or a device, not a file. Name a file.`);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

async function takenBefore(tx: pg.PoolClient, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ sha256: string }>('select sha256 from loaded_files where sha256 = any($1)', [
    hashes,
  ]);
  return new Set(rows.map(({ sha256 }) => sha256));
}

interface Reading {
  readonly hashes: readonly string[];
  readonly sizes: readonly number[];
}

async function stageAll(
  tx: pg.PoolClient,
  paths: readonly string[],
  { hashes, sizes }: Reading,
  { panKey, profiles, onProgress }: LoadOptions,
): Promise<Staged[]> {
  const of = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    onProgress?.({ step: 'reading', done, of });
  };
  const hash = (secret: string): Buffer => createHmac('sha256', panKey).update(secret).digest();
  const staged: Staged[] = [];
  for (const [index, path] of paths.entries()) {
    const wanted = hashes[index] ?? '';
    if (hashes.indexOf(wanted) < index) {
      onBytes(sizes[index] ?? 0);
      continue;
    }
    const file = await stage(tx, path, `staged_${index}`, { hash, mask: maskPan, known: { profiles }, onBytes });
    if (file.sha256 !== wanted)
      throw new GatewayError('load.file', `${path} changed while it was read. Load it again when it is written.`);
    staged.push(file);
  }
  return staged;
}

interface Applied {
  /** Rows that changed something. */
  readonly changed: number;
  readonly passedOver: readonly Fault[];
}

async function applyAll(
  tx: pg.PoolClient,
  files: readonly Staged[],
  options: LoadOptions,
): Promise<ReadonlyMap<Staged, Applied>> {
  const applied = new Map<Staged, Applied>();
  let done = 0;
  for (const kind of KINDS) {
    for (const file of files) {
      if (file.kind !== kind) continue;
      options.onProgress?.({ step: 'applying', done: done++, of: files.length });
      applied.set(file, await apply(tx, file, kind, options.now));
    }
  }
  return applied;
}

async function apply(tx: pg.PoolClient, file: Staged, kind: Kind, now: number): Promise<Applied> {
  await tx.query(
    `insert into loaded_files (sha256, kind, name, rows) values ($1, $2, $3, $4)
     on conflict (sha256) do update set loads = loaded_files.loads + 1, last_name = excluded.name, last_loaded_at = now()`,
    [file.sha256, kind.name, basename(file.path), file.rows],
  );
  await tx.query(`alter table ${file.table} rename to staged`);
  await tx.query('analyze staged');
  const { faults, passed, stopped } = await judge(tx, kind);
  const columns = Object.keys(kind.columns);
  const positionOf = (field: string): number => file.positions[columns.indexOf(field)] ?? 0;
  refuse([{ path: file.path, faults: await locate(file.path, faults, positionOf) }]);
  const passedOver = [...file.passedOver, ...(await locate(file.path, passed, positionOf))];
  if (kind.name === 'allocations') await beginAllocations(tx, now);
  let changed = 0;
  for (const statement of kind.apply) changed = (await tx.query(statement)).rowCount ?? 0;
  await tx.query('drop table staged');
  return { changed: changed + stopped, passedOver: passedOver.slice(0, MOST_FAULTS) };
}

interface Judged {
  /** Because of these the file is refused. */
  readonly faults: readonly FieldFault[];
  readonly passed: readonly FieldFault[];
  /** Rows of which only their stop was applied: they are staged no more. */
  readonly stopped: number;
}

async function judge(tx: pg.PoolClient, kind: Kind): Promise<Judged> {
  const passed: FieldFault[] = [];
  let stopped = 0;
  for (;;) {
    const { twice, others } = await faultsOf(tx, kind);
    const stopping = await stopLines(tx, kind, others);
    const stops = await applyStops(tx, kind, [...stopping]);
    stopped += stops.changed;
    passed.push(...others.filter(({ line }) => stopping.has(line)));
    const faults = [...twice, ...others.filter(({ line }) => !stopping.has(line)), ...stops.faults];
    if (faults.length > 0 || stopping.size === 0) return { faults, passed, stopped };
  }
}

/** What the rows say against each other and against the database. Rows that come twice alike are one. */
async function faultsOf(tx: pg.PoolClient, kind: Kind): Promise<Record<'twice' | 'others', FieldFault[]>> {
  const key = (of: string): string => kind.key.map((column) => `${of}"${column}"`).join(', ');
  const twice = `(select ${key('')}, min(line) as first from staged group by ${key('')} having count(*) > 1) d`;
  const differing = `select s.line, '${kind.key[0] ?? ''}' as field, 'comes twice with other values, first in line ' || d.first as reason
    from ${twice} join staged s on (${key('s.')}) = (${key('d.')}) join staged f on f.line = d.first
   where to_jsonb(s) - 'line' <> to_jsonb(f) - 'line'`;
  const found = async (query: string, most: number): Promise<FieldFault[]> => {
    const limited = `select line, field, reason from (${query}) q (line, field, reason) order by line limit ${most}`;
    return most === 0 ? [] : (await tx.query<FieldFault>(limited)).rows;
  };
  const differ = await found(differing, MOST_FAULTS);
  const others: FieldFault[] = [];
  for (const query of kind.faults) others.push(...(await found(query, MOST_FAULTS - differ.length - others.length)));
  await tx.query(`delete from staged s using ${twice} where (${key('s.')}) = (${key('d.')}) and s.line > d.first`);
  return { twice: differ, others };
}

/** Allocations are posted on the open business day, which must not close under them. */
async function beginAllocations(tx: pg.PoolClient, now: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock_shared(8583, 3)');
  await tx.query('create temporary table if not exists load_of (id bigint, day date, at bigint) on commit drop');
  await tx.query('truncate load_of');
  await tx.query(`insert into load_of select nextval('transaction_ids'), open_business_day($1), $2`, [
    tehran(now).isoDate,
    now,
  ]);
}
