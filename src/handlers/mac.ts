import type { Message, MessageInput, Codec } from '../codec/index.ts';
import type { Hsm } from '../hsm/hsm.ts';
import type { SessionKeys, TerminalRecord } from '../merchants/directory.ts';

const MAC_BYTES = 8;

/** The MAC field: 64 when no DE above 64 is present, else 128 (wire.md 3). */
function macField(elements: readonly number[]): 64 | 128 {
  return elements.some((de) => de > 64) ? 128 : 64;
}

export type MacCheck =
  /** `keys`: the pair it was made under. The answer is MACed, and the PIN decrypted, under the same pair. */
  { readonly kind: 'good'; readonly keys: SessionKeys } | { readonly kind: 'absent' } | { readonly kind: 'wrong' };

/** Checks the MAC of a request under the terminal's pair, then, while it is honoured, under the pair before.
 *  @param body the whole message: the MAC is its last field, so that all before it is what was MACed (wire.md 8) */
export async function checkMac(
  message: Message,
  body: Buffer,
  terminal: TerminalRecord,
  hsm: Hsm,
  now: number,
): Promise<MacCheck> {
  const field = macField(message.fields());
  const mac = message.bytes(field);
  if (mac === undefined) return { kind: 'absent' };
  const data = body.subarray(0, body.length - MAC_BYTES);
  for (const keys of [terminal.keys, terminal.previousUntil > now ? terminal.previous : undefined]) {
    if (keys !== undefined && (await hsm.verifyMac(keys.tak, data, mac))) return { kind: 'good', keys };
  }
  return { kind: 'wrong' };
}

/** Encodes an answer, with its MAC where there are keys. */
export async function seal(
  answer: MessageInput,
  keys: SessionKeys | undefined,
  codec: Codec,
  hsm: Hsm,
): Promise<Buffer> {
  if (keys === undefined) return codec.encode(answer);
  const field = macField(Object.keys(answer.fields).map(Number));
  const bytes = codec.encode({ mti: answer.mti, fields: { ...answer.fields, [field]: '0'.repeat(2 * MAC_BYTES) } });
  const mac = await hsm.generateMac(keys.tak, bytes.subarray(0, bytes.length - MAC_BYTES));
  mac.copy(bytes, bytes.length - MAC_BYTES);
  return bytes;
}
