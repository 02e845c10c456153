import { blockCipher, type BlockCipher } from '../crypto/cipher.ts';
import { combine, isWeak, shaped } from '../crypto/clear-key.ts';
import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { kcvOf } from '../crypto/kcv.ts';
import { checkSpec, defaultMode, demand, type Operation } from '../usage.ts';
import { Cache } from './cache.ts';
import type { Sealer, SealedKey } from './seal.ts';

/** A key in memory: unsealed once, its schedules made once. */
export interface LiveKey extends SealedKey, KeySpec {
  readonly cipher: BlockCipher;
  /** Initial DUKPT keys under this base derivation key, by initial key id. */
  readonly initialKeys: Cache<Buffer>;
}

export interface KeyStoreOptions {
  readonly sealer: Sealer;
  readonly random: (bytes: number) => Buffer;
  readonly allowWeakKeys: boolean;
  /** Most keys held in memory. */
  readonly cacheSize: number;
}

/** Most initial DUKPT keys held for one base derivation key: one per terminal. */
const INITIAL_KEYS = 20_000;
/** A random TDES key is weak with a probability of 2^-56: more tries than this mean that the source is broken. */
const TRIES = 8;

/** Keys between their sealed and their usable form. */
export class KeyStore {
  readonly #options: KeyStoreOptions;
  readonly #live: Cache<LiveKey & { readonly kcv: string }>;

  constructor(options: KeyStoreOptions) {
    this.#options = options;
    this.#live = new Cache(options.cacheSize);
  }

  /** The key behind a reference, if its usage allows the operation.
   *  @throws HsmError `key.token`, `key.usage`, `key.mode` */
  open(ref: KeyRef, operation: Operation): LiveKey {
    const live = this.reveal(ref);
    demand(operation, live.usage, live.mode);
    return live;
  }

  /** The key behind a reference, whatever for: only key management asks this. */
  reveal(ref: KeyRef): LiveKey {
    const known = this.#live.get(ref.token);
    if (known !== undefined) {
      const { usage, algorithm, bits, kcv } = known;
      if (usage === ref.usage && algorithm === ref.algorithm && bits === ref.bits && kcv === ref.kcv) return known;
    }
    const live = { ...this.#prepare(ref, this.#options.sealer.unseal(ref)), kcv: ref.kcv };
    this.#live.set(ref.token, live);
    return live;
  }

  #prepare(spec: KeySpec, sealed: SealedKey): LiveKey {
    const { usage, algorithm, bits } = spec;
    const cipher = blockCipher(algorithm, sealed.key);
    return { ...sealed, usage, algorithm, bits, cipher, initialKeys: new Cache(INITIAL_KEYS) };
  }

  /** Seals a key that came from outside or was made here.
   *  @throws HsmError `key.spec`, `key.length`, `key.weak` */
  keep(spec: KeySpec, sealed: SealedKey): KeyRef {
    checkSpec(spec);
    if (sealed.key.length * 8 !== spec.bits) {
      throw new HsmError('key.length', `The key has ${sealed.key.length * 8} bits, not ${spec.bits}.`);
    }
    if (!this.#options.allowWeakKeys && isWeak(spec, sealed.key)) {
      throw new HsmError('key.weak', 'Halves of a TDES key must differ: equal ones make it single DES.');
    }
    const { usage, algorithm, bits } = spec;
    const ref = { usage, algorithm, bits, kcv: kcvOf(blockCipher(algorithm, sealed.key)) };
    return { ...ref, token: this.#options.sealer.seal(ref, sealed) };
  }

  generate(spec: KeySpec): KeyRef {
    checkSpec(spec);
    for (let tries = 0; tries < TRIES; tries++) {
      const key = shaped(spec, this.#options.random(spec.bits / 8));
      if (!isWeak(spec, key)) return this.keep(spec, { key, mode: defaultMode(spec.usage), exportability: 'E' });
    }
    throw new HsmError('key.weak', 'The random source gives the same bytes again and again.');
  }

  /** @throws HsmError `key.components` */
  form(spec: KeySpec, components: readonly Buffer[]): KeyRef {
    return this.keep(spec, { key: combine(spec, components), mode: defaultMode(spec.usage), exportability: 'E' });
  }

  /** The same key under the present LMK. */
  rewrap(ref: KeyRef): KeyRef {
    const { key, mode, exportability } = this.reveal(ref);
    return { ...ref, token: this.#options.sealer.seal(ref, { key, mode, exportability }) };
  }

  clear(): void {
    this.#live.clear();
  }
}
