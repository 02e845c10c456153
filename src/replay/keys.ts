import { dukptKeys, serialOf } from '../capture/index.ts';
import type { Message } from '../codec/index.ts';
import { cmac, retailMac, unwrapKeyBlock, type KeyAlgorithm } from '../hsm/index.ts';
import { DEMO_TERMINALS } from '../demo/index.ts';
import type { Anatomy, Part } from '../profiles/index.ts';

/** The keys of a terminal in this run, in clear: a replay is its own secure device, with test keys. */
export interface TerminalKeys {
  readonly algorithm: KeyAlgorithm;
  readonly tpk: Buffer;
  readonly tak: Buffer;
}

/** The pair of a key download (0810/101) under the terminal's TMK of the demo programme.
 *  @returns undefined when the message brings none, or under another TMK */
export function keysOf(terminal: string, parts: readonly Part[]): TerminalKeys | undefined {
  const [tpk, tak] = ['tpk', 'tak'].map((name) => parts.find((part) => part.name === name)?.text.trim());
  if (tpk === undefined || tak === undefined) return undefined;
  const algorithm = tpk.startsWith('D') ? 'AES' : 'TDES';
  const tmk = (
    DEMO_TERMINALS.find((demo) => demo.terminal === terminal) ??
    DEMO_TERMINALS.find((demo) => demo.algorithm === algorithm)
  )?.tmk;
  if (tmk === undefined) return undefined;
  try {
    return { algorithm, tpk: unwrapKeyBlock(tpk, tmk).key, tak: unwrapKeyBlock(tak, tmk).key };
  } catch {
    return undefined; // not this programme's terminal: its MACs cannot be made
  }
}

/** The keys of one message: those of its KSN under the test base keys, where it is a DUKPT device's; else the session's.
 *  @param request the message itself, or the one that it answers */
export function keysOfMessage(
  anatomy: Anatomy,
  request: Message | undefined,
  session: TerminalKeys | undefined,
  direction: 'request' | 'answer',
): TerminalKeys | undefined {
  const said = request === undefined ? undefined : anatomy.security(request);
  const serial = serialOf(said?.scheme, said?.ksn);
  const derived = serial === undefined ? undefined : dukptKeys(serial, direction === 'answer');
  return derived === undefined ? session : { algorithm: derived.algorithm, tpk: derived.pin, tak: derived.mac };
}

/** wire.md 8. */
export function macOf(keys: TerminalKeys, data: Uint8Array): Buffer {
  return keys.algorithm === 'AES' ? Buffer.from(cmac(keys.tak, data).subarray(0, 8)) : retailMac(keys.tak, data);
}

/** Whether a message's MAC holds; undefined: it carries none. */
export function macHolds(message: Message, keys: TerminalKeys | undefined): boolean | undefined {
  const de = message.has(128) ? 128 : 64;
  const mac = message.bytes(de);
  if (mac === undefined) return undefined;
  return keys !== undefined && macOf(keys, message.encode().subarray(0, message.offsetOf(de))).equals(mac);
}
