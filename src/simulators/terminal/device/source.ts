import { GatewayError } from '../../../ops/errors.ts';
import type { VersionReport } from '../../../updates/format/index.ts';

/** Where a device gets updates from, and tells of itself: over HTTPS, or by 0800 without it. */
export interface UpdateSource {
  readonly kind: 'https' | 'wire';
  /** A small file below `/tuf/`, whole.
   *  @throws GatewayError of `missing`, `endless`, `slow`, `unreachable` below */
  small(name: string, most: number): Promise<Buffer>;
  /** A file from an offset on. The first piece says where it begins: at 0 where the other side cannot go on in the middle.
   *  @throws GatewayError as above */
  pieces(name: string, from: number, most: number): AsyncIterable<{ readonly at: number; readonly data: Buffer }>;
  /** @throws GatewayError `device.unreachable`, `device.refused` */
  report(report: VersionReport): Promise<void>;
}

export function missing(name: string): GatewayError {
  return new GatewayError('device.missing', `There is no ${name}.`);
}

/** More than there may be: nothing of it is kept. */
export function endless(name: string, most: number): GatewayError {
  return new GatewayError('device.endless', `${name} does not end after ${most} bytes.`);
}

/** So slow that it keeps the device from updating. */
export function slow(name: string): GatewayError {
  return new GatewayError('device.slow', `${name} comes too slowly.`);
}

export function unreachable(why: string, cause?: unknown): GatewayError {
  return new GatewayError('device.unreachable', `Updates cannot be reached: ${why}.`, { cause });
}

export function codeOf(error: unknown): string {
  return error instanceof GatewayError ? error.code : '';
}

/** HTTPS; where nobody answers there, 0800. Each way begins anew at the next file. */
export function firstOf(sources: readonly UpdateSource[]): UpdateSource {
  const [first, ...others] = sources;
  if (first === undefined) throw unreachable('the device knows no way');
  if (others.length === 0) return first;
  const next = firstOf(others);
  const orNext = async <T>(work: (source: UpdateSource) => Promise<T>): Promise<T> => {
    try {
      return await work(first);
    } catch (error) {
      if (codeOf(error) !== 'device.unreachable') throw error;
      return work(next);
    }
  };
  return {
    kind: first.kind,
    small: (name, most) => orNext((source) => source.small(name, most)),
    report: (report) => orNext((source) => source.report(report)),
    pieces: async function* (name, from, most) {
      let at = from;
      try {
        for await (const piece of first.pieces(name, from, most)) {
          at = piece.at + piece.data.length;
          yield piece;
        }
      } catch (error) {
        if (codeOf(error) !== 'device.unreachable') throw error;
        yield* next.pieces(name, at, most);
      }
    },
  };
}
