import type { Pool } from 'pg';
import { TARGET_PATH } from '../format/index.ts';
import { metadataOf, newestMetadata, pieceOf } from '../repository/index.ts';

/** What lies below `/tuf/`: metadata by name, targets by path, deltas beside them. Names are looked up, never put together to a path of
 *  a disk. */

export interface Served {
  readonly length: number;
  /** Changes when the bytes do. */
  readonly etag: string;
  /** Whether the bytes of this name never change. */
  readonly forever: boolean;
  /** At most the length that is left. */
  readonly read: (from: number, length: number) => Promise<Buffer>;
}

const METADATA = /^(?:([1-9]\d{0,8})\.)?([a-z][a-z0-9_-]{0,120})\.json$/;
const TARGETS = 'targets/';

/** @param name below `/tuf/`
 *  @returns undefined: there is no such file */
export async function servedFile(pool: Pool, name: string): Promise<Served | undefined> {
  if (name.startsWith(TARGETS)) return targetFile(pool, name.slice(TARGETS.length));
  const [, version, role = ''] = METADATA.exec(name) ?? [];
  if (role === '') return undefined;
  // only the timestamp is asked for without its version; a root is, by people
  if (version === undefined) {
    if (role !== 'timestamp' && role !== 'root') return undefined;
    const newest = (await newestMetadata(pool)).get(role);
    return newest === undefined ? undefined : whole(newest.bytes, `${role}-${newest.version}`, false);
  }
  if (role === 'timestamp') return undefined;
  const bytes = await metadataOf(pool, role, Number(version));
  return bytes === undefined ? undefined : whole(bytes, `${role}-${version}`, true);
}

function whole(bytes: Buffer, etag: string, forever: boolean): Served {
  return {
    length: bytes.length,
    etag: `"${etag}"`,
    forever,
    read: (from, length) => Promise.resolve(bytes.subarray(from, from + length)),
  };
}

/** `menu/native-3.json`, as clients of TUF ask for it `menu/<sha256>.native-3.json`, or a delta. */
async function targetFile(pool: Pool, name: string): Promise<Served | undefined> {
  const [, folder = '', hash, file = ''] =
    /^((?:[^/]+\/)+)(?:([0-9a-f]{64}|[0-9a-f]{128})\.)?([^/]+)$/.exec(name) ?? [];
  const path = folder + file;
  if (!TARGET_PATH.test(path.replace(/\.from-\d{1,10}\.delta$/, ''))) return undefined;
  const { rows } = await pool.query<{ sha256: string; length: number }>({
    name: 'update-path',
    text: `select f.sha256, f.length from update_paths p join update_files f using (sha256)
            where p.path = $1 and exists (select 1 from update_releases r where r.published_at is not null and r.withdrawn_at is null
                             and ((r.path = p.path and ($2::text is null or $2 in (r.sha256, r.sha512)))
                                  or ($2::text is null and r.path = split_part(p.path, '.from-', 1))))`,
    values: [path, hash ?? null],
  });
  const [found] = rows;
  if (found === undefined) return undefined;
  return {
    length: found.length,
    etag: `"${found.sha256}"`,
    forever: true,
    read: (from, length) => pieceOf(pool, found.sha256, from, length),
  };
}
