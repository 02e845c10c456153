import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseFetcher, Updater, type TargetFile } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { DAY_MS } from '../../../ops/clock.ts';
import { GatewayError } from '../../../ops/errors.ts';
import type { Disk } from './disk.ts';
import { codeOf, type UpdateSource } from './source.ts';

/** The signed metadata that a device trusts: TUF 1.0, by tuf-js. */
export interface Trust {
  /** `signed` of the root, for the director's keys. */
  readonly root: unknown;
  readonly timestampVersion: number;
  /** When the timestamp was signed: a day before it ends (terminals.md 3). */
  readonly signedMs: number;
  /** @returns undefined: nobody signed a file of this name */
  target(path: string): Promise<TargetFile | undefined>;
}

const FOLDER = 'trust';
const BASE = 'https://updates.invalid/tuf';
/** The order in which metadata reaches the disk: whatever is cut off behind is fetched again. */
const ORDER = ['root.json', 'timestamp.json', 'snapshot.json', 'targets.json'];
const LIMITS = {
  rootMaxLength: 65_536,
  timestampMaxLength: 16_384,
  snapshotMaxLength: 1_000_000,
  targetsMaxLength: 5_000_000,
  maxDelegations: 32,
  maxRootRotations: 64,
};

/** @returns whether the device has a root that it can begin with */
export function hasRoot(disk: Disk): boolean {
  return disk.size(`${FOLDER}/root.json`) > 0;
}

/** The first root comes with the device, from its factory. Later ones are taken over from it alone. */
export function plantRoot(disk: Disk, root: Uint8Array): void {
  if (!hasRoot(disk)) disk.write(`${FOLDER}/root.json`, root);
}

/** Fetches what is new and checks it, then does `work` with it. What was found good stays, also when something after it is not: that is
 *  what keeps older metadata out.
 *  @param now the device's own time, ms: the machine's clock is not asked
 *  @throws errors of the source and of tuf-js: `attackOf` says what they mean */
export async function withTrust<T>(
  disk: Disk,
  source: UpdateSource,
  now: number,
  work: (trust: Trust) => Promise<T>,
): Promise<T> {
  // tuf-js writes files as it goes, which a power cut would tear: it works in memory, and what is good is put on the disk whole.
  const memory = mkdtempSync(join(tmpdir(), 'kalabarg-trust-'));
  const before = new Map<string, Buffer>();
  try {
    for (const name of disk.names(FOLDER)) {
      const bytes = name.endsWith('.json') ? disk.read(`${FOLDER}/${name}`) : undefined;
      if (bytes === undefined) continue;
      before.set(name, bytes);
      writeFileSync(join(memory, name), bytes);
    }
    if (!before.has('root.json'))
      throw new GatewayError(
        'device.root',
        'This device has no root of updates: put the first one beside its device.json.',
      );
    try {
      const updater = new Updater({
        metadataDir: memory,
        metadataBaseUrl: BASE,
        targetDir: memory,
        targetBaseUrl: BASE,
        fetcher: new SourceFetcher(source),
        config: LIMITS,
      });
      useTime(updater, now);
      await updater.refresh();
      return await work(trustOf(updater, memory));
    } finally {
      keep(disk, memory, before);
    }
  } finally {
    rmSync(memory, { recursive: true, force: true });
  }
}

function trustOf(updater: Updater, memory: string): Trust {
  const read = (name: string): { signed: { version: number; expires: string } } =>
    JSON.parse(readFileSync(join(memory, `${name}.json`), 'utf8')) as { signed: { version: number; expires: string } };
  const timestamp = read('timestamp').signed;
  return {
    root: read('root').signed,
    timestampVersion: timestamp.version,
    signedMs: Date.parse(timestamp.expires) - DAY_MS,
    target: (path) => updater.getTargetInfo(path),
  };
}

/** tuf-js takes the machine's clock when it is made, which a device's may not be trusted with. */
function useTime(updater: Updater, now: number): void {
  const store: unknown = Reflect.get(updater, 'trustedSet');
  if (typeof store !== 'object' || store === null || !Reflect.has(store, 'referenceTime'))
    throw new TypeError('tuf-js keeps its time elsewhere now');
  Reflect.set(store, 'referenceTime', new Date(now));
}

function keep(disk: Disk, memory: string, before: ReadonlyMap<string, Buffer>): void {
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const names = readdirSync(memory).filter((name) => /^[A-Za-z0-9._%-]+\.json$/.test(name));
  for (const name of names.sort((a, b) => rank(a) - rank(b))) {
    const bytes = readFileSync(join(memory, name));
    if (before.get(name)?.equals(bytes) !== true) disk.write(`${FOLDER}/${name}`, bytes);
  }
}

/** Metadata by any way that the device has. */
class SourceFetcher extends BaseFetcher {
  readonly #source: UpdateSource;

  constructor(source: UpdateSource) {
    super();
    this.#source = source;
  }

  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const name = url.slice(BASE.length + 1);
    try {
      return await this.#source.small(name, maxLength);
    } catch (error) {
      if (codeOf(error) === 'device.missing') throw new DownloadHTTPError('There is no such file', 404);
      throw error;
    }
  }

  override fetch(url: string): Promise<never> {
    return Promise.reject(new TypeError(`${url}: targets are fetched by the device itself`));
  }
}
