import { xor } from '../crypto/bytes.ts';
import { HsmError } from '../errors.ts';
import type { KeyRef, KeySpec } from '../hsm.ts';
import { double, sameMac } from '../crypto/mac.ts';
import { findMasterKeys, type MasterKeys } from './master.ts';
import type { Handle } from './module.ts';
import { cmacBy, ecb, template, WRAP, type ObjectOptions } from './objects.ts';
import type { Sessions } from './sessions.ts';
import { openToken, tokenText, type SealedParts } from './tokens.ts';

const MAC_BYTES = 16;
const MAX_WRAPPED = 64;
/** How often at most the token is asked for a newer LMK: a change takes longer to reach a key. */
const LOOK_AGAIN_MS = 20;

/** What may be done with a key (X9.143). */
export interface KeyRights {
  readonly mode: string;
  readonly exportability: string;
}

/** Seals keys that are on the token under its master keys, and brings them back. */
export class Vault {
  readonly sessions: Sessions;
  #masters: ReadonlyMap<number, MasterKeys>;
  #newest: MasterKeys;
  #lookedAt: number;
  #looking: Promise<void> | undefined;

  /** @param masters every generation, the newest last
   *  @throws HsmError `lmk.invalid` when there is none */
  constructor(sessions: Sessions, masters: readonly MasterKeys[]) {
    const newest = masters.at(-1);
    if (newest === undefined) throw new HsmError('lmk.invalid', 'The token holds no LMK: kalabarg keys lmk makes one.');
    this.sessions = sessions;
    this.#lookedAt = sessions.clock.monotonic();
    this.#masters = new Map(masters.map((master) => [master.generation, master]));
    this.#newest = newest;
  }

  get generation(): number {
    return this.#newest.generation;
  }

  /** Wraps extractable objects under the newest LMK, then destroys them.
   *  @param handles the key; for M3 also its left half twice */
  async seal(spec: KeySpec, handles: readonly Handle[], { mode, exportability }: KeyRights): Promise<KeyRef> {
    const { usage, algorithm, bits } = spec;
    try {
      const kcv = await this.kcv(spec, first(handles));
      const newest = this.#newest;
      const wrapped: Buffer[] = [];
      for (const handle of handles) wrapped.push(await this.wrap(newest.wrap, handle));
      const text = tokenText({ generation: newest.generation, mode, exportability, wrapped });
      const ref = { usage, algorithm, bits, kcv };
      const mac = await this.#mac(ref, text, newest);
      return { ...ref, token: `${text}.${mac.toString('base64url')}` };
    } finally {
      for (const handle of handles) await this.destroy(handle);
    }
  }

  /** What a token says, once its MAC was checked.
   *  @throws HsmError `key.token` */
  async open(ref: KeyRef): Promise<SealedParts> {
    const { parts, text, mac } = openToken(ref.token);
    if (sameMac(await this.#mac(ref, text, await this.#master(parts)), mac)) return parts;
    throw new HsmError(
      'key.token',
      'The token was changed, or belongs to a key of another usage, algorithm, length or KCV.',
    );
  }

  /** Brings the keys of a token onto the HSM, for as long as the sessions live. */
  async unseal(spec: KeySpec, parts: SealedParts, options: ObjectOptions): Promise<Handle[]> {
    const { cryptoki } = this.sessions;
    const { wrap } = await this.#master(parts);
    const made = template(spec.algorithm, spec.bits, options);
    const handles: Handle[] = [];
    for (const wrapped of parts.wrapped) {
      handles.push(
        await this.sessions.atHome('C_UnwrapKey', (session) =>
          cryptoki.C_UnwrapKeyAsync(session, WRAP, wrap, wrapped, made),
        ),
      );
    }
    return handles;
  }

  async wrap(wrapping: Handle, key: Handle): Promise<Buffer> {
    const { cryptoki } = this.sessions;
    const out = await this.sessions.run('C_WrapKey', (session) =>
      cryptoki.C_WrapKeyAsync(session, WRAP, wrapping, key, Buffer.alloc(MAX_WRAPPED)),
    );
    return Buffer.from(out);
  }

  /** TDES: a zero block encrypted. AES: the CMAC of one, from two encryptions. */
  async kcv({ algorithm }: KeySpec, handle: Handle): Promise<string> {
    const zero = await this.encrypt(algorithm, handle, Buffer.alloc(algorithm === 'AES' ? 16 : 8));
    const value =
      algorithm === 'AES' ? await this.encrypt(algorithm, handle, xor(double(zero), Buffer.alloc(16))) : zero;
    return value.toString('hex', 0, 3).toUpperCase();
  }

  /** ECB. */
  encrypt(algorithm: KeySpec['algorithm'], handle: Handle, data: Buffer): Promise<Buffer> {
    const { cryptoki } = this.sessions;
    return this.sessions.run('C_Encrypt', (session) => {
      cryptoki.C_EncryptInit(session, ecb(algorithm), handle);
      return cryptoki.C_EncryptAsync(session, data, Buffer.alloc(data.length + MAC_BYTES));
    });
  }

  create(spec: Pick<KeySpec, 'algorithm' | 'bits'>, options: ObjectOptions): Promise<Handle> {
    const { cryptoki } = this.sessions;
    return this.sessions.atHome('C_CreateObject', (session) =>
      cryptoki.C_CreateObject(session, template(spec.algorithm, spec.bits, options)),
    );
  }

  async destroy(handle: Handle): Promise<void> {
    const { cryptoki } = this.sessions;
    await this.sessions
      .atHome('C_DestroyObject', (session) => {
        cryptoki.C_DestroyObject(session, handle);
      })
      .catch(() => undefined); // it went with its session
  }

  /** A token of a generation that we do not know: the LMK was changed while we run. */
  async #master({ generation }: SealedParts): Promise<MasterKeys> {
    if (!this.#masters.has(generation)) await this.#look();
    const master = this.#masters.get(generation);
    if (master !== undefined) return master;
    throw new HsmError('key.token', 'The key was sealed under an LMK that the token does not hold.');
  }

  /** Whoever comes while one looks waits with it. */
  #look(): Promise<void> {
    if (this.#looking !== undefined) return this.#looking;
    if (this.sessions.clock.monotonic() - this.#lookedAt < LOOK_AGAIN_MS) return Promise.resolve();
    this.#looking = findMasterKeys(this.sessions)
      .then((masters) => {
        this.#masters = new Map(masters.map((master) => [master.generation, master]));
        this.#newest = masters.at(-1) ?? this.#newest;
      })
      .finally(() => {
        this.#lookedAt = this.sessions.clock.monotonic();
        this.#looking = undefined;
      });
    return this.#looking;
  }

  #mac(ref: Omit<KeyRef, 'token'>, text: string, master: MasterKeys): Promise<Buffer> {
    const { cryptoki } = this.sessions;
    const bound = Buffer.from(`${ref.usage}|${ref.algorithm}|${ref.bits}|${ref.kcv}|${text}`, 'latin1');
    return this.sessions.run('C_Sign', (session) => {
      cryptoki.C_SignInit(session, cmacBy('AES'), master.mac);
      return cryptoki.C_SignAsync(session, bound, Buffer.alloc(MAC_BYTES));
    });
  }
}

/** @throws HsmError `key.token` */
export function first(handles: readonly Handle[]): Handle {
  const [handle] = handles;
  if (handle === undefined) throw new HsmError('key.token', 'The token holds no key.');
  return handle;
}
