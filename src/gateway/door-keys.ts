import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileFault, GatewayError } from '../ops/errors.ts';
import { loadKey } from '../ops/keyfile.ts';
import { placeFile } from '../ops/place-file.ts';
import type { Log } from '../ops/log.ts';
import { ownerKeys, type OwnerKeys } from '../owners/index.ts';

/** The public door's own keys, each derived from pan.key and no way back: a public process that runs alone has these files and not
 *  pan.key, so that whoever breaks into it learns no card by it. */
const FILES = { pepper: 'door-codes.key', messages: 'door-messages.key' } as const;

function fileOf(dataDir: string, key: keyof OwnerKeys): string {
  return join(dataDir, 'secrets', FILES[key]);
}

/** Keeps the derived keys beside pan.key, for the machine of a public process. Where nothing can be written there, only that machine
 *  misses them.
 *  @throws GatewayError `keyfile.invalid` */
export function keepDoorKeys(dataDir: string, panKey: Buffer, log: Log): OwnerKeys {
  const keys = ownerKeys(panKey);
  for (const name of Object.keys(FILES) as (keyof OwnerKeys)[]) {
    const file = fileOf(dataDir, name);
    if (loadKey(file)?.equals(keys[name]) === true) continue;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      placeFile(file, `${keys[name].toString('hex')}\n`, 0o600);
    } catch (error) {
      log.warn({ why: fileFault(file, 'written', error) }, 'a key for a public process of its own could not be kept');
    }
  }
  return keys;
}

/** @throws GatewayError `door.key`, `keyfile.invalid` */
export function loadDoorKeys(dataDir: string): OwnerKeys {
  const load = (name: keyof OwnerKeys): Buffer => {
    const file = fileOf(dataDir, name);
    const key = loadKey(file);
    if (key !== undefined) return key;
    throw new GatewayError(
      'door.key',
      `${file} is missing. Copy it from the data folder of a copy that has pan.key: that writes it when it starts.`,
    );
  };
  return { pepper: load('pepper'), messages: load('messages') };
}
