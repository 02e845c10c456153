import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { fileFault, GatewayError } from '../../ops/errors.ts';
import { placeOnce } from '../../ops/place-file.ts';
import { hex, object, reader, text } from '../format/names.ts';
import { jsonOf, signingKeyOf, type PublicKey, type SigningKey } from './keys.ts';

/** Keys of the roles that the gateway signs by itself: what is new (timestamp), what belongs together (snapshot), and what each device
 *  shall install (director). They say nothing about what may exist: that is signed offline. */
export const ONLINE_ROLES = ['snapshot', 'timestamp', 'director'] as const;
export type OnlineRole = (typeof ONLINE_ROLES)[number];
export type OnlineKeys = Readonly<Record<OnlineRole, SigningKey>>;

const pem = text(2_000);
const File = object({
  format: Type.Literal('kalabarg-update-online-keys/1'),
  snapshot: pem,
  timestamp: pem,
  director: pem,
});
const readFile = reader('file of online keys', File);

export function onlineKeysFile(dataDir: string): string {
  return join(dataDir, 'secrets', 'update-online-keys.json');
}

/** @returns undefined: there is none
 *  @throws GatewayError `updates.malformed`, `file.unreadable` */
export function loadOnlineKeys(dataDir: string): OnlineKeys | undefined {
  const file = onlineKeysFile(dataDir);
  if (!existsSync(file)) return undefined;
  const pems = readFile(jsonOf(textOf(file), 'file of online keys'));
  const key = (role: OnlineRole) => signingKeyOf(createPrivateKey(pems[role]));
  return { snapshot: key('snapshot'), timestamp: key('timestamp'), director: key('director') };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('file.unreadable', fileFault(file, 'read', cause), { cause });
  }
}

/** Makes them, once: every copy of the gateway needs the same file.
 *  @throws GatewayError `updates.exists` */
export function makeOnlineKeys(dataDir: string): OnlineKeys {
  const file = onlineKeysFile(dataDir);
  const make = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const value = { format: 'kalabarg-update-online-keys/1', snapshot: make(), timestamp: make(), director: make() };
  let isNew: boolean;
  try {
    isNew = placeOnce(file, `${JSON.stringify(value, undefined, 2)}\n`, 0o600);
  } catch (cause) {
    throw new GatewayError('file.unwritable', fileFault(file, 'written', cause), { cause });
  }
  if (!isNew)
    throw new GatewayError(
      'updates.exists',
      `${file} is there already. To replace online keys, move it away, make new ones, and bring a new root: docs/updates.md.`,
    );
  const made = loadOnlineKeys(dataDir);
  if (made === undefined) throw new GatewayError('file.unreadable', `${file} was there a moment ago and is gone.`);
  return made;
}

const key = object({
  keytype: Type.Literal('ed25519'),
  scheme: Type.Literal('ed25519'),
  keyval: object({ public: hex(32) }),
});
const PublicFile = object({
  format: Type.Literal('kalabarg-update-online-public/1'),
  snapshot: key,
  timestamp: key,
  director: key,
});
const readPublicFile = reader('file of public halves of online keys', PublicFile);

/** What goes to the machine where the first root is made. */
export function publicOnlineText(keys: OnlineKeys): string {
  const { snapshot, timestamp, director } = keys;
  const file = { snapshot: snapshot.public, timestamp: timestamp.public, director: director.public };
  return `${JSON.stringify({ format: 'kalabarg-update-online-public/1', ...file }, undefined, 2)}\n`;
}

/** @throws GatewayError `updates.malformed` */
export function readPublicOnline(fileText: string): Readonly<Record<OnlineRole, PublicKey>> {
  const { snapshot, timestamp, director } = readPublicFile(jsonOf(fileText, 'file of public halves of online keys'));
  return { snapshot, timestamp, director };
}
