import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec, KeyUsage } from '../hsm.ts';
import { usageOf } from '../usage.ts';

/** Which master key the HSM has: key blocks (`S…`, usage bound by the HSM), or the old variants (`U…`, `T…`). */
export type LmkKind = 'keyblock' | 'variant';

/** Key type codes of a variant LMK, by usage. A PIN key is a ZPK there, so that one command translates between any two. */
const KEY_TYPES: Partial<Record<KeyUsage, string>> = {
  K0: '000',
  K1: '000',
  P0: '001',
  M1: '008',
  M3: '008',
  B0: '009',
  D0: '00B',
  C0: '402',
  E0: '109',
  V1: '002',
  V2: '002',
};

/** The key type code of commands: `FFF` under a key block LMK, where the block itself tells.
 *  @throws HsmError `hsm.unsupported` for a usage that variant LMKs do not know */
export function keyType(usage: KeyUsage, lmk: LmkKind): string {
  if (lmk === 'keyblock') return 'FFF';
  const type = KEY_TYPES[usage];
  if (type === undefined) throw new HsmError('hsm.unsupported', `A variant LMK has no key type for usage ${usage}.`);
  return type;
}

/** The key as the HSM wants it. What its reference says must be what the block says: the HSM has sealed that.
 *  @throws HsmError `key.token` */
export function hostKey(ref: KeyRef, lmk: LmkKind): string {
  if (lmk === 'variant') {
    const type = keyType(ref.usage, lmk);
    if (!new RegExp(`^${type}(U[0-9A-F]{32}|T[0-9A-F]{48})$`).test(ref.token)) throw notOurs();
    return ref.token.slice(type.length);
  }
  const header = readHeader(ref.token);
  if (header === undefined || header.usage !== ref.usage || header.algorithm !== ref.algorithm) throw notOurs();
  return ref.token;
}

/** Whether the HSM would let the key out. */
export function isExportable(ref: KeyRef, lmk: LmkKind): boolean {
  return lmk === 'variant' || readHeader(ref.token)?.exportability !== 'N';
}

/** The reference of a key that the HSM has just given. */
export function refOf(spec: KeySpec, key: string, kcv: string, lmk: LmkKind): KeyRef {
  const { usage, algorithm, bits } = spec;
  const token = lmk === 'variant' ? keyType(usage, lmk) + key : key;
  return { usage, algorithm, bits, kcv: kcv.toUpperCase(), token };
}

interface TokenHeader {
  readonly usage: KeyUsage;
  readonly algorithm: string;
  readonly exportability: string;
}

/** The clear header of a Thales key block: as X9.143, but for its version and the LMK identifier at its end. */
function readHeader(token: string): TokenHeader | undefined {
  if (!/^S[01]\d{4}[0-9A-Z]{4}[\x20-\x7e]+$/.test(token) || Number(token.slice(2, 6)) !== token.length - 1)
    return undefined;
  const algorithm = token.charAt(8) === 'A' ? 'AES' : token.charAt(8) === 'T' ? 'TDES' : '';
  return { usage: usageOf(token.slice(6, 8)), algorithm, exportability: token.charAt(12) };
}

function notOurs(): HsmError {
  return new HsmError(
    'key.token',
    'The key is not one of this HSM, or is of another usage or algorithm than it is said to be.',
  );
}
