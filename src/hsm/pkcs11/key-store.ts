import { createDecipheriv } from 'node:crypto';
import { isWeak, shaped } from '../crypto/clear-key.ts';
import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { checkSpec, defaultMode, demand, type Operation } from '../usage.ts';
import type { Handle } from './module.ts';
import { keyGeneration, rightsOf, template } from './objects.ts';
import { ObjectCache } from './object-cache.ts';
import { first, type KeyRights, type Vault } from './vault.ts';

const ONCE = { algorithm: 'AES', bits: 256 } as const;
/** The initial value of RFC 3394. */
const WRAP_IV = Buffer.alloc(8, 0xa6);

/** Keys between their sealed form, which is stored anywhere, and objects on the token. */
export class KeyStore {
  readonly vault: Vault;
  readonly #cache: ObjectCache;

  constructor(vault: Vault, cacheSize: number) {
    this.vault = vault;
    this.#cache = new ObjectCache(cacheSize, (handle) => vault.destroy(handle));
  }

  /** Runs `work` with the key's objects on the token: the key and, for M3, its left half twice (single DES).
   *  @throws HsmError `key.token`, `key.usage`, `key.mode` */
  async use<T>(ref: KeyRef, operation: Operation, work: (handles: readonly Handle[]) => Promise<T>): Promise<T> {
    const load = async () => {
      const parts = await this.vault.open(ref);
      const options = { rights: rightsOf(ref.usage, parts.mode), extractable: false };
      return { mode: parts.mode, handles: await this.vault.unseal(ref, parts, options) };
    };
    const name = `${ref.usage}|${ref.algorithm}|${ref.bits}|${ref.kcv}|${ref.token}`;
    return this.#cache.use(name, load, (key) => {
      demand(operation, ref.usage, key.mode);
      return work(key.handles);
    });
  }

  /** Made on the token, and never seen here. */
  async generate(spec: KeySpec): Promise<KeyRef> {
    checkSpec(spec);
    const { algorithm, bits } = spec;
    const { sessions } = this.vault;
    const options = { rights: ['encrypt'], extractable: true } as const;
    const made = template(algorithm, bits, algorithm === 'AES' ? { ...options, valueBytes: bits / 8 } : options);
    const handle = await sessions.atHome('C_GenerateKey', (session) =>
      sessions.cryptoki.C_GenerateKeyAsync(session, keyGeneration(algorithm, bits), made),
    );
    return this.vault.seal(spec, [handle], { mode: defaultMode(spec.usage), exportability: 'E' });
  }

  /** Puts a clear key on the token and seals it.
   *  @throws HsmError `key.spec`, `key.length`, `key.weak` */
  async keep(spec: KeySpec, clear: Buffer, rights: KeyRights): Promise<KeyRef> {
    checkSpec(spec);
    if (clear.length * 8 !== spec.bits) {
      throw new HsmError('key.length', `The key has ${clear.length * 8} bits, not ${spec.bits}.`);
    }
    const key = shaped(spec, clear);
    if (isWeak(spec, key)) {
      throw new HsmError('key.weak', 'Halves of a TDES key must differ: equal ones make it single DES.');
    }
    const half = key.subarray(0, 8);
    const handles: Handle[] = [];
    for (const value of spec.usage === 'M3' ? [key, Buffer.concat([half, half])] : [key]) {
      handles.push(await this.vault.create(spec, { rights: ['encrypt'], extractable: true, value }));
      value.fill(0);
    }
    return this.vault.seal(spec, handles, rights);
  }

  /** The same key under the newest LMK. */
  async rewrap(ref: KeyRef): Promise<KeyRef> {
    const parts = await this.vault.open(ref);
    const handles = await this.vault.unseal(ref, parts, { rights: ['encrypt'], extractable: true });
    return this.vault.seal(ref, handles, parts);
  }

  async kcv(ref: KeyRef): Promise<string> {
    const parts = await this.vault.open(ref);
    const handles = await this.vault.unseal(ref, parts, { rights: ['encrypt'], extractable: false });
    try {
      return await this.vault.kcv(ref, first(handles));
    } finally {
      for (const handle of handles) await this.vault.destroy(handle);
    }
  }

  /** The clear key and what may be done with it: only for key blocks, and only where that is allowed. It leaves the token
   *  wrapped under a key that was made for this once. */
  async reveal(ref: KeyRef): Promise<KeyRights & { key: Buffer }> {
    const parts = await this.vault.open(ref);
    if (parts.exportability === 'N') throw new HsmError('key.exportable', 'The key is not exportable.');
    const value = await this.random(32);
    const once = Buffer.from(value);
    const wrapping = await this.vault.create(ONCE, { rights: ['wrap'], extractable: false, value });
    const handles = await this.vault.unseal(ref, parts, { rights: [], extractable: true });
    try {
      const decipher = createDecipheriv('id-aes256-wrap', once, WRAP_IV);
      const key = decipher.update(await this.vault.wrap(wrapping, first(handles)));
      decipher.final();
      return { key, mode: parts.mode, exportability: parts.exportability };
    } finally {
      once.fill(0);
      value.fill(0);
      for (const handle of [wrapping, ...handles]) await this.vault.destroy(handle);
    }
  }

  random(bytes: number): Promise<Buffer> {
    const { sessions } = this.vault;
    return sessions.run('C_GenerateRandom', (session) =>
      sessions.cryptoki.C_GenerateRandom(session, Buffer.alloc(bytes)),
    );
  }
}
