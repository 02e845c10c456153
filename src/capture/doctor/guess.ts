import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CodecError, compile, loadSpec } from '../../codec/index.ts';
import { rankFramings, type Candidate } from './rank.ts';

const SPECS = fileURLToPath(new URL('../../../specs/', import.meta.url));

/** The dialects of specs/, by name. */
export function knownDialects(): string[] {
  return readdirSync(SPECS)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.schema.json'))
    .map((name) => name.slice(0, -5));
}

/** Ranks every framing with every dialect by how much of the bytes they explain, best first.
 *  @param samples bytes as they were on the wire: streams, or messages with or without their headers
 *  @param dialects names or files */
export function guessFraming(samples: readonly Buffer[], dialects: readonly string[]): Candidate[] {
  const codecs = dialects.flatMap((name) => {
    try {
      return [[name, compile(loadSpec(name))] as const];
    } catch (error) {
      if (error instanceof CodecError) return []; // not a dialect: a fragment that others extend
      throw error;
    }
  });
  return rankFramings(samples, codecs);
}
