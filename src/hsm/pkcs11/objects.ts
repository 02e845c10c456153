import type { KeySpec, KeyUsage } from '../hsm.ts';
import { CK, type Attribute, type Mechanism } from './module.ts';

/** What a key object may do on the token. The token enforces it. */
export type Right = 'encrypt' | 'decrypt' | 'sign' | 'wrap' | 'unwrap';

const RIGHTS: Readonly<Record<Right, number>> = {
  encrypt: CK.CKA_ENCRYPT,
  decrypt: CK.CKA_DECRYPT,
  sign: CK.CKA_SIGN,
  wrap: CK.CKA_WRAP,
  unwrap: CK.CKA_UNWRAP,
};

export interface ObjectOptions {
  readonly rights: readonly Right[];
  /** May be wrapped. Keys at work may not; a copy that is being sealed must. */
  readonly extractable: boolean;
  /** Given: the object stays on the token under this label; else it lives as long as the session. */
  readonly label?: string;
  readonly value?: Buffer;
  /** For generated AES keys. */
  readonly valueBytes?: number;
}

/** The template of a secret key of which no value can be read. */
export function template(algorithm: KeySpec['algorithm'], bits: number, options: ObjectOptions): Attribute[] {
  const { rights, extractable, label, value, valueBytes } = options;
  const attributes: Attribute[] = [
    { type: CK.CKA_CLASS, value: CK.CKO_SECRET_KEY },
    { type: CK.CKA_KEY_TYPE, value: keyType(algorithm, bits) },
    { type: CK.CKA_TOKEN, value: label !== undefined },
    { type: CK.CKA_PRIVATE, value: true },
    { type: CK.CKA_SENSITIVE, value: true },
    { type: CK.CKA_EXTRACTABLE, value: extractable },
    { type: CK.CKA_VERIFY, value: false },
    { type: CK.CKA_DERIVE, value: false },
  ];
  for (const right of Object.keys(RIGHTS) as Right[]) {
    attributes.push({ type: RIGHTS[right], value: rights.includes(right) });
  }
  if (label !== undefined) attributes.push({ type: CK.CKA_LABEL, value: label });
  if (value !== undefined) attributes.push({ type: CK.CKA_VALUE, value });
  if (valueBytes !== undefined) attributes.push({ type: CK.CKA_VALUE_LEN, value: valueBytes });
  return attributes;
}

function keyType(algorithm: KeySpec['algorithm'], bits: number): number {
  if (algorithm === 'AES') return CK.CKK_AES;
  return bits === 192 ? CK.CKK_DES3 : CK.CKK_DES2;
}

/** What a key of a usage and mode of use needs to be allowed to. A MAC is verified by making it again, in constant time
 *  and of any length: tokens refuse to verify one that was cut. M1 and M3 are made of CBC encryptions. */
export function rightsOf(usage: KeyUsage, mode: string): Right[] {
  const free = mode === 'N' || mode === 'B';
  switch (usage) {
    case 'P0':
      return [
        ...(free || mode === 'E' ? ['encrypt' as const] : []),
        ...(free || mode === 'D' ? ['decrypt' as const] : []),
      ];
    case 'M1':
    case 'M3':
      return ['encrypt'];
    case 'M6':
    case 'K1':
      return ['sign'];
    default:
      return [];
  }
}

export const WRAP: Mechanism = { mechanism: CK.CKM_AES_KEY_WRAP };

export function ecb(algorithm: KeySpec['algorithm']): Mechanism {
  return { mechanism: algorithm === 'AES' ? CK.CKM_AES_ECB : CK.CKM_DES3_ECB };
}

export function cbcFromZero(algorithm: KeySpec['algorithm']): Mechanism {
  if (algorithm === 'AES') return { mechanism: CK.CKM_AES_CBC, parameter: Buffer.alloc(16) };
  return { mechanism: CK.CKM_DES3_CBC, parameter: Buffer.alloc(8) };
}

export function cmacBy(algorithm: KeySpec['algorithm']): Mechanism {
  return { mechanism: algorithm === 'AES' ? CK.CKM_AES_CMAC : CK.CKM_DES3_CMAC };
}

export function keyGeneration(algorithm: KeySpec['algorithm'], bits: number): Mechanism {
  if (algorithm === 'AES') return { mechanism: CK.CKM_AES_KEY_GEN };
  return { mechanism: bits === 192 ? CK.CKM_DES3_KEY_GEN : CK.CKM_DES2_KEY_GEN };
}
