import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import Client from 'ssh2-sftp-client';
import { Type, type Static } from 'typebox';
import { systemClock, type Now } from '../../ops/clock.ts';
import { GatewayError, messageOf } from '../../ops/errors.ts';
import type { Parting } from '../clearing/deliver.ts';
import { systemDisk } from '../../ops/disk.ts';
import { fileHash } from '../files/taken.ts';

/** A folder of an SFTP server: where payment files go, or where acquirers leave theirs. */
export const SftpSchema = Type.Object(
  {
    host: Type.String({ minLength: 1 }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, default: 22 }),
    user: Type.String({ minLength: 1 }),
    /** Path of the private key, PEM or OpenSSH. */
    keyFile: Type.String({ minLength: 1 }),
    /** As `ssh-keygen -lf` prints it: SHA256:…; another server is refused. */
    hostKey: Type.String({ pattern: '^SHA256:[A-Za-z0-9+/]{43}$' }),
    folder: Type.String({ minLength: 1 }),
  },
  { additionalProperties: false },
);
export type SftpPlace = Static<typeof SftpSchema>;

const TIMEOUT_MS = 20_000;

/** Puts a file there under its name, all of it or none: written as `.<name>.part`, read back, renamed. A file of the same
 *  name and bytes was put before. Once it may have been renamed it is never sent again: it lies there under its name, or whole
 *  under the other one; or it was collected, which the server cannot tell. @returns what goes into the receipt
 *  @throws GatewayError `sftp.failed`, `sftp.conflict` when other bytes lie there under that name, `delivery.unknown` */
export async function putFile(
  place: SftpPlace,
  path: string,
  name: string,
  { mayHaveLeft, leaving }: Parting,
  clock: Now = systemClock,
): Promise<Record<string, unknown>> {
  const sha256 = await fileHash(path);
  return withClient(place, async (client) => {
    const target = `${place.folder}/${name}`;
    if ((await client.exists(target)) !== false) {
      if ((await remoteHash(client, target)) === sha256) return receipt(place, target, sha256, clock);
      throw new GatewayError(
        'sftp.conflict',
        `${target} exists at ${place.host} with other bytes: it is never overwritten.`,
      );
    }
    const part = `${place.folder}/.${name}.part`;
    if (mayHaveLeft && ((await client.exists(part)) === false || (await remoteHash(client, part)) !== sha256)) {
      throw new GatewayError(
        'delivery.unknown',
        `${name} may have reached ${place.host}: the answer to its renaming was lost, and it is no longer there.`,
      );
    }
    if (!mayHaveLeft) await client.fastPut(path, part, { concurrency: 8 });
    if (!mayHaveLeft && (await remoteHash(client, part)) !== sha256) {
      throw new GatewayError('sftp.failed', `${part} at ${place.host} does not read back as it was sent.`);
    }
    await leaving();
    await client.rename(part, target);
    return receipt(place, target, sha256, clock);
  });
}

/** Fetches every file that lies there into `folder`, each whole before it has its name, and takes it away there once it is
 *  safe here. Names that start with a dot are not finished. @returns the names */
export async function fetchFiles(place: SftpPlace, folder: string): Promise<string[]> {
  return withClient(place, async (client) => {
    const names: string[] = [];
    for (const entry of await client.list(place.folder)) {
      if (entry.type !== '-' || !/^[A-Za-z0-9_][\w.-]{0,120}$/.test(entry.name)) continue;
      // Another server's file of this name still waits to be taken: this one is fetched once that is gone.
      if (existsSync(join(folder, entry.name))) continue;
      const [remote, part] = [`${place.folder}/${entry.name}`, join(folder, `.${entry.name}.part`)];
      await client.fastGet(remote, part);
      if ((await fileHash(part)) !== (await remoteHash(client, remote))) continue; // it grows yet: the next look has it
      await systemDisk.sync(part);
      await rename(part, join(folder, entry.name));
      await systemDisk.sync(folder);
      await client.delete(remote);
      names.push(entry.name);
    }
    return names;
  });
}

async function withClient<T>(place: SftpPlace, body: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client('settlement');
  client.on('error', () => undefined); // the call that runs fails, and says so
  try {
    await client.connect({
      host: place.host,
      port: place.port,
      username: place.user,
      privateKey: readFileSync(place.keyFile),
      readyTimeout: TIMEOUT_MS,
      hostVerifier: (key: Buffer) => isHostKey(key, place.hostKey),
    });
    return await body(client);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('sftp.failed', `SFTP ${place.user}@${place.host}:${place.port}: ${messageOf(cause)}`, {
      cause,
    });
  } finally {
    await client.end().catch(() => undefined); // what counts has been said by then
  }
}

function isHostKey(key: Buffer, wanted: string): boolean {
  const found = Buffer.from(`SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`);
  const expected = Buffer.from(wanted);
  return found.length === expected.length && timingSafeEqual(found, expected);
}

async function remoteHash(client: Client, path: string): Promise<string> {
  const hash = createHash('sha256');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, next) {
      hash.update(chunk);
      next();
    },
  });
  await client.get(path, sink); // closes what it opened before it resolves, as createReadStream would not
  return hash.digest('hex');
}

function receipt(place: SftpPlace, target: string, sha256: string, clock: Now): Record<string, unknown> {
  return { sftp: `${place.host}:${place.port}`, path: target, sha256, at: new Date(clock.now()).toISOString() };
}
