import { HsmError } from '../errors.ts';
import type { Handle } from './module.ts';

/** A key as objects on the token. */
export interface LoadedKey {
  readonly mode: string;
  readonly handles: readonly Handle[];
}

interface Entry {
  readonly loading: Promise<LoadedKey>;
  users: number;
  evicted: boolean;
}

/** Keys that are on the token for now. The one that was not used for longest makes room, once nobody works with it. */
export class ObjectCache {
  readonly #size: number;
  readonly #destroy: (handle: Handle) => Promise<void>;
  readonly #entries = new Map<string, Entry>();

  /** @param size most keys held on the token */
  constructor(size: number, destroy: (handle: Handle) => Promise<void>) {
    this.#size = size;
    this.#destroy = destroy;
  }

  /** Runs `work` with the key of that name, which is loaded where it is not there. */
  async use<T>(name: string, load: () => Promise<LoadedKey>, work: (key: LoadedKey) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(name) ?? { loading: load(), users: 0, evicted: false };
    // Put at the end: what was used last goes last.
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    entry.users++;
    try {
      return await work(await entry.loading);
    } catch (error) {
      // A key that could not be loaded, or that the token no longer has, is loaded anew next time.
      if (error instanceof HsmError && /^(hsm|key)\./.test(error.code)) this.#evict(name, entry);
      throw error;
    } finally {
      entry.users--;
      if (entry.evicted) this.#drop(entry);
      this.#makeRoom();
    }
  }

  #makeRoom(): void {
    if (this.#entries.size <= this.#size) return;
    const [name, entry] = this.#entries.entries().next().value ?? [];
    if (name !== undefined && entry !== undefined) this.#evict(name, entry);
    if (entry !== undefined) this.#drop(entry);
  }

  #evict(name: string, entry: Entry): void {
    entry.evicted = true;
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }

  #drop(entry: Entry): void {
    if (entry.users > 0) return;
    entry.loading.then(
      ({ handles }) => Promise.all(handles.map((handle) => this.#destroy(handle))),
      () => undefined, // it was never there
    );
  }
}
