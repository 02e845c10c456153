import { expect, test } from '@jest/globals';
import { createRequire } from 'node:module';
import { compile, loadSpec } from '../../src/codec/index.ts';
import { MESSAGES } from '../../bench/codec/messages.ts';

const Peer = createRequire(import.meta.url)('iso_8583') as new (message?: Record<string, string>) => {
  getBufferMessage(): Buffer;
  getIsoJSON(frame: Buffer): Record<string, string>;
};
const codec = compile(loadSpec(new URL('specs/ascii-bin.json', import.meta.url).pathname));

/** Elements of digits: what the peer takes for binary or pads is its own affair. */
const SHARED = ['2', '3', '4', '7', '11', '12', '13', '14', '18', '22', '25', '32', '49', '70'];

/** The peer sends a second bitmap even when it is empty, so every message gets an element of it. */
const SECOND = ['70', '301'] as const;

test.each(Object.entries(MESSAGES))('iso_8583 and we read and write message %s alike', (_, { mti, fields }) => {
  const digits = Object.fromEntries(
    [...Object.entries(fields), SECOND].filter(([de]) => SHARED.includes(de)),
  ) as Record<string, string>;
  const theirs = new Peer({ 0: mti, ...digits }).getBufferMessage().subarray(2);
  expect(theirs.toString('hex')).toBe(codec.encode({ mti, fields: digits }).toString('hex'));
  expect(codec.decode(theirs).clearFields()).toEqual({ mti, fields: digits });
});
