import { systemClock, type Clock } from '../../ops/clock.ts';
import { systemRandom } from '../../ops/random.ts';
import { HsmError } from '../errors.ts';
import type { DukptKey, KeyRef } from '../hsm.ts';
import { kcvOf } from '../crypto/kcv.ts';
import type { DataRequest, PaymentHsm } from '../payment-hsm.ts';
import { isDukpt } from '../usage.ts';
import { checkArqc, checkCvv, makeArpc } from './cards.ts';
import { decryptData, encryptData } from './data.ts';
import { KeyStore } from './key-store.ts';
import { exportBlock, exportVariant, importBlock, importVariant } from './keys.ts';
import { checkMac, makeMac } from './macs.ts';
import { Pacer } from './pacer.ts';
import { checkIbm3624, checkPvv, translatePin } from './pins.ts';
import { createSealer, type Lmks } from './seal.ts';
import { noSigning } from '../unsupported.ts';

/** `lmk` seals every token; tokens of `previousLmk` still open, and `rewrap` brings them under the new one. */
export interface SoftwareHsmOptions extends Lmks {
  /** The LMKs of now: asked when a token of another one comes. */
  readonly reload?: () => Lmks;
  readonly random?: (bytes: number) => Buffer;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Takes TDES keys with equal halves. Published test vectors use them; nothing else may. */
  readonly allowWeakKeys?: boolean;
  /** Most keys held in memory, unsealed. */
  readonly cacheSize?: number;
}

const CACHE_SIZE = 50_000;
const MAX_RANDOM = 1_024;
/** What may run in one turn of the event loop. A unit is about 10 µs, so that a turn takes 1-2 ms. */
const TURN_BUDGET = 150;
const BYTES_PER_UNIT = 256;
/** Deriving a DUKPT key is some 20 DES operations, each under a key of its own. */
const DUKPT_UNITS = 3;

/** The default back-end: keys sealed under an LMK, work done in this process. It is not a PCI HSM, and says so.
 *  @throws HsmError `lmk.invalid` */
export function softwareHsm(options: SoftwareHsmOptions): PaymentHsm {
  const { random = systemRandom.bytes, clock = systemClock } = options;
  const sealer = createSealer(options, { random, clock, reload: () => options.reload?.() });
  const allowWeakKeys = options.allowWeakKeys ?? false;
  const store = new KeyStore({ sealer, random, allowWeakKeys, cacheSize: options.cacheSize ?? CACHE_SIZE });
  const pacer = new Pacer(TURN_BUDGET, clock);
  let open = true;
  const run = <T>(cost: number, work: () => T): Promise<T> =>
    pacer.run(1 + cost, () => {
      if (!open) throw new HsmError('hsm.closed', 'The HSM is closed.');
      return work();
    });
  const mac = <T>(key: KeyRef | DukptKey, data: Buffer, work: () => T): Promise<T> =>
    run(derivation(key) + data.length / BYTES_PER_UNIT, work);
  const data = <T>(request: DataRequest, work: () => T): Promise<T> => mac(request.key, request.data, work);
  return {
    ...noSigning('software'),
    status: () => run(0, () => ({ backend: 'software', ready: true, detail: `LMK ${sealer.lmkId}, not PCI` })),
    generateKey: (spec) => run(0, () => store.generate(spec)),
    formKey: (spec, components) => run(0, () => store.form(spec, components)),
    kcv: (key) => run(0, () => kcvOf(store.reveal(key).cipher)),
    rewrap: (key) => run(0, () => store.rewrap(key)),
    importKeyBlock: (block, kbpk) => run(1, () => importBlock(store, block, kbpk)),
    exportKeyBlock: (key, kbpk) => run(0, () => exportBlock(store, key, kbpk, random)),
    importVariantKey: (spec, cryptogram, zmk) => run(0, () => importVariant(store, spec, cryptogram, zmk)),
    exportVariantKey: (key, zmk, scheme) => run(0, () => exportVariant(store, key, zmk, scheme)),
    translatePin: (request) => run(derivation(request.from), () => translatePin(store, request, random)),
    verifyPvv: (request) => run(derivation(request.from), () => checkPvv(store, request)),
    verifyIbm3624: (request) => run(derivation(request.from), () => checkIbm3624(store, request)),
    verifyCvv: (request) => run(0, () => checkCvv(store, request)),
    verifyArqc: (request) => run(request.data.length / BYTES_PER_UNIT, () => checkArqc(store, request)),
    generateArpc: (request) => run(0, () => makeArpc(store, request)),
    generateMac: (key, text, macOptions = {}) => mac(key, text, () => makeMac(store, key, text, macOptions)),
    verifyMac: (key, text, sent, macOptions = {}) => mac(key, text, () => checkMac(store, key, text, sent, macOptions)),
    encryptData: (request) => data(request, () => encryptData(store, request)),
    decryptData: (request) => data(request, () => decryptData(store, request)),
    random: (bytes) => run(0, () => randomOf(random, bytes)),
    close: () => {
      open = false;
      store.clear();
      return Promise.resolve();
    },
  };
}

function derivation(key: KeyRef | DukptKey): number {
  return isDukpt(key) ? DUKPT_UNITS : 0;
}

function randomOf(random: (bytes: number) => Buffer, bytes: number): Buffer {
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_RANDOM) return random(bytes);
  throw new HsmError('data.length', `1 to ${MAX_RANDOM} random bytes can be had at once.`);
}
