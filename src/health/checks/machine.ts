import { existsSync, readdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unknownNames } from '../../ops/config.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** Names in the environment that are nearly a setting. Wrong values were refused before. */
export function settings({ environment }: Patient): Promise<Said[]> {
  const found = unknownNames(environment).map(({ name, nearest }) =>
    warning(`${name} is not a setting and changes nothing`, `rename it to ${nearest}, or remove it`),
  );
  return Promise.resolve(found.length > 0 ? found : [ok('every setting is known and right')]);
}

/** Others of the machine who may read a secret. */
const OTHERS = 0o077;

/** Keys in files that more than their owner may read. */
export function secrets({ config }: Patient): Promise<Said[]> {
  const files = [
    ...filesIn(join(config.data, 'secrets')),
    ...filesIn(join(config.data, 'tls')).filter((file) => file.endsWith('.key')),
    ...(config.terminalCaKey === '' ? [] : [config.terminalCaKey]),
  ];
  const open = files.filter((file) => existsSync(file) && (statSync(file).mode & OTHERS) !== 0);
  if (open.length === 0) return Promise.resolve([ok(`${files.length} files of keys, each for its owner alone`)]);
  return Promise.resolve(
    open.map((file) => critical(`${file} can be read by others of this machine`, `chmod 600 ${file}; think whether to replace the key`)), // prettier-ignore
  );
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name));
}

const GIB = 1_073_741_824;

/** Room for payment files, captures and the log; PostgreSQL's own disks are its server's to watch, unless they are here. */
export async function disk({ config }: Patient): Promise<Said[]> {
  const folders = new Set([config.data, ...(config.logFile === '' ? [] : [dirname(config.logFile)])]);
  return Promise.all(
    [...folders].map(async (folder) => {
      const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
      const [free, share] = [bavail * bsize, bavail / blocks];
      const says = `${folder}: ${(free / GIB).toFixed(1)} GiB free (${Math.floor(share * 100)} %)`;
      const todo = 'make room: old captures and logs first; nothing under journal, outbox or secrets';
      if (files > 0 && ffree / files < 0.02) return critical(`${folder}: fewer than 2 % of its inodes are free`, todo);
      if (share < 0.03 || free < GIB / 2) return critical(says, todo);
      return share < 0.1 ? warning(says, todo) : ok(says);
    }),
  );
}
