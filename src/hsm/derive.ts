import type { Hsm, KeyRef } from './hsm.ts';

/** 32 bytes that only the HSM can make, from a key of usage M6 and AES: CMAC in counter mode (NIST SP 800-108), which every back-end
 *  can. With them whoever asks seals what no HSM of ours keeps by itself: private keys.
 *  @param label what they are for, for ever the same
 *  @param context what they belong to */
export async function derivedKey(
  hsm: Pick<Hsm, 'generateMac'>,
  key: KeyRef,
  label: string,
  context: Buffer,
): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for (let counter = 1; counter <= 4; counter++) {
    const data = Buffer.concat([Buffer.from([counter]), Buffer.from(`${label}\0`), context, Buffer.from([1, 0])]);
    blocks.push(await hsm.generateMac(key, data));
  }
  return Buffer.concat(blocks);
}
