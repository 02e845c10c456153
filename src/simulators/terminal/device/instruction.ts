import { createHash } from 'node:crypto';
import { GatewayError } from '../../../ops/errors.ts';
import { MOST_DIRECTOR_BYTES, readCustom, verifyDirector, type Director } from '../../../updates/format/index.ts';
import type { SignedTarget } from './plan.ts';
import { codeOf, type UpdateSource } from './source.ts';
import type { DeviceState } from './state.ts';
import type { Trust } from './trust.ts';

/** Who asks the director. */
export interface Asker {
  readonly serial: string;
  /** DE 41 */
  readonly terminal: string;
  readonly source: UpdateSource;
  readonly nonce: string;
  /** The device's time, ms. */
  readonly now: number;
}

/** What this device shall install, checked: for it, an answer to this question, and not older than what was seen. Versions that other
 *  keys signed are forgotten: a thief may have driven them up.
 *  @returns undefined: the director has nothing to say to it
 *  @throws GatewayError of the source, `updates.forged`, `updates.rollback`, `updates.expired`, `updates.malformed` */
export async function instructionOf(
  trust: Trust,
  seen: Pick<DeviceState, 'directorVersion' | 'directorKeys'>,
  { serial, terminal, source, nonce, now }: Asker,
): Promise<{ director: Director; directorKeys: string } | undefined> {
  let bytes: Buffer;
  try {
    bytes = await source.small(`director/${serial}.json?nonce=${nonce}`, MOST_DIRECTOR_BYTES);
  } catch (error) {
    if (codeOf(error) === 'device.missing') return undefined;
    throw error;
  }
  const directorKeys = keysOf(trust.root);
  const version = directorKeys === seen.directorKeys ? seen.directorVersion : 0;
  const director = verifyDirector(jsonOf(bytes), trust.root, { serial, version, nonce, now });
  if (director.terminal !== terminal)
    throw new GatewayError('updates.forged', `The instruction is for terminal ${director.terminal}.`);
  return { director, directorKeys };
}

/** What is signed for a file.
 *  @returns undefined: nobody signed one of this name, or it is no file of ours */
export async function targetOf(trust: Trust, path: string): Promise<SignedTarget | undefined> {
  const found = await trust.target(path);
  if (found === undefined) return undefined;
  const { sha256 = '', sha512 = '' } = found.hashes;
  try {
    return { length: found.length, sha256, sha512, custom: readCustom(found.custom) };
  } catch {
    return undefined; // signed, and still not what a device of ours can read
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new GatewayError('updates.malformed', 'The instruction of the director is not JSON.', { cause });
  }
}

function keysOf(root: unknown): string {
  const role = (root as { readonly 'x-director'?: { readonly keyids?: readonly string[] } })['x-director'];
  const ids = [...(role?.keyids ?? [])].sort().join();
  return createHash('sha256').update(ids).digest('hex').slice(0, 16);
}
