import { createHash } from 'node:crypto';
import { cmac, encryptPinBlock, retailMac, wrapKeyBlock, type KeyAlgorithm } from '../../hsm/index.ts';
import { DEMO_TERMINALS, DEMO_ZMK } from '../../demo/index.ts';

/** The keys of sanitised captures. They are test keys, made from their names and known to everybody: what is under them
 *  is no secret. Key blocks are wrapped under the demo programme's TMKs and ZMK. */
export interface TestKeys {
  readonly algorithm: KeyAlgorithm;
  readonly pin: Buffer;
  readonly mac: Buffer;
}

/** @param owner whose: a terminal, or a connection to the bank
 *  @param generation counts the key downloads of the owner within the file; 0: before the first */
export function testKeys(owner: string, generation: number, algorithm: KeyAlgorithm): TestKeys {
  const key = (usage: string): Buffer => {
    const bytes = digest(`${usage} ${owner} ${generation}`).subarray(0, 16);
    return algorithm === 'AES' ? bytes : withOddParity(bytes);
  };
  return { algorithm, pin: key('pin'), mac: key('mac') };
}

/** The TMK of a terminal of the demo programme; of any other, the demo's of its algorithm. */
export function testTmk(terminal: string, algorithm: KeyAlgorithm): Buffer {
  const known = DEMO_TERMINALS.find((demo) => demo.terminal === terminal && demo.algorithm === algorithm);
  const any = DEMO_TERMINALS.find((demo) => demo.algorithm === algorithm);
  return (known ?? any)?.tmk ?? DEMO_ZMK;
}

/** DE 48 tags 30 and 31 of a key download (wire.md 5), the same every time. */
export function testKeyBlocks(keys: TestKeys, kek: Buffer): { readonly '30': string; readonly '31': string } {
  const aes = keys.algorithm === 'AES';
  const content = { version: aes ? 'D' : 'B', algorithm: aes ? 'A' : 'T', exportability: 'S' } as const;
  const padding = sameEveryTime(`padding ${keys.pin.toString('hex')}`);
  return {
    '30': wrapKeyBlock({ ...content, usage: 'P0', mode: 'B' }, keys.pin, kek, padding),
    '31': wrapKeyBlock({ ...content, usage: aes ? 'M6' : 'M3', mode: 'C' }, keys.mac, kek, padding),
  };
}

/** A PIN block under the test key: format 0 for TDES, 4 for AES; the same every time. */
export function testPinBlock(keys: TestKeys, pin: string, pan: string): Buffer {
  const random = sameEveryTime(`pin ${keys.pin.toString('hex')} ${pin} ${pan}`);
  return encryptPinBlock(keys.pin, keys.algorithm, keys.algorithm === 'AES' ? 4 : 0, pin, pan, random);
}

/** The MAC of a message (wire.md 8). */
export function testMac(keys: TestKeys, data: Uint8Array): Buffer {
  return keys.algorithm === 'AES' ? cmac(keys.mac, data).subarray(0, 8) : retailMac(keys.mac, data);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(`kalabarg test key ${text}`).digest();
}

function sameEveryTime(seed: string): (bytes: number) => Buffer {
  let count = 0;
  return (bytes) => {
    const parts: Buffer[] = [];
    for (let made = 0; made < bytes; made += 32) parts.push(digest(`${seed} ${count++}`));
    return Buffer.concat(parts).subarray(0, bytes);
  };
}

/** DES keys have an odd number of ones in each byte (FIPS 46-3). */
function withOddParity(key: Buffer): Buffer {
  return Buffer.from(
    key.map((byte) => {
      let ones = 0;
      for (let bits = byte >> 1; bits > 0; bits >>= 1) ones += bits & 1;
      return (byte & 0xfe) | (ones % 2 === 0 ? 1 : 0);
    }),
  );
}
