import { compile, loadSpec, type Codec, type Message } from '../codec/index.ts';
import type { CapturedFrame } from './frame.ts';

/** Codecs by dialect, each made once. */
export class Codecs {
  readonly #made = new Map<string, Codec>();

  /** @throws CodecError with code `spec` for a dialect that is none */
  of(dialect: string): Codec {
    const made = this.#made.get(dialect) ?? compile(loadSpec(dialect));
    this.#made.set(dialect, made);
    return made;
  }

  /** The message of a frame; undefined for a keep-alive and for what does not decode. */
  decode(frame: CapturedFrame): Message | undefined {
    if (frame.body.length === 0) return undefined;
    const codec = this.of(frame.dialect);
    try {
      return codec.decode(frame.body);
    } catch (error) {
      if (error instanceof Error && error.name === 'CodecError') return undefined;
      throw error;
    }
  }
}
