import type { Message } from '../codec/index.ts';
import type { KeyScheme } from '../field/key-scheme.ts';
import { HsmError, type Hsm } from '../hsm/index.ts';
import type { Bdks } from '../merchants/index.ts';
import type { Security } from '../profiles/index.ts';
import { checkMacUnder, type MacCheck, type MessageKeys } from './mac.ts';

export type DukptCheck =
  /** PIN and MAC of one message come from the same KSN: the HSM derives another key for each use, and for the answer. */
  | { readonly kind: 'checked'; readonly own: MessageKeys; readonly mac: MacCheck }
  | { readonly kind: 'refused'; readonly rc: '30' | '76'; readonly path: string | undefined };

/** Checks the MAC of a message by DUKPT: DE 53 says so, DE 48 tag 21 has the KSN.
 *  @param body the whole message
 *  @param scheme what DE 53 says: one of DUKPT
 *  @returns RC 30 for what is no KSN; 76 when we do not hold the device's base key */
export async function checkDukpt(
  request: Message,
  body: Buffer,
  security: Security,
  scheme: KeyScheme,
  bdks: Bdks | undefined,
  hsm: Hsm,
): Promise<DukptCheck> {
  const text = security.ksn ?? '';
  if (text.length !== 2 * scheme.ksnBytes || !/^[0-9A-Fa-f]+$/.test(text)) return notAKsn(security.ksnPath);
  const ksn = Buffer.from(text, 'hex');
  const bdk = await bdks?.find(ksn);
  if (bdk?.usage !== 'B0' || bdk.algorithm !== scheme.algorithm) return { kind: 'refused', rc: '76', path: undefined };
  const own = { tpk: { bdk, ksn }, tak: { bdk, ksn } };
  try {
    // Without a MAC too the answer is MACed under these: a counter that no device counts to must not get that far.
    const mac = await checkMacUnder([own], request, body, hsm);
    if (mac.kind === 'absent') await hsm.verifyMac(own.tak, body, Buffer.alloc(8));
    return { kind: 'checked', own, mac };
  } catch (error) {
    if (error instanceof HsmError && error.code === 'dukpt.ksn') return notAKsn(security.ksnPath);
    throw error;
  }
}

function notAKsn(path: string): DukptCheck {
  return { kind: 'refused', rc: '30', path };
}
