/** The one interface behind which PINs, MACs and keys live. Handlers never see a clear key.
 *
 *  A key is an opaque reference. Its `token` may be stored (in the database, in a file): it is the key under the
 *  HSM's own master keys, and is useless elsewhere.
 *  Source: X9.143 (TR-31) for usages, ISO 9564-1 for PIN block formats, wire.md 8 for MACs. */

/** X9.143 key usage: B0 base derivation, D0 data, E0 EMV issuer master (ARQC), K0 key encryption, K1 key block
 *  protection (a TMK that carries TR-31 blocks), M1/M3/M6 MAC, P0 PIN encryption, V1 IBM 3624, V2 PVV, C0 CVK. */
export type KeyUsage = 'B0' | 'C0' | 'D0' | 'E0' | 'K0' | 'K1' | 'M1' | 'M3' | 'M6' | 'P0' | 'V1' | 'V2';
export type KeyAlgorithm = 'TDES' | 'AES';

export interface KeySpec {
  readonly usage: KeyUsage;
  readonly algorithm: KeyAlgorithm;
  /** Key length in bits: TDES 128 or 192 (parity included), AES 128, 192 or 256. */
  readonly bits: 128 | 192 | 256;
}

export interface KeyRef extends KeySpec {
  /** Key check value, upper-case hex: 3 bytes (TDES: of a zero block; AES: of the CMAC of a zero block). */
  readonly kcv: string;
  /** What the back-end needs to find the key again. Safe to store, useless elsewhere. */
  readonly token: string;
}

/** A key derived per transaction. `ksn` is 10 bytes (TDES DUKPT) or 12 bytes (AES DUKPT). */
export interface DukptKey {
  readonly bdk: KeyRef;
  readonly ksn: Buffer;
}

/** ISO 9564-1 PIN block formats. */
export type PinBlockFormat = 0 | 1 | 3 | 4;

export interface PinTranslation {
  readonly block: Buffer;
  readonly pan: string;
  readonly from: KeyRef | DukptKey;
  readonly fromFormat: PinBlockFormat;
  readonly to: KeyRef;
  readonly toFormat: PinBlockFormat;
}

export interface HsmStatus {
  readonly backend: string;
  readonly ready: boolean;
  /** For a person: firmware, token label, or what is wrong. */
  readonly detail: string;
}

/** What the gateway's request path needs. The full set (PVV, CVV, ARQC, …) extends this in the same folder. */
export interface Hsm {
  status(): Promise<HsmStatus>;
  generateKey(spec: KeySpec): Promise<KeyRef>;
  /** Forms a key as the XOR of components held by different people (dual control). */
  formKey(spec: KeySpec, components: readonly Buffer[]): Promise<KeyRef>;
  /** @param block an X9.143 key block (versions B and D) under `kbpk` (usage K1)
   *  @throws HsmError when the block's MAC, usage or length is wrong */
  importKeyBlock(block: string, kbpk: KeyRef): Promise<KeyRef>;
  exportKeyBlock(key: KeyRef, kbpk: KeyRef): Promise<string>;
  /** Re-encrypts a PIN block. Formats 0/3 never become 1, and the PAN stays the same (PCI PIN).
   *  @throws HsmError `pin.block` when the block does not hold a PIN for that PAN */
  translatePin(request: PinTranslation): Promise<Buffer>;
  /** 8 bytes: ISO 9797-1 algorithm 3, padding 1 (TDES keys, usage M3); CMAC, leftmost 8 bytes (AES keys, M6). */
  generateMac(key: KeyRef | DukptKey, data: Buffer): Promise<Buffer>;
  /** Constant-time. A MAC of the wrong length is false, not an error. */
  verifyMac(key: KeyRef | DukptKey, data: Buffer, mac: Buffer): Promise<boolean>;
  random(bytes: number): Promise<Buffer>;
  close(): Promise<void>;
}
