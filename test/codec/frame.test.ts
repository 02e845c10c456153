import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeFrame, FrameDecoder, swapTpdu, type FrameOptions } from '../../src/codec/index.ts';

const headers = ['binary2', 'binary4', 'ascii4', 'bcd2'] as const;

test.each(headers)('frames behind a %s length come out the same however the stream is cut', (header) => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(bodies, cuts, fc.boolean(), fc.boolean(), (list, sizes, lengthIncludesHeader, tpdu) => {
      const options: FrameOptions = { header, lengthIncludesHeader, tpdu };
      const head = tpdu ? Buffer.from('6000010002', 'hex') : undefined;
      const stream = Buffer.concat(
        list.map((body) => encodeFrame(body, options, body.length === 0 ? undefined : head)),
      );
      const decoder = new FrameDecoder(options);
      const frames = chunks(stream, sizes).flatMap((chunk) => decoder.push(chunk));
      expect(frames.map((frame) => frame.body.toString('hex'))).toEqual(
        list.map((body) => Buffer.from(body).toString('hex')),
      );
      expect(frames.every((frame) => frame.keepAlive === (frame.body.length === 0))).toBe(true);
      expect(decoder.pending).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a frame that is complete in a chunk is a view of it, and two in one chunk both come', () => {
  const frame = encodeFrame(Buffer.from('abc'), { header: 'binary2' });
  const chunk = Buffer.concat([frame, frame, frame.subarray(0, 3)]);
  const decoder = new FrameDecoder({ header: 'binary2' });
  const [first, second, ...more] = decoder.push(chunk);
  expect(first?.body.buffer).toBe(chunk.buffer);
  expect(second?.body.toString()).toBe('abc');
  expect(more).toEqual([]);
  expect(decoder.pending).toBe(3);
  expect(decoder.push(frame.subarray(3))[0]?.body.toString()).toBe('abc');
});

test.each([
  ['a longer frame than allowed', 'binary2', '1001', 'frame-too-long'],
  ['a length that is not digits', 'ascii4', '30303a30', 'bad-frame'],
  ['a length with a bad nibble', 'bcd2', '00a1', 'bad-frame'],
] as const)('%s is refused as soon as its length is there', (_what, header, hex, code) => {
  const decoder = new FrameDecoder({ header });
  const bytes = Buffer.from(hex, 'hex');
  const feed = (): void => {
    for (const byte of bytes) decoder.push(Buffer.of(byte));
  };
  expect(feed).toThrow(expect.objectContaining({ code }));
  expect(() => new FrameDecoder({ header }).push(bytes)).toThrow(expect.objectContaining({ code }));
});

test('a length that counts itself cannot be shorter than itself', () => {
  const decoder = new FrameDecoder({ header: 'binary2', lengthIncludesHeader: true });
  expect(() => decoder.push(Buffer.from('0001', 'hex'))).toThrow(expect.objectContaining({ code: 'bad-frame' }));
});

test('source and destination change places in an answer, and too long a body is not framed', () => {
  expect(swapTpdu(Buffer.from('6000010203', 'hex')).toString('hex')).toBe('6002030001');
  expect(() => encodeFrame(Buffer.alloc(4097), { header: 'binary2' })).toThrow(
    expect.objectContaining({ code: 'frame-too-long' }),
  );
});

function chunks(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, index = 0; at < stream.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(stream.subarray(at, at + size));
    at += size;
  }
  return parts;
}
