import type { DukptKey, Hsm, KeyRef, KeySpec, PinBlockFormat } from './hsm.ts';

/** Everything a back-end can do. A back-end that cannot do an operation rejects with HsmError `hsm.unsupported`. */
export interface PaymentHsm extends Hsm {
  generateMac(key: KeyRef | DukptKey, data: Buffer, options?: MacOptions): Promise<Buffer>;
  verifyMac(key: KeyRef | DukptKey, data: Buffer, mac: Buffer, options?: MacOptions): Promise<boolean>;
  /** Worked out anew from the key itself. @throws HsmError `key.token` */
  kcv(key: KeyRef): Promise<string>;
  /** The same key under the back-end's present master key (after a change of LMK). */
  rewrap(key: KeyRef): Promise<KeyRef>;
  /** A TDES key from an old peer: enciphered under a ZMK (usage K0).
   *  @param cryptogram scheme letter and hexadecimal digits: `X`, `Y` (ANSI X9.17, ECB) or `U`, `T` (variants) */
  importVariantKey(spec: KeySpec, cryptogram: string, zmk: KeyRef): Promise<KeyRef>;
  exportVariantKey(key: KeyRef, zmk: KeyRef, scheme: VariantScheme): Promise<string>;
  /** Makes a key pair of P-256 whose private half never leaves the device, and has no other form: what holds it is backed up by itself.
   *  @param label finds it again
   *  @returns the public half, SPKI in DER
   *  @throws HsmError `hsm.unsupported`: this back-end keeps no key pairs; `key.spec`: there is such a key */
  makeSigningKey(label: string): Promise<Buffer>;
  /** @returns ECDSA over the SHA-256 of the data, in DER
   *  @throws HsmError `key.token`: it does not hold that key */
  signBy(label: string, data: Buffer): Promise<Buffer>;
  verifyPvv(request: PvvCheck): Promise<boolean>;
  verifyIbm3624(request: Ibm3624Check): Promise<boolean>;
  /** CVV, CVC, CVV2 (service code 000), iCVV (999). */
  verifyCvv(request: CvvCheck): Promise<boolean>;
  verifyArqc(request: ArqcCheck): Promise<boolean>;
  generateArpc(request: ArpcRequest): Promise<Buffer>;
  encryptData(request: DataRequest): Promise<Buffer>;
  decryptData(request: DataRequest): Promise<Buffer>;
}

/** How a MAC is made. The algorithm follows the key's usage: M1 ISO 9797-1 algorithm 1, M3 algorithm 3, M6 CMAC. */
export interface MacOptions {
  /** ISO 9797-1 padding method of M1 and M3; 1 where it is not given. CMAC has its own. */
  readonly padding?: 1 | 2;
  /** Leftmost bytes taken: 4 to the cipher's block, 8 where it is not given. */
  readonly bytes?: number;
  /** Which DUKPT key: the terminal's request (the default to verify) or our response (the default to generate). */
  readonly direction?: 'request' | 'response';
}

/** Key schemes of ZMK cryptograms: X and Y are double and triple length in ECB, U and T the same with variants. */
export type VariantScheme = 'X' | 'Y' | 'U' | 'T';

/** An enciphered PIN that is to be checked. */
export interface PinSource {
  readonly block: Buffer;
  readonly format: PinBlockFormat;
  readonly from: KeyRef | DukptKey;
  readonly pan: string;
}

export interface PvvCheck extends PinSource {
  /** PIN verification key (usage V2). */
  readonly pvk: KeyRef;
  /** Key index, 0-6, one digit. */
  readonly pvki: string;
  /** Four digits. */
  readonly pvv: string;
}

export interface Ibm3624Check extends PinSource {
  /** PIN verification key (usage V1). */
  readonly pvk: KeyRef;
  /** Sixteen decimal digits: what each hexadecimal digit becomes. */
  readonly decimalization: string;
  /** As many digits as are checked, 4-12. */
  readonly offset: string;
  /** The part of the PAN that is enciphered, filled up to 16 with `pad`; by default its last 16 digits and `F`. */
  readonly validation?: { readonly start: number; readonly length: number; readonly pad: string };
}

export interface CvvCheck {
  /** Card verification key (usage C0). */
  readonly cvk: KeyRef;
  readonly pan: string;
  /** Four digits as the card has them: YYMM on the stripe. */
  readonly expiry: string;
  readonly serviceCode: string;
  /** 3 to 5 digits. */
  readonly cvv: string;
}

/** How a card's session key comes from its master key: not at all (CVN 10), Mastercard's SKD, or EMV common (CVN 18). */
export type EmvSession = 'none' | 'mastercard' | 'common';

export interface EmvCard {
  /** Issuer master key for application cryptograms (usage E0). */
  readonly imk: KeyRef;
  readonly pan: string;
  /** PAN sequence number, two digits. */
  readonly panSequence: string;
  readonly session: EmvSession;
  /** Application transaction counter, 2 bytes. */
  readonly atc: Buffer;
  /** Unpredictable number, 4 bytes: Mastercard's session key wants it. */
  readonly unpredictable?: Buffer;
}

export interface ArqcCheck extends EmvCard {
  readonly data: Buffer;
  readonly padding: 1 | 2;
  /** 8 bytes. */
  readonly arqc: Buffer;
}

export interface ArpcRequest extends EmvCard {
  readonly arqc: Buffer;
  /** Method 1: the authorisation response code, 2 bytes. Method 2: card status update, 4 bytes, and proprietary data. */
  readonly response:
    | { readonly method: 1; readonly arc: Buffer }
    | { readonly method: 2; readonly csu: Buffer; readonly proprietary?: Buffer };
}

export interface DataRequest {
  /** Usage D0, or a base derivation key. */
  readonly key: KeyRef | DukptKey;
  readonly mode: 'CBC' | 'ECB';
  /** A block for CBC; zeros where it is not given. */
  readonly iv?: Buffer;
  /** Whole blocks, 32 KiB at most. */
  readonly data: Buffer;
  readonly direction?: 'request' | 'response';
}
