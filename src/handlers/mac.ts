import type { Message, MessageInput, Codec } from '../codec/index.ts';
import type { DukptKey, Hsm, KeyRef } from '../hsm/index.ts';
import type { TerminalRecord } from '../merchants/index.ts';

const MAC_BYTES = 8;

/** The keys of one message: the terminal's session keys, or those that its KSN gives. */
export interface MessageKeys {
  readonly tpk: KeyRef | DukptKey;
  readonly tak: KeyRef | DukptKey;
}

/** The MAC field: 64 when no DE above 64 is present, else 128 (wire.md 3).
 *  @param highest the highest DE present */
function macField(highest: number | string | undefined): 64 | 128 {
  return Number(highest) > 64 ? 128 : 64;
}

export type MacCheck =
  /** `keys`: the pair it was made under. The answer is MACed, and the PIN decrypted, under the same pair. */
  { readonly kind: 'good'; readonly keys: MessageKeys } | { readonly kind: 'absent' } | { readonly kind: 'wrong' };

/** Checks the MAC of a request under the terminal's pair, then, while it is honoured, under the pair before. */
export function checkMac(
  message: Message,
  body: Buffer,
  terminal: TerminalRecord,
  hsm: Hsm,
  now: number,
): Promise<MacCheck> {
  const previous = terminal.previousUntil > now ? terminal.previous : undefined;
  return checkMacUnder([terminal.keys, previous], message, body, hsm);
}

/** @param body the whole message: the MAC is its last field, so that all before it is what was MACed (wire.md 8) */
export async function checkMacUnder(
  candidates: readonly (MessageKeys | undefined)[],
  message: Message,
  body: Buffer,
  hsm: Hsm,
): Promise<MacCheck> {
  const mac = message.bytes(macField(message.fields().at(-1)));
  if (mac === undefined) return { kind: 'absent' };
  const data = body.subarray(0, body.length - MAC_BYTES);
  for (const keys of candidates) {
    if (keys !== undefined && (await hsm.verifyMac(keys.tak, data, mac))) return { kind: 'good', keys };
  }
  return { kind: 'wrong' };
}

/** Encodes an answer, with its MAC where there are keys. */
export async function seal(
  answer: MessageInput,
  keys: MessageKeys | undefined,
  codec: Codec,
  hsm: Hsm,
): Promise<Buffer> {
  if (keys === undefined) return codec.encode(answer);
  const field = macField(Object.keys(answer.fields).at(-1)); // numbers as keys come in ascending order
  const bytes = codec.encode({ mti: answer.mti, fields: { ...answer.fields, [field]: '0'.repeat(2 * MAC_BYTES) } });
  const mac = await hsm.generateMac(keys.tak, bytes.subarray(0, bytes.length - MAC_BYTES));
  mac.copy(bytes, bytes.length - MAC_BYTES);
  return bytes;
}
