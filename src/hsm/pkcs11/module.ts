import { HsmError } from '../errors.ts';

/** What we use of pkcs11js. Declared here, because the package is optional: where it cannot be built, everything else still
 *  compiles and runs. */
export type Handle = Buffer;

export interface Attribute {
  readonly type: number;
  readonly value: number | boolean | string | Buffer;
}

export interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: Buffer;
}

/** PKCS#11 v2.40 calls. The `Async` ones run on a thread of libuv's pool; the others only set up, or are short. */
export interface Cryptoki {
  load(library: string): void;
  C_Initialize(options: { flags: number }): void;
  C_GetSlotList(withToken: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { label: string; model: string; serialNumber: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, user: number, pin: string): void;
  C_GenerateRandom(session: Handle, buffer: Buffer): Buffer;
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_EncryptAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_DecryptAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>;
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_SignAsync(session: Handle, data: Buffer, out: Buffer): Promise<Buffer>;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly { readonly type: number }[]): Attribute[];
  C_GenerateKeyPairAsync(
    session: Handle,
    mechanism: Mechanism,
    open: readonly Attribute[],
    secret: readonly Attribute[],
  ): Promise<{ readonly publicKey: Handle; readonly privateKey: Handle }>;
  C_GenerateKeyAsync(session: Handle, mechanism: Mechanism, template: readonly Attribute[]): Promise<Handle>;
  C_WrapKeyAsync(session: Handle, mechanism: Mechanism, wrapping: Handle, key: Handle, out: Buffer): Promise<Buffer>;
  C_UnwrapKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    unwrapping: Handle,
    wrapped: Buffer,
    template: readonly Attribute[],
  ): Promise<Handle>;
}

/** Constants of PKCS#11 v2.40 that are used here. */
export const CK = {
  CKF_OS_LOCKING_OK: 2,
  CKF_RW_SESSION: 2,
  CKF_SERIAL_SESSION: 4,
  CKU_USER: 1,
  CKO_PRIVATE_KEY: 3,
  CKO_SECRET_KEY: 4,
  CKK_DES2: 0x14,
  CKK_DES3: 0x15,
  CKK_AES: 0x1f,
  CKA_CLASS: 0x00,
  CKA_TOKEN: 0x01,
  CKA_PRIVATE: 0x02,
  CKA_LABEL: 0x03,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_ENCRYPT: 0x104,
  CKA_DECRYPT: 0x105,
  CKA_WRAP: 0x106,
  CKA_UNWRAP: 0x107,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_DERIVE: 0x10c,
  CKA_VALUE_LEN: 0x161,
  CKA_EXTRACTABLE: 0x162,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKM_DES2_KEY_GEN: 0x130,
  CKM_DES3_KEY_GEN: 0x131,
  CKM_DES3_ECB: 0x132,
  CKM_DES3_CBC: 0x133,
  CKM_DES3_CMAC: 0x138,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_AES_KEY_GEN: 0x1080,
  CKM_AES_ECB: 0x1081,
  CKM_AES_CBC: 0x1082,
  CKM_AES_CMAC: 0x108a,
  CKM_AES_KEY_WRAP: 0x2109,
} as const;

const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;

/** Loads the HSM's library.
 *  @throws HsmError `hsm.missing` when pkcs11js or the library is not there */
export async function loadModule(library: string): Promise<Cryptoki> {
  const cryptoki = await construct();
  try {
    cryptoki.load(library);
  } catch (cause) {
    throw new HsmError('hsm.missing', `The PKCS#11 library ${library} cannot be loaded.`, { cause });
  }
  try {
    cryptoki.C_Initialize({ flags: CK.CKF_OS_LOCKING_OK });
  } catch (error) {
    // Another back-end of this process has done it. Nobody finalises: that would end the sessions of all.
    if (codeOf(error) !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw refused('C_Initialize', error);
  }
  return cryptoki;
}

async function construct(): Promise<Cryptoki> {
  // A name in a variable, so that the compiler does not look for a package that may not be there.
  const name = 'pkcs11js';
  try {
    const { default: loaded } = (await import(name)) as { default: { PKCS11: new () => Cryptoki } };
    return new loaded.PKCS11();
  } catch (cause) {
    const how = 'It needs a C++ compiler when it is installed: npm rebuild pkcs11js.';
    throw new HsmError('hsm.missing', `The optional package pkcs11js is not there. ${how}`, { cause });
  }
}

function codeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

/** The token or its connection is gone, or the session, and with them the login and every object: CKR_DEVICE_*,
 *  CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_*, CKR_TOKEN_NOT_PRESENT, CKR_USER_NOT_LOGGED_IN. */
const GONE = new Set([0x30, 0x31, 0x32, 0x60, 0x82, 0xb0, 0xb3, 0xe0, 0x101]);
const PIN_WRONG = new Set([0xa0, 0xa1, 0xa2, 0xa3, 0xa4]);

/** What a refusal of a PKCS#11 call means. Its text is the name of the code, never data. */
export function refused(call: string, error: unknown): HsmError {
  if (error instanceof HsmError) return error;
  const name = /CKR_[A-Z0-9_]+/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'an unknown error';
  const code = codeOf(error) ?? -1;
  if (GONE.has(code)) return new HsmError('hsm.unavailable', `The HSM cannot be used: ${call} gave ${name}.`);
  if (PIN_WRONG.has(code)) return new HsmError('hsm.auth', `The HSM does not let us in: ${call} gave ${name}.`);
  return new HsmError('hsm.device', `The HSM refused ${call}: ${name}.`);
}
