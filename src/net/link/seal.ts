import type { Codec, FieldInput, Message } from '../../codec/index.ts';
import type { Hsm, KeyRef } from '../../hsm/index.ts';
import type { Fields } from './types.ts';

const MAC_BYTES = 8;

/** Encodes a message, with its MAC as the last field where there is a key: DE 64 when no DE above 64 is present, else
 *  DE 128, over everything before it (wire.md 8). */
export async function seal(
  codec: Codec,
  hsm: Hsm,
  zak: KeyRef | undefined,
  mti: string,
  fields: Fields,
): Promise<Buffer> {
  const present = Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, FieldInput] => entry[1] !== undefined),
  );
  if (zak === undefined) return codec.encode({ mti, fields: present });
  const de = Object.keys(present).some((name) => Number(name) > 64) ? '128' : '64';
  const bytes = codec.encode({ mti, fields: { ...present, [de]: '0'.repeat(2 * MAC_BYTES) } });
  const mac = await hsm.generateMac(zak, bytes.subarray(0, bytes.length - MAC_BYTES));
  mac.copy(bytes, bytes.length - MAC_BYTES);
  return bytes;
}

export type MacVerdict = 'good' | 'wrong' | 'absent';

/** @param zaks keys that may have made it, the newest first
 *  @param body the whole message as it came */
export async function checkMac(hsm: Hsm, zaks: readonly KeyRef[], message: Message, body: Buffer): Promise<MacVerdict> {
  const mac = message.bytes(128) ?? message.bytes(64);
  if (mac === undefined) return 'absent';
  const data = body.subarray(0, body.length - MAC_BYTES);
  for (const zak of zaks) if (await hsm.verifyMac(zak, data, mac)) return 'good';
  return 'wrong';
}
