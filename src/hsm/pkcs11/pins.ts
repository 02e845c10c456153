import { randomBytes } from 'node:crypto';
import { xor } from '../crypto/bytes.ts';
import { HsmError } from '../errors.ts';
import type { KeyRef, PinTranslation } from '../hsm.ts';
import { checkFormat, panField4, withoutPan, withPan } from '../crypto/pin-block.ts';
import { notAPin, reformatPinField } from '../crypto/pin-field.ts';
import { unsupported } from '../unsupported.ts';
import { checkTranslation, demandUsage, isDukpt } from '../usage.ts';
import type { KeyStore } from './key-store.ts';
import type { Handle } from './module.ts';
import { ecb } from './objects.ts';
import { first } from './vault.ts';

/** PKCS#11 knows no PIN blocks: the clear block passes through this process, for as long as it takes to make another of it,
 *  and is wiped. That is against PCI PIN, so that it must be allowed.
 *  @throws HsmError `hsm.unsupported`, `pin.block`, `pin.format`, `pan.format`, `key.*` */
export async function translate(store: KeyStore, request: PinTranslation, allowed: boolean): Promise<Buffer> {
  const { from, fromFormat, to, toFormat, block, pan } = request;
  if (!allowed) {
    const why = 'PIN translation, because PKCS#11 would show clear PIN blocks to this host (allowClearPinBlockInHost)';
    throw unsupported('pkcs11', why);
  }
  checkTranslation(fromFormat, toFormat);
  if (isDukpt(from)) throw unsupported('pkcs11', 'DUKPT: PKCS#11 has no derivation for it');
  demandUsage('decrypt-pin', from.usage);
  demandUsage('encrypt-pin', to.usage);
  checkFormat(from, fromFormat);
  checkFormat(to, toFormat);
  if (!/^\d{13,19}$/.test(pan)) throw new HsmError('pan.format', 'A PIN translation needs a PAN of 13 to 19 digits.');
  if (block.length !== (fromFormat === 4 ? 16 : 8)) throw notAPin();
  const field = await store.use(from, 'decrypt-pin', async (handles) => {
    const clear = await decipher(store, from, first(handles), block, fromFormat === 4 ? panField4(pan) : undefined);
    try {
      return withoutPan(fromFormat, clear, pan);
    } finally {
      clear.fill(0);
    }
  });
  try {
    reformatPinField(field, toFormat, randomBytes);
    const clear = withPan(toFormat, field, pan, randomBytes);
    return await store.use(to, 'encrypt-pin', (handles) =>
      encipher(store, to, first(handles), clear, toFormat === 4 ? panField4(pan) : undefined),
    );
  } finally {
    field.fill(0);
  }
}

/** @param panField of format 4, which deciphers twice */
async function decipher(
  store: KeyStore,
  key: KeyRef,
  handle: Handle,
  block: Buffer,
  panField: Buffer | undefined,
): Promise<Buffer> {
  const outer = await decrypt(store, key, handle, block);
  return panField === undefined ? outer : decrypt(store, key, handle, xor(outer, panField));
}

async function encipher(
  store: KeyStore,
  key: KeyRef,
  handle: Handle,
  clear: Buffer,
  panField: Buffer | undefined,
): Promise<Buffer> {
  const once = await store.vault.encrypt(key.algorithm, handle, clear);
  clear.fill(0);
  const out = panField === undefined ? once : await store.vault.encrypt(key.algorithm, handle, xor(once, panField));
  return Buffer.from(out);
}

async function decrypt({ vault: { sessions } }: KeyStore, key: KeyRef, handle: Handle, data: Buffer): Promise<Buffer> {
  const out = Buffer.alloc(data.length + 16);
  const clear = await sessions.run('C_Decrypt', (session) => {
    sessions.cryptoki.C_DecryptInit(session, ecb(key.algorithm), handle);
    return sessions.cryptoki.C_DecryptAsync(session, data, out);
  });
  return clear.subarray(0, data.length);
}
