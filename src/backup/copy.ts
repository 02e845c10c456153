import { constants } from 'node:fs';
import { chmod, cp, lchown, mkdir, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { exited, piped, type Identity } from '../demo/machine/index.ts';
import { fileFault, GatewayError } from '../ops/errors.ts';

/** Beside the backup itself: WAL of the recovery, and the files that a look at everything needs. */
const ROOM_BYTES = 256 * 2 ** 20;

/** Puts a base backup into an empty folder, as a cluster that PostgreSQL can start on. The backup is only read.
 *  @param backup as pg_basebackup or pgBackRest's restore leaves it: a folder, or one with base.tar (also .gz) and pg_wal.tar
 *  @returns the major version of PostgreSQL that made it
 *  @throws GatewayError `backup.folder`, `backup.room`, `backup.program` */
export async function copyBackup(backup: string, cluster: string, owner: Identity): Promise<number> {
  const names = await readdir(backup).catch((cause: unknown) => {
    throw new GatewayError('backup.folder', fileFault(backup, 'read', cause), { cause });
  });
  const archive = names.find((name) => /^base\.tar(\.gz)?$/.test(name));
  if (archive === undefined && !names.includes('PG_VERSION'))
    throw new GatewayError('backup.folder', `${backup} is no base backup: there is neither PG_VERSION nor base.tar in it. Name the folder that pg_basebackup wrote, or that pgbackrest restore filled.`); // prettier-ignore
  if (names.some((name) => /^\d+\.tar(\.gz)?$/.test(name))) throw tablespaces(backup);
  if (archive === undefined) await refuseTablespaces(backup);
  await demandRoom(backup, cluster);
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  if (archive === undefined) await copyFolder(backup, cluster);
  else {
    await unpack(join(backup, archive), cluster);
    const wal = names.find((name) => /^pg_wal\.tar(\.gz)?$/.test(name));
    await mkdir(join(cluster, 'pg_wal'), { recursive: true });
    if (wal !== undefined) await unpack(join(backup, wal), join(cluster, 'pg_wal'));
    await refuseTablespaces(cluster);
  }
  await dropWhatIsOfTheOther(cluster);
  await handOver(cluster, owner);
  return versionOf(cluster);
}

/** Symbolic links are followed: the WAL of a server may lie on another disk. What is linked is copied, never written. */
async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    dereference: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => source !== join(from, 'postmaster.pid') && source !== join(from, 'postmaster.opts'),
  }).catch((cause: unknown) => {
    throw new GatewayError('backup.folder', fileFault(from, 'read', cause), { cause });
  });
}

async function unpack(archive: string, into: string): Promise<void> {
  const tar = piped('tar', ['-xf', archive, '-C', into], {});
  const status = await exited(tar.child);
  if (status === 0) return;
  if (status === -1)
    throw new GatewayError('backup.program', `tar cannot be run, which ${archive} needs: ${tar.output()}.`);
  throw new GatewayError('backup.folder', `${archive} cannot be unpacked: ${tar.output().trim()}`);
}

/** A tablespace is a link to where the real server has it: a scratch server would write there. */
async function refuseTablespaces(folder: string): Promise<void> {
  const map = await readFile(join(folder, 'tablespace_map'), 'utf8').catch(() => '');
  const linked = await readdir(join(folder, 'pg_tblspc')).catch(() => []);
  if (map.trim() !== '' || linked.length > 0) throw tablespaces(folder);
}

function tablespaces(folder: string): GatewayError {
  return new GatewayError('backup.folder', `${folder} has tablespaces of its own, which a scratch server would write where the real one has them. kalabarg needs none; take them away, or restore that backup by hand on another machine.`); // prettier-ignore
}

async function demandRoom(backup: string, cluster: string): Promise<void> {
  const needed = (await bytesIn(backup)) + ROOM_BYTES;
  const parent = join(cluster, '..');
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize >= needed) return;
  const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
  throw new GatewayError('backup.room', `${parent} has ${mib(bavail * bsize)} free, and the scratch server needs ${mib(needed)}: make room, or name another place with --scratch.`); // prettier-ignore
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const found = await stat(path).catch(() => undefined); // a link that leads nowhere has no bytes
    if (found?.isDirectory() === true) bytes += await bytesIn(path);
    else bytes += found?.size ?? 0;
  }
  return bytes;
}

/** What made the backup a server of its own: its settings (it would archive, follow another, or listen), and who may come. */
async function dropWhatIsOfTheOther(cluster: string): Promise<void> {
  const names = ['postgresql.auto.conf', 'standby.signal', 'recovery.signal', 'recovery.conf', 'postmaster.pid'];
  for (const name of names) await rm(join(cluster, name), { force: true });
}

async function handOver(path: string, { uid, gid }: Identity): Promise<void> {
  await chmod(path, 0o700);
  if (uid === undefined || gid === undefined) return;
  const give = async (at: string): Promise<void> => {
    await lchown(at, uid, gid);
    for (const entry of await readdir(at, { withFileTypes: true })) {
      if (entry.isDirectory()) await give(join(at, entry.name));
      else await lchown(join(at, entry.name), uid, gid);
    }
  };
  await give(path);
}

async function versionOf(cluster: string): Promise<number> {
  const text = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => '');
  if (/^\d{2}\n?$/.test(text)) return Number(text);
  throw new GatewayError('backup.folder', `PG_VERSION of the backup says ${JSON.stringify(text.slice(0, 20))}, which is no version of PostgreSQL that is known here.`); // prettier-ignore
}
