import { randomBytes } from 'node:crypto';
import { HsmError } from '../errors.ts';
import { kcvOf } from '../kcv.ts';
import type { PaymentHsm } from '../payment-hsm.ts';
import { checkArqc, checkCvv, makeArpc } from './cards.ts';
import { decryptData, encryptData } from './data.ts';
import { KeyStore } from './key-store.ts';
import { exportBlock, exportVariant, importBlock, importVariant } from './keys.ts';
import { checkMac, makeMac } from './macs.ts';
import { Pacer } from './pacer.ts';
import { checkIbm3624, checkPvv, translatePin } from './pins.ts';
import { createSealer } from './seal.ts';

export interface SoftwareHsmOptions {
  /** Local master key, 32 bytes: seals every token. */
  readonly lmk: Buffer;
  /** The LMK before: its tokens still open, and `rewrap` brings them under the new one. */
  readonly previousLmk?: Buffer;
  readonly random?: (bytes: number) => Buffer;
  /** Takes TDES keys with equal halves. Published test vectors use them; nothing else may. */
  readonly allowWeakKeys?: boolean;
  /** Most keys held in memory, unsealed. */
  readonly cacheSize?: number;
}

const CACHE_SIZE = 100_000;
const MAX_RANDOM = 1_024;
/** What may run in one turn of the event loop. A unit is about 10 µs, so that a turn takes 1-2 ms. */
const TURN_BUDGET = 150;
const BYTES_PER_UNIT = 256;

/** The default back-end: keys sealed under an LMK, work done in this process. It is not a PCI HSM, and says so.
 *  @throws HsmError `lmk.invalid` */
export function softwareHsm(options: SoftwareHsmOptions): PaymentHsm {
  const random = options.random ?? randomBytes;
  const sealer = createSealer(options.lmk, options.previousLmk, random);
  const allowWeakKeys = options.allowWeakKeys ?? false;
  const store = new KeyStore({ sealer, random, allowWeakKeys, cacheSize: options.cacheSize ?? CACHE_SIZE });
  const pacer = new Pacer(TURN_BUDGET);
  let open = true;
  const run = <T>(bytes: number, work: () => T): Promise<T> =>
    pacer.run(1 + bytes / BYTES_PER_UNIT, () => {
      if (!open) throw new HsmError('hsm.closed', 'The HSM is closed.');
      return work();
    });
  return {
    status: () => run(0, () => ({ backend: 'software', ready: true, detail: `LMK ${sealer.lmkId}, not PCI` })),
    generateKey: (spec) => run(0, () => store.generate(spec)),
    formKey: (spec, components) => run(0, () => store.form(spec, components)),
    kcv: (key) => run(0, () => kcvOf(store.reveal(key).cipher)),
    rewrap: (key) => run(0, () => store.rewrap(key)),
    importKeyBlock: (block, kbpk) => run(block.length, () => importBlock(store, block, kbpk)),
    exportKeyBlock: (key, kbpk) => run(0, () => exportBlock(store, key, kbpk, random)),
    importVariantKey: (spec, cryptogram, zmk) => run(0, () => importVariant(store, spec, cryptogram, zmk)),
    exportVariantKey: (key, zmk, scheme) => run(0, () => exportVariant(store, key, zmk, scheme)),
    translatePin: (request) => run(0, () => translatePin(store, request, random)),
    verifyPvv: (request) => run(0, () => checkPvv(store, request)),
    verifyIbm3624: (request) => run(0, () => checkIbm3624(store, request)),
    verifyCvv: (request) => run(0, () => checkCvv(store, request)),
    verifyArqc: (request) => run(request.data.length, () => checkArqc(store, request)),
    generateArpc: (request) => run(0, () => makeArpc(store, request)),
    generateMac: (key, data, macOptions = {}) => run(data.length, () => makeMac(store, key, data, macOptions)),
    verifyMac: (key, data, mac, macOptions = {}) => run(data.length, () => checkMac(store, key, data, mac, macOptions)),
    encryptData: (request) => run(request.data.length, () => encryptData(store, request)),
    decryptData: (request) => run(request.data.length, () => decryptData(store, request)),
    random: (bytes) => run(0, () => randomOf(random, bytes)),
    close: () => {
      open = false;
      store.clear();
      return Promise.resolve();
    },
  };
}

function randomOf(random: (bytes: number) => Buffer, bytes: number): Buffer {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_RANDOM) return random(bytes);
  throw new HsmError('data.length', `1 to ${MAX_RANDOM} random bytes can be had at once.`);
}
