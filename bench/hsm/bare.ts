import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The same block operations as the back-end's, by bare node:crypto: no checks, no key look-up, no promises. */

/** A translation of format 0: one TDES block decrypted, one encrypted. */
export function bareTranslate(from: Buffer, to: Buffer, block: Buffer): Buffer {
  const clear = createDecipheriv('des-ede', from, null).setAutoPadding(false).update(block);
  return createCipheriv('des-ede', to, null).setAutoPadding(false).update(clear);
}

/** ISO 9797-1 algorithm 3: OpenSSL 3 has single DES only as TDES with equal keys. */
export function bareRetailMac(key: Buffer, data: Buffer): Buffer {
  const half = key.subarray(0, 8);
  const single = createCipheriv('des-ede-cbc', Buffer.concat([half, half]), Buffer.alloc(8)).setAutoPadding(false);
  const chained = single.update(data.subarray(0, data.length - 8));
  const last = Buffer.from(data.subarray(data.length - 8));
  for (let i = 0; i < 8; i++) last[i] = last[i]! ^ chained[chained.length - 8 + i]!;
  return createCipheriv('des-ede', key, null).setAutoPadding(false).update(last);
}

/** Format 4 to 0: two AES blocks decrypted, one TDES block encrypted. */
export function bareTranslateAes(from: Buffer, to: Buffer, block: Buffer): Buffer {
  const outer = createDecipheriv('aes-128-ecb', from, null).setAutoPadding(false).update(block);
  const clear = createDecipheriv('aes-128-ecb', from, null).setAutoPadding(false).update(outer);
  return createCipheriv('des-ede', to, null).setAutoPadding(false).update(clear.subarray(0, 8));
}

/** The CBC of a CMAC, with the subkeys' block. */
export function bareCmac(key: Buffer, data: Buffer): Buffer {
  createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(Buffer.alloc(16));
  const padded = Buffer.alloc(Math.ceil(data.length / 16) * 16);
  data.copy(padded);
  return createCipheriv('aes-128-cbc', key, Buffer.alloc(16)).setAutoPadding(false).update(padded).subarray(-16, -8);
}
