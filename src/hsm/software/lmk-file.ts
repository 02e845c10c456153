import { randomBytes, scrypt } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../ops/config.ts';
import { GatewayError } from '../../ops/errors.ts';
import { loadKey, loadOrCreateKey } from '../../ops/keyfile.ts';
import { placeFile, placeOnce, type DiskAtOnce } from '../../ops/place-file.ts';
import { HsmError } from '../errors.ts';
import type { Lmks } from './seal.ts';

/** scrypt at 128 MiB and about half a second: a passphrase is guessed slowly. */
const SCRYPT = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1_024 * 1_024 } as const;
const LMK_BYTES = 32;

type HsmSettings = Pick<Config, 'data' | 'hsm'>;

/** The LMK of the software back-end: from the environment, a passphrase, or a file.
 *  @param make whether a file that is missing may be made: never where keys lie under the one that was there
 *  @throws GatewayError `keyfile.invalid`, `secrets.missing` */
export async function loadLmks(config: HsmSettings, make: boolean): Promise<Lmks> {
  const { lmk, lmkPassphrase } = config.hsm;
  if (lmk !== '') return { lmk: Buffer.from(lmk, 'hex') };
  if (lmkPassphrase !== '') {
    const salt = saltFile(config);
    return { lmk: await stretched(lmkPassphrase, make ? loadOrCreateKey(salt) : demandKey(salt)) };
  }
  if (make) loadOrCreateKey(lmkFile(config));
  return readLmkFiles(config);
}

function demandKey(file: string): Buffer {
  const key = loadKey(file);
  if (key !== undefined) return key;
  throw new GatewayError(
    'secrets.missing',
    `${file} is missing, and keys in the database are encrypted under it: no PIN and no MAC could be checked. Restore it from its backup.`,
  );
}

/** Where a person finds the LMK. */
export function lmkPlace(config: HsmSettings): string {
  const { backend, lmk, lmkPassphrase, token } = config.hsm;
  if (backend === 'pkcs11') return `The LMK on the token ${token}`;
  if (backend === 'payshield') return 'The LMK of the HSM';
  if (lmk !== '') return 'hsm.lmk (KALABARG_LMK)';
  return lmkPassphrase === '' ? lmkFile(config) : `What hsm.lmkPassphrase and ${saltFile(config)} make`;
}

function saltFile({ data }: HsmSettings): string {
  return join(data, 'secrets', 'lmk.salt');
}

/** The LMK file and, while it lies there, the one before. */
export function readLmkFiles(config: HsmSettings): Lmks {
  const file = lmkFile(config);
  const previous = `${file}.previous`;
  return { lmk: demandKey(file), previousLmk: loadKey(previous) };
}

/** Whether the LMK is in a file, so that we can change it. */
export function lmkIsInFile({ hsm }: HsmSettings): boolean {
  return hsm.backend === 'software' && hsm.lmk === '' && hsm.lmkPassphrase === '';
}

/** Makes a new LMK beside the present one, which stays as `<file>.previous`. Whoever runs on these files finds it by itself.
 *  @throws HsmError `lmk.invalid` while keys may still be under an LMK before the present one */
export function replaceLmkFile(config: HsmSettings, disk?: DiskAtOnce): void {
  const file = lmkFile(config);
  const previous = `${file}.previous`;
  if (existsSync(previous)) {
    throw new HsmError(
      'lmk.invalid',
      `${previous} is there: the change before was not finished: kalabarg keys rotate --finish.`,
    );
  }
  // First the present one under its second name, then the new one in its place, each on disk: at no moment is either missing.
  placeOnce(previous, demandKey(file).toString('hex') + '\n', 0o600, disk);
  placeFile(file, randomBytes(LMK_BYTES).toString('hex') + '\n', 0o600, disk);
}

/** The LMK before is not needed any more. */
export function dropPreviousLmk(config: HsmSettings): void {
  rmSync(`${lmkFile(config)}.previous`, { force: true });
}

function lmkFile({ data, hsm }: HsmSettings): string {
  return hsm.lmkFile === '' ? join(data, 'secrets', 'lmk.key') : hsm.lmkFile;
}

function stretched(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    scrypt(passphrase.normalize('NFKC'), salt, LMK_BYTES, SCRYPT, (error, key) => {
      if (error === null) done(key);
      else fail(error);
    });
  });
}
