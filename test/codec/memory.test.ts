import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { CodecError, compile, defineSpec, loadSpec } from '../../src/codec/index.ts';

const codec = compile(loadSpec('iso87-bcd'));
const sample = (stan: number, text: string): ReturnType<typeof codec.encode> =>
  codec.encode({
    mti: '0200',
    fields: { 2: '6037991234567893', 3: '000000', 11: String(stan).padStart(6, '0'), 43: text.padEnd(40) },
  });

test('messages that share memory stay what they were while thousands come and go', () => {
  const frames = Array.from({ length: 3_000 }, (_, stan) => sample(stan, `shop ${stan}`));
  const messages = frames.map((frame) => codec.decode(frame));
  const patched = messages.map((message) => message.with([[11, '999999']]));
  for (const [stan, message] of messages.entries()) {
    expect(message.get(11)).toBe(String(stan).padStart(6, '0'));
    expect(message.get(43)?.trim()).toBe(`shop ${stan}`);
    expect(patched[stan]!.get(11)).toBe('999999');
    expect(patched[stan]!.get(43)?.trim()).toBe(`shop ${stan}`);
    expect(frames[stan]).toEqual(sample(stan, `shop ${stan}`));
  }
});

test('whoever scribbles on a frame, changes neither the message nor its neighbours', () => {
  const frame = sample(1, 'one');
  const message = codec.decode(frame);
  const copy = message.encode();
  const neighbour = sample(2, 'two');
  frame.fill(0xff);
  copy.fill(0xff);
  expect(message.encode()).toEqual(sample(1, 'one'));
  expect(neighbour).toEqual(sample(2, 'two'));
});

test('who holds a frame keeps a few of its neighbours alive, not hundreds', () => {
  const frame = sample(1, 'one');
  expect(frame.buffer.byteLength).toBeLessThanOrEqual(16_384);
  expect(codec.decode(frame).encode().buffer.byteLength).toBeLessThanOrEqual(16_384);
});

test('one message kept of every thousand keeps a few kilobytes, not the thousand', () => {
  const before = memoryInUse();
  const frame = sample(1, 'one');
  const kept = [];
  for (let n = 0; n < 100_000; n++) {
    const message = codec.decode(frame);
    if (n % 1_000 === 0) kept.push(message);
  }
  expect((memoryInUse() - before) / kept.length).toBeLessThan(48_000);
  expect(kept.every((message) => message.get(11) === '000001')).toBe(true);
});

/** Bytes of buffers that somebody still holds. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const wide = compile(
  defineSpec({
    extends: 'iso87-bcd',
    name: 'wide',
    fields: { 61: { name: 'Much', format: 'ans......60000', prefix: { encoding: 'binary', bytes: 3 } } },
  }),
);

test.each([1, 4_000, 8_100, 8_192, 8_300, 33_000, 60_000])(
  'a frame around %i characters long is read, patched and written',
  (size) => {
    const fields = { 11: '000001', 32: '12345', 52: '0123456789ABCDEF', 61: 'x'.repeat(size) };
    const frame = wide.encode({ mti: '0100', fields });
    const message = wide.decode(frame);
    expect(message.clearFields()).toEqual({ mti: '0100', fields });
    expect(message.encode()).toEqual(frame);
    expect(message.with({ 11: '000002' }).clearFields().fields).toEqual({ ...fields, 11: '000002' });
    expect(message.with({ 32: '1234567' }).clearFields().fields).toEqual({ ...fields, 32: '1234567' });
  },
);

const patches: readonly { why: string; changes: readonly (readonly [number, string])[] }[] = [
  { why: 'as many digits', changes: [[32, '54321']] },
  { why: 'a digit more in the same bytes', changes: [[32, '543210']] },
  { why: 'fewer bytes', changes: [[32, '1']] },
  { why: 'more bytes, in any order', changes: [[61, 'longer than it was'], [32, '12345678901'], [11, '000009']] }, // prettier-ignore
  { why: 'the same twice', changes: [[11, '000008'], [11, '000009']] }, // prettier-ignore
];

test.each(patches)('a patch with $why is what encoding anew gives', ({ changes }) => {
  const fields = { 11: '000001', 32: '12345', 52: '0123456789ABCDEF', 61: 'short' };
  const after = { mti: '0100', fields: { ...fields, ...Object.fromEntries(changes) } };
  const patched = wide.decode(wide.encode({ mti: '0100', fields })).with(changes);
  expect(patched.clearFields()).toEqual(after);
  expect(patched.encode()).toEqual(wide.encode(after));
  expect(patched.with([[11, '000007']]).get(52)).toBe('0123456789ABCDEF');
});

test.each([
  { changes: [[11, '12345']], code: 'too-short' },
  { changes: [[11, '12345X']], code: 'bad-content' },
  { changes: [[52, '0123456789ABCDEX']], code: 'bad-content' },
  { changes: [['011', '000002']], code: 'undefined-field' },
] as const)('a patch that would not read back is refused: $code', ({ changes, code }) => {
  const message = codec.decode(codec.encode({ mti: '0100', fields: { 11: '000001', 52: '0123456789ABCDEF' } }));
  expect(() => message.with(changes)).toThrow(CodecError);
  expect(() => message.with(changes)).toThrow(expect.objectContaining({ code }));
});
