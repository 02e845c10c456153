import { systemClock, type Clock } from '../../ops/clock.ts';
import { combine, shaped } from '../crypto/clear-key.ts';
import { HsmError } from '../errors.ts';
import type { KeySpec } from '../hsm.ts';
import type { PaymentHsm } from '../payment-hsm.ts';
import { noIssuing, unsupported } from '../unsupported.ts';
import { checkSpec, defaultMode } from '../usage.ts';
import { exportBlock, importBlock } from './blocks.ts';
import { KeyStore } from './key-store.ts';
import { checkMac, makeMac } from './macs.ts';
import { createMasterKeys, findMasterKeys } from './master.ts';
import { loadModule } from './module.ts';
import { translate } from './pins.ts';
import { demandMasterMechanisms, probe, type Capabilities } from './probe.ts';
import { reconnecting } from './reconnect.ts';
import { Sessions } from './sessions.ts';
import { makeSigningKey, signBy } from './signing.ts';
import { Vault } from './vault.ts';

export interface Pkcs11Options {
  /** The HSM's PKCS#11 library (a shared object). */
  readonly library: string;
  readonly tokenLabel: string;
  readonly pin: string;
  /** Most operations at once; 8 where it is not given. */
  readonly sessions?: number;
  /** 5,000 where it is not given. */
  readonly timeoutMs?: number;
  /** Translates PINs although their clear blocks pass through this process. Against PCI PIN. */
  readonly allowClearPinBlockInHost?: boolean;
  /** Reads and writes key blocks, and makes retail MAC keys, although clear keys pass through this process. */
  readonly allowClearKeysInHost?: boolean;
  /** Most keys that are on the token at once; 10,000 where it is not given. */
  readonly cacheSize?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const BACKEND = 'pkcs11';
const SESSIONS = 8;
const TIMEOUT_MS = 5_000;
const CACHE_SIZE = 10_000;
const MAX_RANDOM = 1_024;

/** An HSM by PKCS#11: keys are sealed under master keys that never leave the token, and work there.
 *  @throws HsmError `hsm.missing`, `hsm.unavailable`, `hsm.auth`, `lmk.invalid` */
export async function pkcs11Hsm(options: Pkcs11Options): Promise<PaymentHsm> {
  return reconnecting(await open(options), () => open(options), options.clock ?? systemClock);
}

async function open(options: Pkcs11Options): Promise<PaymentHsm> {
  const sessions = await openSessions(options);
  try {
    const can = await probe(sessions);
    demandMasterMechanisms(can);
    const vault = new Vault(sessions, await findMasterKeys(sessions));
    return assemble(new KeyStore(vault, options.cacheSize ?? CACHE_SIZE), can, options);
  } catch (error) {
    sessions.close();
    throw error;
  }
}

/** Makes the token's next LMK; keys under the ones before stay readable, and `rewrap` brings them under it.
 *  @returns its number, from 1 */
export async function createPkcs11Lmk(options: Pkcs11Options): Promise<number> {
  const sessions = await openSessions(options);
  try {
    return await createMasterKeys(sessions);
  } finally {
    sessions.close();
  }
}

async function openSessions(options: Pkcs11Options): Promise<Sessions> {
  const { tokenLabel, pin, sessions = SESSIONS, timeoutMs = TIMEOUT_MS, clock = systemClock } = options;
  return new Sessions(await loadModule(options.library), { tokenLabel, pin, sessions, timeoutMs, clock });
}

function assemble(store: KeyStore, can: Capabilities, options: Pkcs11Options): PaymentHsm {
  const { allowClearPinBlockInHost = false, allowClearKeysInHost = false } = options;
  const { sessions } = store.vault;
  const clearKeys = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (allowClearKeysInHost) return work();
    throw unsupported(BACKEND, `${what}, because PKCS#11 would show clear keys to this host (allowClearKeysInHost)`);
  };
  const checked = async <T>(spec: KeySpec, work: () => Promise<T>): Promise<T> => {
    checkSpec(spec);
    if (spec.algorithm === 'TDES' && !(spec.usage === 'M6' || spec.usage === 'K1' ? can.tdesCmac : can.tdes)) {
      throw unsupported(BACKEND, `TDES keys of usage ${spec.usage} on this token, which refuses the mechanism`);
    }
    return work();
  };
  const noVariants = (): Promise<never> => Promise.reject(unsupported(BACKEND, 'keys without key blocks'));
  return {
    ...noIssuing(BACKEND),
    status: () => Promise.resolve(status(store, can)),
    generateKey: (spec) =>
      checked(spec, () =>
        spec.usage === 'M3' ? clearKeys('retail MAC keys', () => madeHere(store, spec)) : store.generate(spec),
      ),
    formKey: async (spec, components) => checked(spec, () => formed(store, spec, components)),
    kcv: (key) => store.kcv(key),
    rewrap: (key) => store.rewrap(key),
    importKeyBlock: (block, kbpk) => clearKeys('key blocks', () => importBlock(store, block, kbpk)),
    exportKeyBlock: (key, kbpk) => clearKeys('key blocks', () => exportBlock(store, key, kbpk)),
    importVariantKey: noVariants,
    exportVariantKey: noVariants,
    translatePin: (request) => translate(store, request, allowClearPinBlockInHost),
    generateMac: (key, data, macOptions = {}) => makeMac(store, key, data, macOptions),
    verifyMac: (key, data, sent, macOptions = {}) => checkMac(store, key, data, sent, macOptions),
    makeSigningKey: (label) => makeSigningKey(sessions, label),
    signBy: (label, data) => signBy(sessions, label, data),
    random: async (bytes) => {
      if (Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_RANDOM) return store.random(bytes);
      throw new HsmError('data.length', `1 to ${MAX_RANDOM} random bytes can be had at once.`);
    },
    close: () => {
      sessions.close();
      return Promise.resolve();
    },
  };
}

/** A retail MAC key is kept in two forms, so that its halves must be known where it is made. */
async function madeHere(store: KeyStore, spec: KeySpec) {
  const clear = shaped(spec, await store.random(spec.bits / 8));
  try {
    return await store.keep(spec, clear, { mode: defaultMode(spec.usage), exportability: 'E' });
  } finally {
    clear.fill(0);
  }
}

async function formed(store: KeyStore, spec: KeySpec, components: readonly Buffer[]) {
  const clear = combine(spec, components);
  try {
    return await store.keep(spec, clear, { mode: defaultMode(spec.usage), exportability: 'E' });
  } finally {
    clear.fill(0);
  }
}

function status({ vault }: KeyStore, can: Capabilities): { backend: string; ready: boolean; detail: string } {
  try {
    const { label, model, serialNumber } = vault.sessions.token;
    const refuses = Object.entries(can).filter(([, works]) => !works);
    const limits = refuses.length === 0 ? '' : `; it refuses ${refuses.map(([name]) => name).join(', ')}`;
    return {
      backend: BACKEND,
      ready: true,
      detail: `${model}, token ${label} (${serialNumber}), LMK ${vault.generation}${limits}`,
    };
  } catch (error) {
    if (!(error instanceof HsmError)) throw error;
    return { backend: BACKEND, ready: false, detail: error.message };
  }
}
