import type { Codecs } from '../capture/index.ts';
import { loadSpec } from '../codec/index.ts';
import { GatewayError } from '../ops/errors.ts';
import {
  anatomyOf,
  loadProfile,
  loadProfiles,
  NATIVE_FILE,
  Speaker,
  type Anatomy,
  type LoadedProfile,
} from '../profiles/index.ts';

/** What the terminals of a dialect speak. */
export interface Tongue {
  readonly anatomy: Anatomy;
  /** For messages of our own; undefined: in the contract's words. */
  readonly speaker: Speaker | undefined;
}

/** Profiles by the dialect of a capture's frames, each made once. */
export class Tongues {
  readonly #codecs: Codecs;
  readonly #folder: string;
  readonly #named: string | undefined;
  readonly #note: (text: string) => void;
  readonly #native = loadProfile(NATIVE_FILE);
  readonly #made = new Map<string, Tongue>();
  #others: readonly LoadedProfile[] | undefined;

  /** @param folder profiles beside those of the gateway; empty: none
   *  @param named the profile to take where several have one dialect
   *  @param note told of a choice that was made */
  constructor(codecs: Codecs, folder: string, named: string | undefined, note: (text: string) => void) {
    this.#codecs = codecs;
    this.#folder = folder;
    this.#named = named;
    this.#note = note;
  }

  /** @throws CodecError `spec` for a dialect that is none; GatewayError `terminal-profile.invalid`, `replay.profile` */
  of(dialect: string): Tongue {
    const made = this.#made.get(dialect) ?? this.#make(dialect);
    this.#made.set(dialect, made);
    return made;
  }

  #make(dialect: string): Tongue {
    const codec = this.#codecs.of(dialect);
    const native = this.#native;
    const own = dialect === native.dialect && this.#named === undefined ? native : this.#choose(dialect);
    // Of a dialect that is no profile's, the contract's places are what is known.
    const loaded = own ?? { ...native, spec: loadSpec(dialect), dialect };
    const speaker = own === undefined || own.file.name === native.file.name ? undefined : new Speaker(own, native);
    return { anatomy: anatomyOf(loaded, codec), speaker };
  }

  #choose(dialect: string): LoadedProfile | undefined {
    this.#others ??= [...loadProfiles(this.#folder).values()];
    const found = this.#others.filter((each) => each.dialect === dialect);
    const names = found.map(({ file }) => file.name);
    const named = found.find(({ file }) => file.name === this.#named);
    if (named !== undefined) return named;
    if (this.#named !== undefined && !this.#others.some(({ file }) => file.name === this.#named))
      throw new GatewayError(
        'replay.profile',
        `There is no profile ${this.#named}: give one of ${this.#others.map(({ file }) => file.name).join(', ')}.`,
      );
    const chosen = found.find(({ file }) => file.name === dialect) ?? found[0];
    if (found.length > 1 && chosen !== undefined)
      this.#note(
        `${dialect} is what ${names.join(' and ')} speak: read as ${chosen.file.name} (--profile names another)`,
      );
    return chosen;
  }
}
